"""One group of values in seven numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modecollapse.statistics.intervals import checked, gaffke


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


def describe(
    values: Sequence[float] | np.ndarray,
    support: tuple[float, float],
    rng: np.random.Generator,
    level: float = 0.95,
) -> Description:
    """Describe `values`, shape (n,), known to lie in `support`; the interval of the mean is Gaffke's.

    Where an end of the support is infinite, values may be so too, and there is no interval.

    The order of the values does not matter. sd divides by n - 1, is exactly 0.0 for equal values, and None
    for a single one, which says nothing about spread. Raises ValueError as `gaffke` does.
    """
    if not np.isfinite(support).all():
        return _unbounded(np.sort(np.asarray(values, dtype=np.float64)), support)
    points = np.sort(checked(values, *support))
    minimum, maximum = float(points[0]), float(points[-1])
    lower, upper = gaffke(points, *support, rng=rng, level=level)
    # The mean of equal values can leave their range by a rounding error, and their sd be 1e-17.
    mean = float(np.clip(points.mean(), minimum, maximum))
    sd = None if points.size == 1 else 0.0 if minimum == maximum else float(points.std(ddof=1))
    return Description(points.size, mean, min(lower, mean), max(upper, mean), sd, minimum, maximum)


def _unbounded(points: np.ndarray, support: tuple[float, float]) -> Description:
    """Of sorted values, shape (n,), some of which may be infinite."""
    if points.size == 0 or not ((points >= support[0]) & (points <= support[1])).all():
        raise ValueError(f"values must be at least one number in [{support[0]}, {support[1]}], got {points}")
    minimum, maximum = float(points[0]), float(points[-1])
    finite = np.isfinite([minimum, maximum]).all()
    sd = float(points.std(ddof=1)) if points.size > 1 and finite else None
    return Description(points.size, float(points.mean()), None, None, sd, minimum, maximum)
