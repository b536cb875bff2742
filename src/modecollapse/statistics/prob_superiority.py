"""The probability of superiority A12: how often a run of one group exceeds a run of another."""

from __future__ import annotations

from math import comb

import numpy as np
import scipy

from modecollapse.statistics.intervals import Estimate, Values, wilson
from modecollapse.statistics.multiplicity import least_p
from modecollapse.statistics.permutation import DRAWS, ranked

SLACK = 1e-9  # an interval that ends on the margin but for rounding lies within it
FARTHEST = 6.0  # in standard deviations of a difference: A12 = 1 - 1e-9


def prob_superiority(x: Values, y: Values, level: float = 0.95) -> Estimate:
    """A12 = P(X > Y) + P(X = Y) / 2 of two independent groups of runs, with a confidence interval.

    x: shape (n,), y: shape (m,), n and m >= 1; only the order of values counts, so +-inf is allowed. The interval is
    Wilson's for min(n, m) trials: no two distributions give the estimate a larger variance than
    A12 (1 - A12) / min(n, m), and it keeps a width when the groups are apart. Where both groups vary it is wider than
    needed; against a constant group it is Wilson's interval of a share, whose level is right on average only.
    Raises ValueError on NaN or an empty group.
    Sources: Vargha and Delaney 2000 (A12); Birnbaum and Klose 1957 (the bound on the variance); Wilson 1927.
    """
    first, second = ranked(x), ranked(y)
    # Twice the wins plus the ties: whole numbers, so neither order nor rounding matters.
    points = np.searchsorted(second, first, "left").sum() + np.searchsorted(second, first, "right").sum()
    value = float(points / (2 * first.size * second.size))
    trials = min(first.size, second.size)
    lower, upper = wilson(value * trials, trials, level)
    return Estimate(value, min(lower, value), max(upper, value))


def is_tie(superiority: Estimate, margin: float = 0.15) -> bool:
    """Whether the whole interval of A12 lies within 1/2 +- margin: the groups are shown to be about equally good.

    For an interval at level .90 that is two one-sided tests at .05. With margin .15 no data of fewer than 28 runs a
    group can pass. Raises ValueError unless 0 < margin < 1/2. Source: Schuirmann 1987 (two one-sided tests).
    """
    if not 0 < margin < 0.5:
        raise ValueError(f"margin {margin} must lie in (0, 1/2)")
    return superiority.lower >= 0.5 - margin - SLACK and superiority.upper <= 0.5 + margin + SLACK


def detectable_superiority(n: int, m: int, alpha: float, power: float = 0.8, draws: int = DRAWS) -> float | None:
    """The A12 in (1/2, 1) that a two-sided test at `alpha` finds with probability `power`; None if it finds nothing.

    n, m: group sizes, at least 1. The values are taken as normal with one variance and shifted, and the test as the
    exact rank-sum test; U as normal with its variance under the alternative. From 5 to 30 runs a group the answer is
    within .01 of a simulation of that test. The studentised one is about as powerful, but for very unequal groups:
    some 6 points less at 5 against 30. None where complete separation would not be significant.
    The exact test takes memory as (n + m)^3: a second at 100 against 100.
    Raises ValueError unless 0 < alpha < power < 1.
    Source: Lehmann and D'Abrera 1975 (the power of the rank-sum test).
    """
    if not 0 < alpha < power < 1:
        raise ValueError(f"alpha {alpha} and power {power} must satisfy 0 < alpha < power < 1")
    if least_p(n, m, draws) > alpha or 2 / comb(n + m, n) > alpha:
        return None
    critical = _critical(n, m, alpha) - 0.5  # U is whole: half a step back for the normal distribution
    shift = scipy.optimize.brentq(lambda shift: _power(shift, n, m, critical) - power, 0, FARTHEST)
    return float(scipy.special.ndtr(shift))


def _power(shift: float, n: int, m: int, critical: float) -> float:
    """P(U > critical) where X - Y is normal with mean `shift` in units of its standard deviation."""
    wins = scipy.special.ndtr(shift)
    # P(X > Y and X > Y') for two independent Y: normal variables with correlation 1/2, both positive (Owen 1956).
    both = wins - 2 * scipy.special.owens_t(shift, 1 / np.sqrt(3))
    variance = n * m * (wins * (1 - wins) + (n + m - 2) * (both - wins**2))
    return scipy.special.ndtr((n * m * wins - critical) / np.sqrt(variance))


def _critical(n: int, m: int, alpha: float) -> int:
    """The smallest U that is significant: P(U >= critical) <= alpha / 2 when both groups have one distribution."""
    n, m = sorted((n, m))  # the distribution of U is the same, the table smaller
    # ways[k, s]: how many sets of k ranks have the sum s.
    ways = np.zeros((n + 1, n * (n + m) + 1))
    ways[0, 0] = 1
    for rank in range(1, n + m + 1):
        ways[1:, rank:] += ways[:-1, :-rank]
    lowest = n * (n + 1) // 2
    counts = ways[n, lowest : lowest + n * m + 1]  # of U = 0, ..., nm
    # By symmetry P(U <= u) = P(U >= nm - u); the slack is for rounding of alpha.
    significant = np.cumsum(counts) / counts.sum() <= alpha / 2 * (1 + 1e-9)
    return n * m - int(significant.sum()) + 1
