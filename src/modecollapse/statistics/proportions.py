"""Confidence intervals for a share of successes."""

from __future__ import annotations

import numpy as np
from scipy import stats


def clopper_pearson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact two-sided interval for the probability of success, after k successes in n independent trials.

    Raises ValueError unless 0 <= k <= n are whole numbers and n >= 1. Source: Clopper and Pearson 1934.
    """
    _check(k, n, level)
    if k % 1 != 0:
        raise ValueError(f"successes {k} must be a whole number")
    low, high = stats.binomtest(int(k), int(n)).proportion_ci(level, method="exact")
    return float(low), float(high)


def wilson(k: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval for a probability, after k successes in n trials; k may be a fraction (half for a tie).

    Its width is never 0, not even for k = 0 or k = n. Raises ValueError unless 0 <= k <= n and n >= 1 is whole.
    Source: Wilson 1927.
    """
    _check(k, n, level)
    z = stats.norm.isf((1 - level) / 2)
    share = k / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # At k = 0 and k = n the formula gives the bound itself, give or take a rounding error.
    low = 0.0 if k == 0 else centre - half
    high = 1.0 if k == n else centre + half
    return float(low), float(high)


def _check(k: float, n: int, level: float) -> None:
    if not (n >= 1 and n % 1 == 0 and 0 <= k <= n):
        raise ValueError(f"successes {k} must lie in 0 to n, and n {n} be a whole number of at least 1")
    if not 0 < level < 1:
        raise ValueError(f"level {level} must lie in (0, 1)")
