"""The difference between the means of two groups of bounded values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from modecollapse.statistics.intervals import checked
from modecollapse.statistics.summary import describe


class Difference(NamedTuple):
    """A difference and its confidence interval, lower <= value <= upper, in the unit of the values."""

    value: float
    lower: float
    upper: float


def mean_difference(
    x: Sequence[float] | np.ndarray,
    y: Sequence[float] | np.ndarray,
    support: tuple[float, float],
    rng: np.random.Generator,
    level: float = 0.95,
) -> Difference:
    """mean(X) - mean(Y) of independent groups in a finite `support`, with an interval that never has width 0.

    x: shape (n,), y: shape (m,). Each end lies as far from the difference as the root of the summed squares of the
    distances from the two means to the ends of their own Gaffke intervals that matter on that side (MOVER).
    Raises ValueError as `gaffke` does. Source: Zou and Donner 2008.
    """
    first = describe(checked(x, *support), support, rng, level)
    second = describe(checked(y, *support), support, rng, level)
    value = first.mean - second.mean
    down = np.hypot(first.mean - first.lower, second.upper - second.mean)
    up = np.hypot(first.upper - first.mean, second.mean - second.lower)
    return Difference(value, float(value - down), float(value + up))
