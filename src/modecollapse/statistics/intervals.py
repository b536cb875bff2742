"""A confidence interval for the mean of bounded values that stays honest when every value is the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DRAWS = 20_000


def gaffke(
    values: Sequence[float] | np.ndarray,
    lower: float,
    upper: float,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = DRAWS,
    repeats: int = 1,
) -> tuple[float, float]:
    """The two-sided Gaffke interval for the mean of independent `values` that lie in [lower, upper].

    Each end is a quantile of a random mean of n + 1 points, the values and the bound on that side, under uniformly
    distributed weights (Dirichlet with all parameters 1). Only the bounds are assumed, so five runs that all reach the
    maximum do not yield an interval of width zero. For 0/1 values it is the interval of Clopper and Pearson.

    values: shape (n,), n >= 1; draws: Monte Carlo draws of the weights; repeats: the interval that `repeats` times as
    many values would have, each seen that often. The answer is clipped to the support.
    Raises ValueError on empty, non-finite or out-of-support values and on impossible settings.
    Sources: Gaffke 2005; Learned-Miller and Thomas 2019, arXiv 1905.06208. Its coverage is conjectured in
    general and checked by simulation in the tests.
    """
    points = checked(values, lower, upper)
    if not 0 < level < 1 or draws < 1 or repeats < 1:
        raise ValueError(f"level {level} must lie in (0, 1), draws {draws} and repeats {repeats} be positive")
    # Normalised exponentials are Dirichlet(1, ..., 1): one (draws, n + 1) array serves both ends.
    weights = rng.standard_exponential((draws, points.size + 1))
    if repeats > 1:  # the weights of equal values add up to a gamma variable
        weights[:, 1:] = rng.standard_gamma(repeats, (draws, points.size))
    weights /= weights.sum(axis=1, keepdims=True)
    inner, slack = weights[:, 1:] @ points, weights[:, 0]
    tail = (1 - level) / 2
    low = np.quantile(inner + slack * lower, tail)
    high = np.quantile(inner + slack * upper, 1 - tail)
    # Rounding can carry a weighted mean one unit past the bound.
    return float(np.clip(low, lower, upper)), float(np.clip(high, lower, upper))


def reach_of_perfect_runs(n: int, span: float, level: float = 0.95) -> float:
    """How far below a bound the Gaffke interval still reaches when all n values sit on that bound.

    span: upper - lower, in the unit of the values. Exact: span * (1 - alpha^(1/n)), alpha = (1 - level)/2,
    for the weight of the appended point is Beta(1, n). No smaller margin can be certified with n values.
    """
    if n < 1:
        raise ValueError(f"n {n} must be at least 1")
    return span * (1 - ((1 - level) / 2) ** (1 / n))


def checked(values: Sequence[float] | np.ndarray, lower: float, upper: float) -> np.ndarray:
    """`values` as float64, shape (n,); ValueError when they cannot be a sample from [lower, upper]."""
    points = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(lower) and np.isfinite(upper) and lower < upper):
        raise ValueError(f"the support [{lower}, {upper}] must be finite and not empty")
    if points.ndim != 1 or points.size == 0:
        raise ValueError(f"values must be a list of at least one number, got shape {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("values must be finite")
    if points.min() < lower or points.max() > upper:
        raise ValueError(f"values must lie in [{lower}, {upper}], got {points.min()} to {points.max()}")
    return points
