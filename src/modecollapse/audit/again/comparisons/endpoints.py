"""One value a run, computed again: the values of the variants of a family beside each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from modecollapse.audit.again.comparisons.rows import RUN
from modecollapse.audit.again.tables.ranges import Ranges

Family = tuple[str, str, str]  # experiment, data set, measure
Cells = dict[str, np.ndarray]  # ascending values by variant

FEWEST = 2  # runs of a cell, and cells of a family


def families(rows: pd.DataFrame, window: int, ranges: Ranges, better: Mapping[str, str | None]) -> dict[Family, Cells]:
    """The runs' values of each family that can be compared, all sorted by name.

    rows: of `comparisons_rows`, values within their range. A run's value is the mean over its last evaluations after
    step 0, `window` of them but no more than half of all; the one evaluation where there is one; the worst value of the
    measure where the run has failed at the last one.
    """
    lists: dict[tuple[str, ...], list[float]] = {}
    directed = [measure for measure, direction in better.items() if direction]
    rows = rows[(rows["step"] > 0) & rows["measure"].isin(directed)].sort_values("step")
    for (experiment, dataset, variant, _, measure), run in rows.groupby([*RUN, "measure"]):
        worst = ranges(dataset, measure)[better[measure] == "less"]
        value = worst if run["failed"].iloc[-1] else late_mean(run["value"].tolist(), window)
        lists.setdefault((experiment, dataset, measure, variant), []).append(value)
    found: dict[Family, Cells] = {}
    for (experiment, dataset, measure, variant), values in sorted(lists.items()):
        if len(values) >= FEWEST:
            found.setdefault((experiment, dataset, measure), {})[variant] = np.array(sorted(values))
    return {family: cells for family, cells in found.items() if len(cells) >= FEWEST}


def late_mean(course: list[float], window: int) -> float:
    """The mean of the last values of a course, of which there is at least one."""
    return mean(course[-max(1, min(window, len(course) // 2)) :])


def mean(values: Sequence[float] | np.ndarray) -> float:
    """The mean, rounded once; of equal values it is their own."""
    items = [float(value) for value in values]
    if min(items) == max(items):
        return items[0]
    return math.fsum(items) / len(items)


def oriented(values: Sequence[float] | np.ndarray, direction: str) -> np.ndarray:
    """Values to twelve digits, turned so that larger is better: those equal but for rounding are equal."""
    sign = 1.0 if direction == "more" else -1.0
    return sign * np.array([float(f"{value:.11e}") for value in values])


def scores(cells: Cells, direction: str = "more") -> dict[str, float]:
    """The mean of each variant as it ranks."""
    return dict(zip(cells, oriented([mean(values) for values in cells.values()], direction).tolist(), strict=True))
