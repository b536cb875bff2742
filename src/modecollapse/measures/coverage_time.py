"""When a run reached coverage and kept it, or a series settled: times to an event, censored at the budget.

First passage alone would reward a flicker, so the condition must hold for some evaluations in a row. The true time lies
in (after, time], between two evaluations. A run that never gets there, diverged ones among them, is censored at the
budget and not where it diverged: censoring there would flatter what diverges early.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from modecollapse.measures.series import FLAT_BELOW, share_of

IN_A_ROW = 4


class Passage(NamedTuple):
    """`time` in steps: of the event, or the budget where there was none, as Kaplan and Meier's estimator takes it."""

    time: float
    event: bool
    after: float  # the evaluation before the event; the time itself at the first evaluation or without event


def first_sustained(
    steps: np.ndarray, holds: np.ndarray, in_a_row: int = IN_A_ROW, budget: float | None = None
) -> Passage:
    """The first of `steps`, shape (T,) rising, from which `holds`, (T,) bool, is true for `in_a_row` evaluations.

    The budget is the last step if none is given; NaN without any evaluation. What begins within the last `in_a_row` - 1
    evaluations cannot be confirmed and is censored.
    """
    end = float(steps[-1] if budget is None and len(steps) else np.nan if budget is None else budget)
    if len(holds) >= in_a_row:
        runs = np.lib.stride_tricks.sliding_window_view(np.asarray(holds, dtype=bool), in_a_row).all(1)
        if runs.any():
            first = int(runs.argmax())
            return Passage(float(steps[first]), True, float(steps[max(first - 1, 0)]))
    return Passage(end, False, end)


def coverage_time(
    steps: np.ndarray,
    found: np.ndarray,
    modes: int,
    share: float = 1.0,
    in_a_row: int = IN_A_ROW,
    budget: float | None = None,
) -> Passage:
    """When `found`, the modes captured at each evaluation, got to at least `share` of the K = `modes` for good."""
    return first_sustained(steps, np.asarray(found) >= share * modes - FLAT_BELOW * modes, in_a_row, budget)


def settling_time(steps: np.ndarray, series: np.ndarray, band: float, last: float = 0.2) -> Passage:
    """From when on the series stays within `band` (its unit) of its mean over the `last` share of evaluations.

    It must stay to the end, so a series that still swings by more, or is not finite there, is censored.
    """
    values = np.asarray(series, dtype=np.float64)
    if not values.size or not np.isfinite(values[-1]):
        return first_sustained(steps, np.zeros(len(steps), dtype=bool))
    inside = np.abs(values - values[-share_of(values.size, last) :].mean()) <= band
    stays = np.logical_and.accumulate(inside[::-1])[::-1]
    return first_sustained(steps, stays, in_a_row=1)
