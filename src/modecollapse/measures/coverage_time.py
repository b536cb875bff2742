"""When a run reached coverage and kept it, or a series settled: times to an event, censored at the budget.

First passage alone would reward a flicker, so the condition must hold for some evaluations in a row. A run that never
gets there, diverged ones among them, is censored at the budget and not where it diverged: censoring there would flatter
what diverges early. Times are in steps, as Kaplan and Meier's estimator takes them.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import CENSORED, FLAT_BELOW, OK, Found, share_of

IN_A_ROW = 4


def first_sustained(steps: np.ndarray, holds: np.ndarray, in_a_row: int) -> Found:
    """The first of `steps`, shape (T,) rising, from which `holds`, (T,) bool, is true for `in_a_row` evaluations.

    Censored at the last step where there is none. What begins within the last `in_a_row` - 1 evaluations cannot be
    confirmed.
    """
    if len(holds) >= in_a_row:
        runs = np.lib.stride_tricks.sliding_window_view(np.asarray(holds, dtype=bool), in_a_row).all(1)
        if runs.any():
            return float(steps[int(runs.argmax())]), OK
    return float(steps[-1]), CENSORED


def coverage_time(steps: np.ndarray, found: np.ndarray, modes: int, share: float) -> Found:
    """When `found`, the modes captured at each evaluation, got to at least `share` of the K = `modes` for good."""
    return first_sustained(steps, np.asarray(found) >= share * modes - FLAT_BELOW * modes, IN_A_ROW)


def settling_time(steps: np.ndarray, series: np.ndarray, band: float, last: float = 0.2) -> Found:
    """From when on the series stays within `band` (its unit) of its mean over the `last` share of evaluations.

    It must stay to the end, so a series that still swings by more, or is not finite there, is censored.
    """
    if not np.isfinite(series[-1]):
        return float(steps[-1]), CENSORED
    inside = np.abs(series - series[-share_of(series.size, last) :].mean()) <= band
    return first_sustained(steps, np.logical_and.accumulate(inside[::-1])[::-1], in_a_row=1)
