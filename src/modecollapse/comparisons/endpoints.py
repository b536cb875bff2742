"""One value a run: what statistics compare. The rows of the tidy table are checked and become endpoints.

Two endpoints: `last_tenth`, the mean over the evaluations of the last tenth of the steps, is the primary one, because a
last step is mostly a random phase of an oscillation; `final` is the last step, as the papers report it. A measure that
is known at the last step alone has only that. A failed (diverged) run is an outcome: its value is the worst that the
measure can take.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from modecollapse.errors import StudyError
from modecollapse.study.evaluations import in_last_tenth

LAST_TENTH, FINAL = "last_tenth", "final"
CELL = ["experiment", "dataset", "variant"]
FAMILY = ["experiment", "dataset", "measure"]  # whose variants are compared with each other
RUN = [*CELL, "measure", "seed"]
ROW = [*CELL, "seed", "step", "measure"]  # what names a row of the tidy table
COLUMNS = [*RUN, "endpoint", "value", "failed"]
CALIBRATION = "calibration"
ROUNDING = 1e-9  # of the range: ln K written as a sum may miss the bound

Support = Callable[[str, str], tuple[float, float]]  # (data set, measure) -> its lowest and highest value
Better = dict[str, str | None]  # measure -> "more", "less", or None where it has no direction


def checked_rows(rows: pd.DataFrame, names: Collection[str], support: Support) -> pd.DataFrame:
    """The rows of the measures `names`, sorted, values within their support, with a column `diverged` (bool).

    `diverged` holds for a run at a step where any of its rows there says so. Raises StudyError that names run and
    measure on a repeated row and on a value that is NaN or out of the support.
    """
    repeated = rows[rows.duplicated(ROW)]
    if len(repeated):
        raise StudyError(f"measures: {_name(repeated.iloc[0])}: more than one value")
    diverged = (rows["status"] == "diverged").groupby([rows[key] for key in ROW[:-1]]).transform("any")
    kept = rows.assign(diverged=diverged)
    kept = kept[kept["measure"].isin(names)].sort_values(ROW, ignore_index=True)
    values = kept["value"].to_numpy(dtype=np.float64, copy=True)
    for (dataset, measure), index in kept.groupby(["dataset", "measure"]).indices.items():
        low, high = support(dataset, measure)
        slack = ROUNDING * (high - low) if np.isfinite(high - low) else 0.0
        inside = (values[index] >= low - slack) & (values[index] <= high + slack)
        if not inside.all():
            wrong = kept.iloc[index[~inside][0]]
            raise StudyError(f"measures: {_name(wrong)}: {wrong['value']} is not within {low:g} and {high:g}")
        values[index] = values[index].clip(low, high)
    return kept.assign(value=values)


def endpoints(rows: pd.DataFrame, support: Support, better: Better, names: list[str] | None = None) -> pd.DataFrame:
    """The endpoints of all trained runs, sorted; columns COLUMNS, `failed` bool, one row a run, measure and endpoint.

    rows: the tidy table; better: measure -> "more", "less" or None, of the measures that failures are worst in; names:
    the measures, by default those of `better`. The steps of a cell are the last that any of its rows has.
    Raises StudyError as `checked_rows` does.
    """
    trained = rows[(rows["experiment"] != CALIBRATION) & (rows["step"] > 0)]
    steps = trained.groupby(CELL)["step"].max().rename("steps")
    trained = checked_rows(trained, list(better) if names is None else names, support)
    trained = trained.sort_values([*RUN, "step"], ignore_index=True).join(steps, on=CELL)
    groups = trained.groupby(RUN, sort=False)["step"]
    last = trained[groups.cumcount(ascending=False) == 0]
    found = last[[*RUN, "value"]].assign(failed=last["diverged"].to_numpy(), endpoint=FINAL)
    is_late = in_last_tenth(trained["step"], trained["steps"]) & (groups.transform("size") > 1)
    late = trained[is_late].groupby(RUN, sort=False)["value"]
    # The mean of equal values can miss them by a rounding error, and with them the bound of a support.
    means = late.mean().clip(late.min(), late.max()).reset_index()
    both = pd.concat([found, means.merge(found[[*RUN, "failed"]], validate="one_to_one").assign(endpoint=LAST_TENTH)])
    both = both.assign(value=_with_failures(both, support, better))
    return both.sort_values([*RUN, "endpoint"], ignore_index=True)[COLUMNS]


def primary(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of each run's primary endpoint: the last tenth where the measure has one, else the last step."""
    ranked = table.assign(rank=table["endpoint"].map({LAST_TENTH: 0, FINAL: 1}))
    return ranked.sort_values([*RUN, "rank"]).drop_duplicates(RUN).drop(columns="rank").reset_index(drop=True)


def _with_failures(table: pd.DataFrame, support: Support, better: Better) -> np.ndarray:
    """The values, but the worst one of the measure where the run failed."""
    values = table["value"].to_numpy(dtype=np.float64, copy=True)
    failed = table["failed"].to_numpy(dtype=bool)
    for (dataset, measure), index in table.groupby(["dataset", "measure"]).indices.items():
        if failed[index].any() and better.get(measure):
            values[index[failed[index]]] = support(dataset, measure)[better[measure] == "less"]
    return values


def _name(row: pd.Series) -> str:
    """A row of the tidy table as an error names it."""
    return "{experiment}/{dataset}/{variant}, seed {seed}, step {step}, {measure}".format(**row)
