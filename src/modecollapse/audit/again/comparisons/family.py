"""What a test is worth in its family, computed again: corrections, the least p, what could have been detected."""

from __future__ import annotations

from functools import cache
from math import comb, sqrt

import numpy as np
from scipy import optimize, stats

from modecollapse.audit.again.comparisons.draws import all_divisions

POWER = 0.8
WIDEST = 6.0  # shift, in standard deviations of a difference, up to which is searched
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
SPAN = 9.0  # standard deviations that are integrated over


def holm(p: list[float]) -> list[float]:
    """Holm's adjusted p values, in the order of `p`."""
    adjusted, least = [0.0] * len(p), 0.0
    for done, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        least = max(least, p[place] * (len(p) - done))
        adjusted[place] = min(least, 1.0)
    return adjusted


def benjamini_hochberg(p: list[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p values, in the order of `p`."""
    adjusted, most = [0.0] * len(p), 1.0
    for left, place in enumerate(sorted(range(len(p)), key=p.__getitem__, reverse=True)):
        most = min(most, p[place] * len(p) / (len(p) - left))
        adjusted[place] = most
    return adjusted


def least_p(n: int, m: int, draws: int) -> float:
    """The smallest two-sided p of n against m runs: of equal groups, two divisions are as far apart as can be."""
    if not all_divisions(n, m, draws):
        return 1 / (1 + draws)
    return (1 if n != m else 2) / comb(n + m, n)


@cache
def detectable(n: int, m: int, alpha: float, draws: int) -> float:
    """The chance to be better that the rank-sum test at `alpha`, two-sided, finds with POWER; NaN where none is.

    For normal values with one variance; the statistic is taken as normal, with half a step for its being whole.
    """
    if least_p(n, m, draws) > alpha or 2 / comb(n + m, n) > alpha:
        return float("nan")
    edge = _critical(n, m, alpha) - 0.5
    shift = optimize.brentq(lambda shift: _power(shift, n, m, edge) - POWER, 0.0, WIDEST, xtol=1e-13)
    return float(stats.norm.cdf(shift))


def _power(shift: float, n: int, m: int, edge: float) -> float:
    """P(U > edge) where X - Y has the mean `shift` and the standard deviation 1."""
    wins = stats.norm.cdf(shift)
    points = SPAN * NODES
    both = SPAN * (WEIGHTS * stats.norm.pdf(points) * stats.norm.cdf(points + sqrt(2) * shift) ** 2).sum()
    variance = n * m * (wins * (1 - wins) + (n + m - 2) * (both - wins**2))
    return float(stats.norm.cdf((n * m * wins - edge) / sqrt(variance)))


def _critical(n: int, m: int, alpha: float) -> int:
    """The smallest significant U, from the Gaussian binomial coefficient in whole numbers."""
    counts = [1] + [0] * (n * m)
    for i in range(1, n + 1):  # times (1 - q^(m + i)), divided by (1 - q^i)
        for power in range(n * m, m + i - 1, -1):
            counts[power] -= counts[power - m - i]
        for power in range(i, n * m + 1):
            counts[power] += counts[power - i]
    total, tail, significant = comb(n + m, n), 0, 0
    for count in counts:
        tail += count
        if tail / total > alpha / 2 * (1 + 1e-9):
            break
        significant += 1
    return n * m + 1 - significant
