"""When a run reached coverage and kept it, and for how much of its end it had it.

A share of the modes is rounded down: nine tenths of 8 modes are 7, not all 8.
First passage alone would reward a flicker, so the condition must hold for some evaluations in a row, however far these
are apart: a flicker is the noise of single evaluations, of which that many have to agree. A run that never
gets there, diverged ones among them, is censored at the budget and not where it diverged: censoring there would flatter
what diverges early. Times are in steps, as Kaplan and Meier's estimator takes them.
"""

from __future__ import annotations

from math import floor

import numpy as np

from modecollapse.measures.series import CENSORED, FLAT_BELOW, OK, Found, weighted_mean

IN_A_ROW = 4


def coverage_time(steps: np.ndarray, found: np.ndarray, modes: int, share: float) -> Found:
    """The first of `steps`, (T,) rising, from which a `share` of the K = `modes` is captured IN_A_ROW times.

    `found`, (T,), are the modes captured at each evaluation. Censored at the last step where there is none. What begins
    within the last IN_A_ROW - 1 evaluations cannot be confirmed.
    """
    holds = np.asarray(found) >= needed(modes, share)
    if len(holds) >= IN_A_ROW:
        runs = np.lib.stride_tricks.sliding_window_view(holds, IN_A_ROW).all(1)
        if runs.any():
            return float(steps[int(runs.argmax())]), OK
    return float(steps[-1]), CENSORED


def coverage_share(found: np.ndarray, modes: int, share: float, weights: np.ndarray) -> Found:
    """The part of the time at which a `share` of the K = `modes` is captured.

    `found`, (T,), are the captured ones at each evaluation, `weights`, (T,), the steps that it stands for.
    """
    return weighted_mean(found >= needed(modes, share), weights)


def needed(modes: int, share: float) -> int:
    """How many modes are a share of K = `modes`: rounded down, and at least one."""
    return max(1, floor(share * modes + FLAT_BELOW * modes))
