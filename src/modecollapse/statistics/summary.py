"""One group of bounded values in seven numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modecollapse.statistics.intervals import checked, gaffke


@dataclass(frozen=True)
class Description:
    """n values: their mean with its interval [lower, upper], sample sd (None for n = 1), extremes."""

    n: int
    mean: float
    lower: float
    upper: float
    sd: float | None
    minimum: float
    maximum: float


def describe(
    values: Sequence[float] | np.ndarray,
    support: tuple[float, float],
    rng: np.random.Generator,
    level: float = 0.95,
) -> Description:
    """Describe `values`, shape (n,), known to lie in `support`; the interval of the mean is Gaffke's.

    The order of the values does not matter. sd divides by n - 1, is exactly 0.0 for equal values, and None
    for a single one, which says nothing about spread. Raises ValueError as `gaffke` does.
    """
    points = np.sort(checked(values, *support))
    minimum, maximum = float(points[0]), float(points[-1])
    lower, upper = gaffke(points, *support, rng=rng, level=level)
    # The mean of equal values can leave their range by a rounding error, and their sd be 1e-17.
    mean = float(np.clip(points.mean(), minimum, maximum))
    sd = None if points.size == 1 else 0.0 if minimum == maximum else float(points.std(ddof=1))
    return Description(points.size, mean, min(lower, mean), max(upper, mean), sd, minimum, maximum)
