"""coverage_times.csv, computed again: Kaplan and Meier's curve, followed from run to run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from modecollapse.audit.again.comparisons.baseline import BASELINE
from modecollapse.audit.again.comparisons.draws import all_divisions, divisions
from modecollapse.audit.again.comparisons.endpoints import FEWEST
from modecollapse.audit.again.comparisons.family import holm
from modecollapse.audit.again.comparisons.tests import p_among
from modecollapse.audit.again.comparisons.written import Row, Rows, exact, taken
from modecollapse.audit.again.tables.compare import Number, Table

FILE = "tables/coverage_times.csv"
TIMES = ("coverage_time:1", "coverage_time:0.9", "coverage_time:0.5")
NOT_REACHED = ("censored", "diverged")
KEYS = ["experiment", "dataset", "measure", "variant"]
OF_CELL, COMPARED = ["budget", "median", "restricted_mean"], ["shared_budget", "difference", "p", "p_holm"]
COLUMNS = [*KEYS, "n", "reached", *OF_CELL, *COMPARED]


class Waits(NamedTuple):
    """Of a cell's runs, ascending: times, (n,), and whether the goal was reached then; the budget, in steps."""

    times: np.ndarray
    reached: np.ndarray
    budget: float


def table(rows: pd.DataFrame, draws: int, written: Rows) -> Table:
    """coverage_times.csv as it should be; rows: of TIMES. Holm's correction is of the written p that may be right."""
    found: list[Row] = []
    for family, runs in rows.groupby(KEYS[:3]):
        cells = {variant: waits(own) for variant, own in runs.groupby("variant")}
        compared = _compared(family, cells, draws, written)
        for variant, cell in cells.items():
            row: Row = dict(zip(KEYS, (*family, variant), strict=True))
            row |= {"n": str(cell.times.size), "reached": str(int(cell.reached.sum()))}
            numbers = (cell.budget, median(cell), area(cell, cell.budget))
            row |= {name: exact(value, cell.budget) for name, value in zip(OF_CELL, numbers, strict=True)}
            found.append(row | compared.get(variant, dict.fromkeys(COMPARED, Number(None))))
    return Table(FILE, COLUMNS, KEYS, found)


def waits(runs: pd.DataFrame) -> Waits:
    """The times of a cell's rows; a run that did not get there, or diverged, is censored at the step of its row."""
    reached = ~runs["status"].isin(NOT_REACHED).to_numpy(dtype=bool)
    steps = runs["step"].to_numpy(dtype=np.float64)
    times = np.where(reached, runs["value"].to_numpy(dtype=np.float64), steps)
    order = np.lexsort([~reached, times])  # of equal times those that reached the goal come first
    return Waits(times[order], reached[order], float(steps.max()))


def median(cell: Waits) -> float:
    """The first time at which half of the runs or less still wait, NaN where there is none."""
    waiting = 1.0
    for place, (time, event) in enumerate(zip(cell.times, cell.reached, strict=True)):
        waiting *= 1 - event / (cell.times.size - place)
        if waiting <= 0.5 * (1 + 1e-9):
            return float(time)
    return float("nan")


def area(cell: Waits, horizon: float) -> float:
    """The mean time up to `horizon`."""
    everyone = np.ones((1, cell.times.size), dtype=bool)
    return float(areas(everyone, cell.times, cell.reached, horizon)[0])


def areas(members: np.ndarray, times: np.ndarray, reached: np.ndarray, horizon: float) -> np.ndarray:
    """The area up to `horizon` under the curve of each group of `members`, bool (B, n), of ascending `times`: (B,)."""
    waiting, total = np.ones(len(members)), np.zeros(len(members))
    left, now = members.sum(axis=1).astype(np.float64), 0.0
    for place, time in enumerate(np.minimum(times, horizon)):
        total += waiting * (time - now)
        now = time
        own = members[:, place]
        if reached[place] and times[place] < horizon:
            waiting *= np.where(own, 1 - 1 / np.maximum(left, 1), 1.0)
        left -= own
    return total + waiting * (horizon - now)


def _compared(family: tuple, cells: dict[str, Waits], draws: int, written: Rows) -> dict[str, Row]:
    """By variant, the cells of its comparison with the baseline."""
    base = cells.get(BASELINE)
    found: dict[str, Row] = {}
    p_values = {}
    for variant, own in cells.items():
        if base is None or variant == BASELINE or min(own.times.size, base.times.size) < FEWEST:
            continue
        shared = min(own.budget, base.budget)
        apart, permuted = _differences(own, base, shared, draws)
        exactly = all_divisions(own.times.size, base.times.size, draws)
        cell, p = p_among(abs(apart), np.abs(permuted), exactly, draws)
        found[variant] = {"shared_budget": exact(shared), "difference": exact(apart, shared), "p": cell}
        p_values[variant] = taken(written, (*family, variant), "p", cell, p)
    for variant, p_holm in zip(p_values, holm(list(p_values.values())), strict=True):
        found[variant]["p_holm"] = exact(p_holm)
    return found


def _differences(own: Waits, base: Waits, horizon: float, draws: int) -> tuple[float, np.ndarray]:
    """The difference of the mean times of two cells, and those of divisions of their runs."""
    times, reached = (np.concatenate(pair) for pair in zip(own[:2], base[:2], strict=True))
    order = np.lexsort([~reached, times])
    times, reached = times[order], reached[order]
    first = np.vstack([order < own.times.size, divisions(own.times.size, base.times.size, draws)])
    found = areas(first, times, reached, horizon) - areas(~first, times, reached, horizon)
    return float(found[0]), found[1:]
