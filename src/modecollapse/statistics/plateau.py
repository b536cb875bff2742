"""Whether the runs of a cell have arrived: the rule that lets a cell decide a published number.

The rule: with d the change of each run's mean from the third to the fourth quarter of its training, the cell has
arrived if Student's 90 % interval of the mean of d lies within half the margin on both sides of zero. That is two
one-sided tests at 5 %, so a mean that still moves by half the margin a quarter is taken for a plateau once in twenty
times.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy

LEVEL = 0.90
QUARTERS = 4


class Plateau(NamedTuple):
    """Whether a cell has arrived, the mean change from third to fourth quarter, and the 90 % interval of that mean.

    interval: None of fewer than two runs. more_steps: roughly how many more steps it takes, as a share of those made,
    if each quarter moves less than the one before it by the same factor; None where the change does not shrink, or
    where more steps are not what is wanting. more_seeds: how many runs would do, where the mean change is within the
    bound but its interval is not.
    """

    arrived: bool
    drift: float | None = None
    interval: tuple[float, float] | None = None
    more_steps: float | None = None
    more_seeds: int | None = None


def quarter_means(steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The mean of each run in each quarter of the training, (S, 4); NaN where a quarter has no evaluation.

    steps: (T,) of the evaluations, ascending, the last one the end of the training; values: (S, T). An evaluation
    stands for the steps since the one before it, so that a denser schedule at the end does not weigh more. An
    evaluation at the end of a quarter belongs to it; one at step 0 belongs to none.
    """
    weights = np.diff(steps, prepend=0)
    quarter = np.ceil(QUARTERS * np.asarray(steps) / steps[-1]).astype(int)
    in_quarter = (quarter[:, None] == np.arange(1, QUARTERS + 1)) * weights[:, None]  # (T, 4)
    total = in_quarter.sum(axis=0)
    return values @ np.divide(in_quarter, total, out=np.full(in_quarter.shape, np.nan), where=total > 0)


def plateau(quarters: np.ndarray, bound: float) -> Plateau:
    """Whether runs with these quarter means, (S, 4), move by less than `bound`, half of a margin, in the value's unit.

    A quarter without an evaluation (NaN) is no plateau, and with a bound of 0 only runs that do not move have arrived.
    Raises ValueError where `bound` is negative.
    """
    if not bound >= 0:
        raise ValueError(f"bound is {bound}; allowed: 0 or more")
    changes = np.diff(quarters, axis=1)
    last = changes[:, -1]
    if not len(last) or np.isnan(last).any():
        return Plateau(False)
    drift, n = float(last.mean()), len(last)
    if n < 2:
        return Plateau(False, drift)
    error = float(last.std(ddof=1) / np.sqrt(n))
    reach = float(scipy.stats.t.ppf((1 + LEVEL) / 2, n - 1)) * error
    interval = (drift - reach, drift + reach)
    if -bound <= interval[0] and interval[1] <= bound:
        return Plateau(True, drift, interval)
    if abs(drift) < bound:
        return Plateau(False, drift, interval, more_seeds=_seeds(error * float(np.sqrt(n)), bound - abs(drift), n))
    return Plateau(False, drift, interval, more_steps=_steps(float(changes[:, -2].mean()), drift, bound))


def _seeds(sd: float, room: float, n: int) -> int:
    """The fewest runs of which the interval reaches no further than `room`, if their changes have this deviation."""
    while scipy.stats.t.ppf((1 + LEVEL) / 2, n - 1) * sd / np.sqrt(n) > room:
        n += max(1, n // 50)
    return n


def _steps(before: float, drift: float, bound: float) -> float | None:
    """As a share of the steps made: how long until the drift, shrinking by the same factor, is half of the bound."""
    if np.isnan(before) or bound == 0 or before * drift <= 0 or abs(drift) >= abs(before):
        return None
    return float(np.log(2 * abs(drift) / bound) / np.log(before / drift)) / QUARTERS
