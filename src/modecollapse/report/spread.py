"""The spread of a measure over the runs of a cell, as text: the median and the ends, `240 [120, ≥ 500]`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from modecollapse.measures.series import CENSORED

TIME = "coverage_time:"  # how the measures begin whose value is the budget where the event did not come


def censored(rows: pd.DataFrame) -> np.ndarray:
    """Which rows of the tidy table, (n,) bool, hold the budget because an event did not come within it.

    A diverged run's row says that it diverged and not this; but no event is confirmed at the last step, where it is.
    """
    late = rows["measure"].str.startswith(TIME) & (rows["value"] >= rows["step"])
    return ((rows["status"] == CENSORED) | late).to_numpy(dtype=bool)


def median(values: np.ndarray, least: np.ndarray) -> tuple[float, bool]:
    """The median of `values`, (n,), and whether it is but the least it can be.

    `least`, (n,) bool: the values that are themselves the least they can be; they are no smaller than the others.
    """
    order = np.lexsort((least, values))
    middle = order[(len(order) - 1) // 2 : len(order) // 2 + 1]
    return float(values[middle].mean()), bool(least[middle].any())


def spread_text(values: np.ndarray, least: np.ndarray, places: int) -> str:
    """The median with the smallest and the largest of `values`, (n,), or one number where the three print the same.

    ≥ stands before those of which `least`, (n,) bool, says so, as in `median`.
    """
    order = np.lexsort((least, values))
    middle, *ends = (
        ("≥ " if is_least else "") + f"{value:z,.{places}f}"
        for value, is_least in [median(values, least), *((values[end], least[end]) for end in order[[0, -1]])]
    )
    return middle if ends == [middle, middle] else f"{middle} [{', '.join(ends)}]"


def spread(rows: pd.DataFrame, places: int) -> str:
    """`spread_text` of the rows of the tidy table about one measure of one cell."""
    return spread_text(rows["value"].to_numpy(dtype=np.float64), censored(rows), places)
