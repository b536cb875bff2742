"""How often a run of one group beats a run of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from modecollapse.statistics.proportions import wilson


class Superiority(NamedTuple):
    """A probability of superiority and its confidence interval, lower <= value <= upper, all in [0, 1]."""

    value: float
    lower: float
    upper: float


def superiority(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray, level: float = 0.95) -> Superiority:
    """A12 = P(X > Y) + P(X = Y) / 2 of two independent groups of runs, with a confidence interval.

    x: shape (n,), y: shape (m,), n and m >= 1; only the order of values counts, so +-inf is allowed. The interval is
    Wilson's for min(n, m) trials: no two distributions give the estimate a larger variance than
    A12 (1 - A12) / min(n, m), and it keeps a width when the groups are apart. It is wide, never narrow.
    Raises ValueError on NaN or an empty group.
    Sources: Vargha and Delaney 2000 (A12); Birnbaum and Klose 1957 (the bound on the variance); Wilson 1927.
    """
    first, second = ranked(x), ranked(y)
    # Twice the wins plus the ties: whole numbers, so neither order nor rounding matters.
    points = np.searchsorted(second, first, "left").sum() + np.searchsorted(second, first, "right").sum()
    value = float(points / (2 * first.size * second.size))
    trials = min(first.size, second.size)
    lower, upper = wilson(value * trials, trials, level)
    return Superiority(value, min(lower, value), max(upper, value))


def ranked(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """`values` in ascending order as float64, shape (n,); ValueError when empty or when one of them is NaN."""
    points = np.asarray(values, dtype=np.float64)
    if points.ndim != 1 or points.size == 0:
        raise ValueError(f"values must be a list of at least one number, got shape {points.shape}")
    if np.isnan(points).any():
        raise ValueError("values must not be NaN")
    return np.sort(points)
