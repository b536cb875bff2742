"""One value a run: what statistics compare. The rows of the tidy table become endpoints.

Two endpoints: `window`, the mean over the last evaluations, is the primary one, because a last step is mostly a random
phase of an oscillation; `final` is the last step, as the papers report it. A measure that is known at the last step
alone has only that. A failed (diverged) run is an outcome: its value is the worst that the measure can take.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from modecollapse.comparisons.checked import Support, checked_rows

WINDOW, FINAL = "window", "final"
ENDPOINTS = (WINDOW, FINAL)
CELL = ["experiment", "dataset", "variant"]
RUN = [*CELL, "measure", "seed"]
COLUMNS = [*RUN, "endpoint", "value", "failed"]
CALIBRATION = "calibration"


def endpoints(
    rows: pd.DataFrame, window: int, support: Support, better: dict[str, str | None], names: list[str] | None = None
) -> pd.DataFrame:
    """The endpoints of all trained runs, sorted; columns COLUMNS, `failed` bool, one row a run, measure and endpoint.

    rows: the tidy table; window: evaluations, but no more than half of those after step 0; better: measure -> "more",
    "less" or None, of the measures that failures are worst in; names: the measures, by default those of `better`.
    Raises StudyError as `checked_rows` does.
    """
    trained = rows[(rows["experiment"] != CALIBRATION) & (rows["step"] > 0)]
    trained = checked_rows(trained, list(better) if names is None else names, support)
    trained = trained.sort_values([*RUN, "step"], ignore_index=True)
    groups = trained.groupby(RUN, sort=False)
    place_from_end = groups.cumcount(ascending=False)
    length = groups["step"].transform("size")
    late = place_from_end < np.maximum(1, np.minimum(window, length // 2))
    last = trained[place_from_end == 0]
    found = last[[*RUN, "value"]].assign(failed=last["diverged"].to_numpy(), endpoint=FINAL)
    windows = trained[late & (length > 1)].groupby(RUN, sort=False)["value"]
    # The mean of equal values can miss them by a rounding error, and with them the bound of a support.
    means = windows.mean().clip(windows.min(), windows.max()).reset_index()
    both = pd.concat([found, means.merge(found[[*RUN, "failed"]], validate="one_to_one").assign(endpoint=WINDOW)])
    both = both.assign(value=_with_failures(both, support, better))
    return both.sort_values([*RUN, "endpoint"], ignore_index=True)[COLUMNS]


def primary(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of each run's primary endpoint: the window where the measure has one, else the last step."""
    windowed = table.assign(rank=table["endpoint"].map({WINDOW: 0, FINAL: 1}))
    return windowed.sort_values([*RUN, "rank"]).drop_duplicates(RUN).drop(columns="rank").reset_index(drop=True)


def _with_failures(table: pd.DataFrame, support: Support, better: dict[str, str | None]) -> np.ndarray:
    """The values, but the worst one of the measure where the run failed."""
    values = table["value"].to_numpy(dtype=np.float64, copy=True)
    failed = table["failed"].to_numpy(dtype=bool)
    for (dataset, measure), index in table.groupby(["dataset", "measure"]).indices.items():
        if failed[index].any() and better.get(measure):
            values[index[failed[index]]] = support(dataset, measure)[better[measure] == "less"]
    return values
