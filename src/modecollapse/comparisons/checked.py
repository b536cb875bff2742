"""The rows of the tidy table that numbers are made of, checked: nothing twice, nothing out of range, never a NaN."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from modecollapse.errors import StudyError

KEY = ["experiment", "dataset", "variant", "seed", "step", "measure"]
Support = Callable[[str, str], tuple[float, float]]  # (data set, measure) -> its lowest and highest value
ROUNDING = 1e-9  # of the range: ln K written as a sum may miss the bound


def checked_rows(rows: pd.DataFrame, names: Collection[str], support: Support) -> pd.DataFrame:
    """The rows of the measures `names`, sorted, values within their support, with a column `diverged` (bool).

    `diverged` is of a run at a step: any of its rows there says so. Raises StudyError that names run and measure on a
    repeated row and on a value that is NaN or out of the support.
    """
    repeated = rows[rows.duplicated(KEY)]
    if len(repeated):
        raise StudyError(f"measures: {name(repeated.iloc[0])}: more than one value")
    diverged = (rows["status"] == "diverged").groupby([rows[key] for key in KEY[:-1]]).transform("any")
    kept = rows.assign(diverged=diverged)
    kept = kept[kept["measure"].isin(names)].sort_values(KEY, ignore_index=True)
    values = kept["value"].to_numpy(dtype=np.float64, copy=True)
    for (dataset, measure), index in kept.groupby(["dataset", "measure"]).indices.items():
        low, high = support(dataset, measure)
        slack = ROUNDING * (high - low) if np.isfinite(high - low) else 0.0
        inside = (values[index] >= low - slack) & (values[index] <= high + slack)
        if not inside.all():
            wrong = kept.iloc[index[~inside][0]]
            raise StudyError(f"measures: {name(wrong)}: {wrong['value']} is not within {low:g} and {high:g}")
        values[index] = values[index].clip(low, high)
    return kept.assign(value=values)


def name(row: pd.Series) -> str:
    """A row of the tidy table as an error names it."""
    return "{experiment}/{dataset}/{variant}, seed {seed}, step {step}, {measure}".format(**row)
