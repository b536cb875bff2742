"""Confidence intervals: Gaffke's for the mean of bounded values, Student's for unbounded values, two for a share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy

Interval = tuple[float, float]
Values = Sequence[float] | np.ndarray  # shape (n,)

DIGITS = 15  # of values relative to the largest; without this, a division by a gap of 1e-320 would overflow


class Estimate(NamedTuple):
    """An estimate and its confidence interval, lower <= value <= upper."""

    value: float
    lower: float
    upper: float


def gaffke(values: Values, lower: float, upper: float, *, level: float = 0.95) -> Interval:
    """The two-sided Gaffke interval for the mean of independent `values` that lie in [lower, upper].

    Each end is a quantile of a random mean of n + 1 points, the values and the bound on that side, under uniformly
    distributed weights (Dirichlet with all parameters 1). Only the bounds are assumed, so five runs that all reach the
    maximum do not yield an interval of width zero. For 0/1 values it is the interval of Clopper and Pearson. Each end
    alone is a one-sided bound at (1 + level) / 2.

    values: shape (n,), n >= 1. The answer is clipped to the support. It takes a time that grows with the square of the
    number of values: 10 ms for 500. Raises ValueError on empty, non-finite or out-of-support values and bad settings.
    Sources: Gaffke 2005; Learned-Miller and Thomas 2019, arXiv 1905.06208. Its coverage is conjectured in
    general and checked by simulation in the tests.
    """
    points = checked(values, lower, upper)
    if not 0 < level < 1:
        raise ValueError(f"level {level} must lie in (0, 1)")
    span, tail = upper - lower, (1 - level) / 2
    low = lower + span * _quantile((points - lower) / span, tail)
    high = upper - span * _quantile((upper - points) / span, tail)
    # Rounding can carry a weighted mean one unit past the bound.
    return float(np.clip(low, lower, upper)), float(np.clip(high, lower, upper))


def _quantile(points: np.ndarray, tail: float) -> float:
    """The `tail` quantile of the randomly weighted mean of 0 and `points` in [0, 1]."""
    top = points.max()
    if top == 0:
        return 0.0
    share = _spline(np.round(points / top, DIGITS))
    return top * scipy.optimize.brentq(lambda at: (float(share(at)) if 0 < at < 1 else at) - tail, 0.0, 1.0, xtol=1e-14)


def gaffke_p(values: Values, lower: float, upper: float, at: float, side: int = 1) -> float:
    """The p of the mean's being above `at` (side 1) or below it (side -1), for `values` in [lower, upper].

    It is the smallest alpha at which Gaffke's one-sided limit at 1 - alpha does not lie on the wrong side of `at`: the
    share of the randomly weighted means that do. Raises ValueError as `gaffke`.
    """
    points = checked(values, lower, upper)
    bound = lower if side > 0 else upper
    points, at = np.abs(points - bound) / (upper - lower), side * (at - bound) / (upper - lower)
    top = points.max()
    if not 0 < at < top:
        return 0.0 if at <= 0 else 1.0
    return float(np.clip(_spline(np.round(points / top, DIGITS))(at / top), 0.0, 1.0))


def _spline(points: np.ndarray) -> scipy.interpolate.BSpline:
    """The distribution function of the mean of 0 and `points`, shape (n,), under uniformly distributed weights.

    Its density is the B-spline whose knots are the points, so it is a sum of B-splines of degree n. De Boor's
    recursion evaluates them by sums of positive terms, which lose no digits however many points are equal.
    Source: Curry and Schoenberg 1966.
    """
    knots, n = np.sort(np.append(points, 0.0)), points.size
    padded = np.concatenate([np.repeat(knots[0], n), knots, np.repeat(knots[-1], n)])
    return scipy.interpolate.BSpline(padded, np.repeat([0.0, 1.0], n), n, extrapolate=False)


def reach_of_perfect_runs(n: int, span: float, level: float = 0.95) -> float:
    """How far below a bound the Gaffke interval still reaches when all n values lie on that bound.

    span: upper - lower, in the unit of the values. Exact: span * (1 - alpha^(1/n)), alpha = (1 - level)/2,
    for the weight of the appended point is Beta(1, n). No smaller margin can be certified with n values.
    """
    if n < 1:
        raise ValueError(f"n {n} must be at least 1")
    return span * (1 - ((1 - level) / 2) ** (1 / n))


def checked(values: Values, lower: float, upper: float) -> np.ndarray:
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


def t_interval(values: Values, level: float = 0.95) -> Interval | None:
    """Student's interval for the mean of `values`, shape (n,), in their unit, whatever their order.

    The coverage is nominal: for bounded values with rare failures it can be 42 % instead of 95 % at n = 5.
    None where it is undefined: fewer than two values, all equal, or one infinite. Raises ValueError on NaN.
    Source: Student 1908.
    """
    points = np.sort(np.asarray(values, dtype=np.float64))
    if points.ndim != 1 or np.isnan(points).any():
        raise ValueError(f"values must be a list of numbers without NaN, got shape {points.shape}")
    if not 0 < level < 1:
        raise ValueError(f"level {level} must lie in (0, 1)")
    if points.size < 2 or not np.isfinite(points).all() or points[0] == points[-1]:
        return None
    half = scipy.stats.t.isf((1 - level) / 2, points.size - 1) * points.std(ddof=1) / np.sqrt(points.size)
    return float(points.mean() - half), float(points.mean() + half)


def t_p(values: Values, at: float, side: int = 1) -> float:
    """Student's p of the mean's being above `at` (side 1) or below it (side -1), for `values` that are not all equal.

    It is the smallest alpha at which the end of `t_interval` at level 1 - 2 alpha lies on that side of `at`.
    """
    points = np.sort(np.asarray(values, dtype=np.float64))
    error = points.std(ddof=1) / np.sqrt(points.size)
    return float(scipy.stats.t.sf(side * (points.mean() - at) / error, points.size - 1))


def log_t_interval(values: Values, level: float = 0.95) -> Interval | None:
    """Student's interval for the geometric mean of `values`, shape (n,), in their unit: computed from logarithms.

    The coverage is nominal, as that of `t_interval`. None where that is None, where a value is 0 or negative, and
    where two or three wildly different values make the upper end overflow. Raises ValueError on NaN.
    """
    points = np.asarray(values, dtype=np.float64)
    has_logarithms = not (points <= 0).any()
    interval = t_interval(np.log(points) if has_logarithms else points, level)
    if interval is None or not has_logarithms:
        return None
    with np.errstate(over="ignore", under="ignore"):
        low, high = np.exp(interval)
    return (float(low), float(high)) if np.isfinite(high) else None


def clopper_pearson(k: int, n: int, level: float = 0.95) -> Interval:
    """The exact two-sided interval for the probability of success, after k successes in n independent trials.

    Raises ValueError unless 0 <= k <= n are whole numbers and n >= 1. Source: Clopper and Pearson 1934.
    """
    _check_counts(k, n, level)
    if k % 1 != 0:
        raise ValueError(f"successes {k} must be a whole number")
    low, high = scipy.stats.binomtest(int(k), int(n)).proportion_ci(level, method="exact")
    return float(low), float(high)


def wilson(k: float, n: int, level: float = 0.95) -> Interval:
    """The score interval for a probability, after k successes in n trials; k may be a fraction (half for a tie).

    Its width is never 0, not even for k = 0 or k = n. Raises ValueError unless 0 <= k <= n and n >= 1 is whole.
    Source: Wilson 1927.
    """
    _check_counts(k, n, level)
    z = scipy.stats.norm.isf((1 - level) / 2)
    share = k / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # At k = 0 and k = n the formula gives the bound itself, give or take a rounding error.
    low = 0.0 if k == 0 else centre - half
    high = 1.0 if k == n else centre + half
    return float(low), float(high)


def _check_counts(k: float, n: int, level: float) -> None:
    if not (n >= 1 and n % 1 == 0 and 0 <= k <= n):
        raise ValueError(f"successes {k} must lie in 0 to n, and n {n} be a whole number of at least 1")
    if not 0 < level < 1:
        raise ValueError(f"level {level} must lie in (0, 1)")
