"""The rows of the tidy table that comparisons are made of, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from modecollapse.audit.again.tables.ranges import Ranges
from modecollapse.audit.again.tables.rows import CALIBRATION, DIVERGED, FILE, ROUNDING, TEXTS, WHOLES, read_columns
from modecollapse.audit.finding import Finding

RUN = ["experiment", "dataset", "variant", "seed"]


def trained(table: Callable[[], pd.DataFrame], datasets: Collection[str]) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows of trained runs on known data sets, each once, and findings; columns TEXTS, WHOLES, `value`, `failed`.

    failed, bool, says whether any row of the run at that step is of status diverged. A value may be NaN.
    """
    rows, found = read_columns(FILE, table, TEXTS, WHOLES)
    rows = rows[rows["experiment"] != CALIBRATION].reset_index(drop=True)
    unknown = ~rows["dataset"].isin(list(datasets))
    twice = rows.duplicated([*RUN, "step", "measure"])
    found += _named(rows[unknown], "a data set that the study does not have")
    found += _named(rows[twice], "there is more than one such value")
    rows = rows[~unknown & ~twice]
    places = pd.MultiIndex.from_frame(rows[[*RUN, "step"]])
    diverged = (rows["status"] == DIVERGED).to_numpy(dtype=bool)
    return rows.assign(failed=places.isin(places[diverged])), found


def known(rows: pd.DataFrame, measures: Collection[str]) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows of some measures but for values that are NaN, which are findings."""
    rows = rows[rows["measure"].isin(list(measures))]
    missing = rows["value"].isna()
    return rows[~missing], _named(rows[missing], "the value is NaN")


def within(rows: pd.DataFrame, ranges: Ranges) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows with values clipped to their range; those that miss it by more than rounding are findings."""
    values, outside = rows["value"].to_numpy(dtype=np.float64, copy=True), np.zeros(len(rows), dtype=bool)
    for (dataset, measure), index in rows.groupby(["dataset", "measure"]).indices.items():
        low, high = ranges(dataset, measure)
        slack = ROUNDING * (high - low) if np.isfinite(high - low) else 0.0
        outside[index] = (values[index] < low - slack) | (values[index] > high + slack)
        values[index] = np.clip(values[index], low, high)
    return rows.assign(value=values), _named(rows[outside], "the value is out of the measure's range")


def _named(rows: pd.DataFrame, problem: str) -> list[Finding]:
    """One finding that names the first of the rows and says how many there are."""
    if rows.empty:
        return []
    experiment, dataset, variant, seed, step, measure, value = rows[[*RUN, "step", "measure", "value"]].iloc[0]
    where = f"{experiment}/{dataset}/{variant}, seed {seed}, step {step}, {measure}"
    more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
    return [Finding(FILE, where, f"{problem}: {value}{more}")]
