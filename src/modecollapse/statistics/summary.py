"""A group of bounded values in seven numbers, and the difference between the means of two groups."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from modecollapse.statistics.intervals import Estimate, Interval, Values, checked, gaffke


@dataclass(frozen=True)
class Description:
    """n values: their mean with its interval [lower, upper], sample sd (None for n = 1), extremes.

    Without bounds there is no interval (None); with an infinite value there is no sd either.
    """

    n: int
    mean: float
    lower: float | None
    upper: float | None
    sd: float | None
    minimum: float
    maximum: float


def describe(values: Values, support: Interval, level: float = 0.95) -> Description:
    """Describe `values`, shape (n,), known to lie in `support`; the interval of the mean is Gaffke's.

    Where an end of the support is infinite, values may be so too, and there is no interval.
    The order of the values does not matter. sd divides by n - 1, is exactly 0.0 for equal values, and None
    for a single one, which says nothing about spread. Raises ValueError as `gaffke` does.
    """
    is_bounded = bool(np.isfinite(support).all())
    points = np.sort(checked(values, *support) if is_bounded else np.asarray(values, dtype=np.float64))
    if points.size == 0 or not ((points >= support[0]) & (points <= support[1])).all():
        raise ValueError(f"values must be at least one number in [{support[0]}, {support[1]}], got {points}")
    minimum, maximum = float(points[0]), float(points[-1])
    has_spread = points.size > 1 and math.isfinite(minimum) and math.isfinite(maximum)
    # The mean of equal values can leave their range by a rounding error, and their sd be 1e-17.
    mean = float(np.clip(points.mean(), minimum, maximum))
    sd = None if not has_spread else 0.0 if minimum == maximum else float(points.std(ddof=1))
    lower, upper = gaffke(points, *support, level=level) if is_bounded else (None, None)
    if lower is not None:
        lower, upper = min(lower, mean), max(upper, mean)
    return Description(points.size, mean, lower, upper, sd, minimum, maximum)


def mean_difference(first: Description, second: Description, support: Interval) -> Estimate:
    """The mean of the first group less that of the second, with an interval that never has width 0.

    Each end lies as far from the difference as the root of the summed squares of the distances from the two means to
    the ends of their own intervals that matter on that side (MOVER). The ends are NaN where the support is infinite,
    and everything is NaN where both means are.
    Source: Zou and Donner 2008.
    """
    value = first.mean - second.mean
    if first.lower is None or second.lower is None:
        return Estimate(value, math.nan, math.nan)
    span = support[1] - support[0]
    down = math.hypot(first.mean - first.lower, second.upper - second.mean)
    up = math.hypot(first.upper - first.mean, second.mean - second.lower)
    return Estimate(value, max(value - down, -span), min(value + up, span))
