"""What a printed number can be: a mean of integers (GRIM), with which standard deviation and divergence.

Numbers come as text, since their decimals count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from statistics import stdev

import scipy

# Dimensions of a component, and standard deviations within which a sample of it is of high quality.
REACH = {"ring": (2, 3.0), "grid": (2, 3.0), "gaussians-1200d": (700, 10.0)}


def granular(printed: str, runs: int, step: float = 1.0, halves: str = "either") -> bool:
    """Whether `printed`, with the decimals it has, can be the mean of `runs` multiples of `step` (the GRIM test).

    A mean half-way between two printable numbers may have been rounded to either of them; `halves` "up" or "down"
    asks for one way. A number printed without decimals can be a mean of any number of integers. step is read as the
    fraction it stands for, up to 1e-6. Source: Brown and Heathers 2017.
    """
    low, high = interval(printed)
    size = Fraction(step).limit_denominator(1_000_000) / runs  # the distance of two possible means
    least, most = math.ceil(low / size), math.floor(high / size)
    excluded = {"up": high, "down": low}.get(halves)
    # Two possible means or more are not both at the excluded end.
    return most > least or (most == least and least * size != excluded)


def run_counts(printed: Sequence[str], most: int = 20, step: float = 1.0, halves: str = "either") -> list[int]:
    """The numbers of runs up to `most` of which all of `printed` can be means; as for `granular`."""
    return [runs for runs in range(1, most + 1) if all(granular(text, runs, step, halves) for text in printed)]


def sd_bounds(mean: float, k: int) -> tuple[float, float]:
    """The least and largest standard deviation of a distribution on 0 to k, of integers, that has this mean.

    The least is sqrt(f (1 - f)), f the fractional part of the mean, and the largest that of the two ends alone,
    sqrt(mean (k - mean)) (Bhatia and Davis 2000).
    """
    part = mean - math.floor(mean)
    return math.sqrt(part * (1 - part)), math.sqrt(mean * (k - mean))


def sample_sd_bounds(total: int, k: int, runs: int) -> tuple[float, float]:
    """The same of a sample of `runs` >= 2 integers from 0 to k with this total, dividing by runs - 1; both attained.

    As many as possible are next to the mean for the least, and at 0 or k, with one between them, for the largest.
    """
    even, above = divmod(total, runs)
    full, rest = divmod(total, k)
    extreme = [k] * full + [rest] + [0] * runs  # `rest` is 0 where all are k
    return stdev([even + 1] * above + [even] * (runs - above)), stdev(extreme[:runs])


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
    return 100 * float(scipy.stats.chi2.cdf(reach**2, dimensions))


def interval(printed: str) -> tuple[Fraction, Fraction]:
    """From where to where a number was rounded to what is printed: half a unit of the last decimal to both sides."""
    half = Fraction(1, 2 * 10 ** len(printed.partition(".")[2]))
    return Fraction(printed) - half, Fraction(printed) + half
