"""Support size from the birthday paradox (Arora and Zhang): the smallest batch with a duplicate half of the time.

A sampler of N equally likely points needs a batch of about sqrt(2 N ln 2). Two samples are duplicates where they are no
further apart than a threshold; `duplicate_threshold` takes it from real data, which itself then seems to have about
(real points) / `share` different ones: larger supports cannot be told apart.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.stats import beta


class Birthday(NamedTuple):
    """The batch size with an interval; `batch` and `high` are infinite where the samples were too few to find them."""

    batch: float
    low: float
    high: float

    def support(self) -> tuple[float, float, float]:
        """The sizes of a uniform support that the batch and the ends of its interval belong to."""
        return tuple(size * (size - 1) / (2 * math.log(2)) for size in self)


def duplicate_threshold(apart: np.ndarray, share: float = 0.01) -> float:
    """The distance that this share of n real points has to its nearest other point at most, from (n, n) distances.

    The points are different ones: of data that are drawn with replacement some come twice, at distance 0.
    """
    if len(apart) < 2:
        raise ValueError(f"apart: has {len(apart)} points; allowed: at least 2")
    closest = np.partition(apart, 1, axis=1)[:, 1]  # the nearest of all is the point itself
    return float(np.quantile(closest, share, method="lower"))


def birthday(apart: np.ndarray, threshold: float, rng: np.random.Generator, confidence: float = 0.95) -> Birthday:
    """The batch size at which half of the batches of samples hold a duplicate, from their (n, n) distances.

    The estimate is over all batches of neighbouring rows, once the rows are shuffled. The interval has the sizes that
    batches without common rows do not contradict by an exact binomial test.
    """
    if not threshold >= 0:
        raise ValueError(f"threshold: is {threshold}; allowed: a distance of at least 0")
    n = len(apart)
    if n < 2:
        raise ValueError(f"apart: has {n} points; allowed: at least 2")
    shuffled = rng.permutation(n)
    until = _rows_until_duplicate((apart <= threshold)[np.ix_(shuffled, shuffled)])
    sizes = np.arange(2, n + 1)
    shares = np.array([np.mean(until[: n - size + 1] <= size) for size in sizes])
    batches = n // sizes
    found = np.array([np.count_nonzero(until[: n - size + 1 : size] <= size) for size in sizes])
    tail = (1 - confidence) / 2
    lowest = np.where(found > 0, beta.ppf(tail, np.maximum(found, 1), batches - found + 1), 0)
    highest = np.where(found < batches, beta.ppf(1 - tail, found + 1, np.maximum(batches - found, 1)), 1)
    estimate, low = _first(sizes, shares >= 0.5), _first(sizes, highest >= 0.5)
    high = _first(sizes, (lowest > 0.5) & (sizes >= low))
    return Birthday(estimate, min(low, estimate), max(high, estimate))


def _first(sizes: np.ndarray, fits: np.ndarray) -> float:
    """The smallest of the sizes that fits; infinite where none does."""
    return float(sizes[fits][0]) if fits.any() else math.inf


def _rows_until_duplicate(twins: np.ndarray) -> np.ndarray:
    """(n,) for each row as a start, how many rows it takes until two are `twins`, (n, n); n + 1 if that is never."""
    n = len(twins)
    later = np.triu(twins, 1)
    first_twin = np.where(later.any(axis=1), later.argmax(axis=1), 2 * n + 1)
    first_end = np.minimum.accumulate(first_twin[::-1])[::-1]
    return np.minimum(first_end - np.arange(n) + 1, n + 1)
