"""What a printed number can be: a mean of integers (GRIM), with which standard deviation and divergence.

Numbers come as text, since their decimals count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from scipy import stats

# Dimensions of a component, and standard deviations within which a sample of it is of high quality.
REACH = {"ring": (2, 3.0), "grid": (2, 3.0), "gaussians-1200d": (700, 10.0)}


def granular(printed: str, runs: int, step: float = 1.0, halves: str = "either") -> bool:
    """Whether `printed`, with the decimals it has, can be the mean of `runs` multiples of `step` (the GRIM test).

    A mean half-way between two printable numbers may have been rounded to either of them; `halves` "up" or "down"
    asks for one way. A number printed without decimals can be a mean of any number of integers. step is read as the
    fraction it stands for, up to 1e-6. Source: Brown and Heathers 2017.
    """
    value, half = Fraction(printed), half_unit(printed)
    size = Fraction(step).limit_denominator(1_000_000) / runs  # the distance of two possible means
    least, most = math.ceil((value - half) / size), math.floor((value + half) / size)
    excluded = {"up": value + half, "down": value - half}.get(halves)
    # Two possible means or more are not both at the excluded end.
    return most > least or (most == least and least * size != excluded)


def run_counts(printed: Sequence[str], most: int = 20, step: float = 1.0, halves: str = "either") -> list[int]:
    """The numbers of runs up to `most` of which all of `printed` can be means; as for `granular`."""
    return [runs for runs in range(1, most + 1) if all(granular(text, runs, step, halves) for text in printed)]


def sd_bounds(
    mean: float, low: float, high: float, integer: bool = True, runs: int | None = None
) -> tuple[float, float]:
    """The least and largest standard deviation of values in [low, high] that have this mean, which lies there too.

    Without `runs` that of a distribution (or of a sample, dividing by n): the least is sqrt(f (1 - f)) for integers,
    f the fractional part of the mean, else 0; the most is sqrt((mean - low) (high - mean)) (Bhatia and Davis 2000).
    With `runs` >= 2 that of a sample of so many values, dividing by n - 1, both attained: as many values as possible
    next to the mean, or at the ends of the range with one between them.
    """
    if runs is None:
        part = mean - math.floor(mean)
        return math.sqrt(part * (1 - part)) if integer else 0.0, math.sqrt((mean - low) * (high - mean))
    total = round(runs * mean) if integer else runs * mean
    above = total - runs * math.floor(total / runs)  # how many are one above the rest, where integers are even
    least = math.sqrt(above * (runs - above) / (runs * (runs - 1))) if integer else 0.0
    return least, _largest_sd(total, low, high, runs)


def _largest_sd(total: float, low: float, high: float, runs: int) -> float:
    """Of `runs` values in [low, high] with this total: as many as possible at the ends, one between them."""
    if low == high:
        return 0.0
    top = min(runs, math.floor((total - runs * low) / (high - low)))
    values = [float(high)] * top + [float(low)] * (runs - top)
    if top < runs:
        values[-1] = total - sum(values[:-1])
    centre = total / runs
    return math.sqrt(sum((value - centre) ** 2 for value in values) / (runs - 1))


def kl_floor(modes_mean: float, k: int) -> float:
    """ln(K / m): no mean KL of modes against K equal ones is below it, in nats, where m modes are captured on average.

    A run with m_i modes has KL >= ln(K / m_i), and the mean of ln m_i over runs is at most ln m (Jensen), so the floor
    holds for means over any runs; 0 < m <= K.
    """
    return math.log(k / modes_mean)


def ceiling(dataset: str) -> float:
    """The percentage of perfect samples of a mixture that its rule counts as high quality.

    The squared distance from the mode is chi-square, in variances: 100 (1 - exp(-4.5)) = 98.9 in the plane, and about
    1e-165 for 10 standard deviations in 700 dimensions. KeyError for another data set.
    """
    dimensions, reach = REACH[dataset]
    return 100 * float(stats.chi2.cdf(reach**2, dimensions))


def half_unit(printed: str) -> Fraction:
    """Half a unit in the last decimal of a printed number: the most that rounding can have changed it."""
    return Fraction(1, 2 * 10 ** len(printed.partition(".")[2]))


def interval(printed: str) -> tuple[Fraction, Fraction]:
    """From where to where a number was rounded to what is printed."""
    return Fraction(printed) - half_unit(printed), Fraction(printed) + half_unit(printed)
