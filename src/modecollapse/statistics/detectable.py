"""The smallest effect that a comparison of n with m runs could have seen."""

from __future__ import annotations

from math import comb

import numpy as np
from scipy import optimize, special

from modecollapse.statistics.multiplicity import least_p
from modecollapse.statistics.permutation import DRAWS

FARTHEST = 6.0  # in standard deviations of a difference: A12 = 1 - 1e-9


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

    def excess(shift: float) -> float:
        return _power(shift, n, m, critical) - power

    return float(special.ndtr(optimize.brentq(excess, 0, FARTHEST)))


def _power(shift: float, n: int, m: int, critical: float) -> float:
    """P(U > critical) where X - Y is normal with mean `shift` in units of its standard deviation."""
    wins = special.ndtr(shift)
    # P(X > Y and X > Y') for two independent Y: normal variables with correlation 1/2, both positive (Owen 1956).
    both = wins - 2 * special.owens_t(shift, 1 / np.sqrt(3))
    variance = n * m * (wins * (1 - wins) + (n + m - 2) * (both - wins**2))
    return special.ndtr((n * m * wins - critical) / np.sqrt(variance))


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
