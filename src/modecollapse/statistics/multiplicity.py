"""Corrections for a family of tests, and the smallest p a permutation test can give."""

from __future__ import annotations

from math import comb

import numpy as np
import scipy

from modecollapse.statistics.intervals import Values
from modecollapse.statistics.permutation import DRAWS


def holm(p: Values) -> np.ndarray:
    """Adjusted p values, shape (k,), that bound the chance of any false finding in the family; in the order of `p`.

    Raises ValueError unless every p lies in (0, 1]. Source: Holm 1979.
    """
    values = _family(p)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(values.size, 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def benjamini_hochberg(p: Values) -> np.ndarray:
    """Adjusted p values, shape (k,), that bound the expected share of false findings; in the order of `p`.

    Raises ValueError unless every p lies in (0, 1]. Source: Benjamini and Hochberg 1995.
    """
    return scipy.stats.false_discovery_control(_family(p), method="bh")


def least_p(n: int, m: int, draws: int = DRAWS, alternative: str = "two-sided") -> float:
    """The smallest p that `brunner_munzel` can give for n against m values with `permutations(n, m, rng, draws)`.

    A family of k such tests can find nothing under Holm where this is more than alpha / k.
    Raises ValueError unless n, m and draws are at least 1.
    """
    if n < 1 or m < 1 or draws < 1:
        raise ValueError(f"n {n}, m {m} and draws {draws} must be at least 1")
    if alternative not in ("two-sided", "greater"):
        raise ValueError(f"alternative {alternative} must be two-sided or greater")
    divisions = comb(n + m, n)
    if divisions > draws + 1:
        return 1 / (draws + 1)
    # Of equal groups, swapping them is as extreme in the other direction; of unequal ones, ties can prevent that.
    return (2 if alternative == "two-sided" and n == m else 1) / divisions


def _family(p: Values) -> np.ndarray:
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1 or not ((values > 0) & (values <= 1)).all():
        raise ValueError(f"p values must be a list of numbers in (0, 1], got {p}")
    return values
