"""Support size from the birthday paradox (Arora and Zhang): the smallest batch with a duplicate half of the time.

A sampler of N equally likely points needs a batch of about sqrt(2 N ln 2). Two samples are duplicates where they are no
further apart than a threshold; `duplicate_threshold` takes it from real data, which itself then seems to have about
(real points) / `share` different ones: larger supports cannot be told apart.
"""

from __future__ import annotations

import math

import numpy as np


def duplicate_threshold(apart: np.ndarray, share: float = 0.01) -> float:
    """The distance that this share of n real points has to its nearest other point at most, from (n, n) distances.

    The points are different ones: of data that are drawn with replacement some come twice, at distance 0.
    """
    if len(apart) < 2:
        raise ValueError(f"apart: has {len(apart)} points; allowed: at least 2")
    closest = np.partition(apart, 1, axis=1)[:, 1]  # the nearest of all is the point itself
    return float(np.quantile(closest, share, method="lower"))


def birthday(apart: np.ndarray, threshold: float, rng: np.random.Generator) -> float:
    """The batch size at which half of the batches of samples hold a duplicate, from their (n, n) distances.

    The estimate is over all batches of neighbouring rows, once the rows are shuffled. Infinite where n samples are too
    few to find it.
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
    enough = sizes[shares >= 0.5]
    return float(enough[0]) if len(enough) else math.inf


def _rows_until_duplicate(twins: np.ndarray) -> np.ndarray:
    """(n,) for each row as a start, how many rows it takes until two are `twins`, (n, n); n + 1 if that is never."""
    n = len(twins)
    later = np.triu(twins, 1)
    first_twin = np.where(later.any(axis=1), later.argmax(axis=1), 2 * n + 1)
    first_end = np.minimum.accumulate(first_twin[::-1])[::-1]
    return np.minimum(first_end - np.arange(n) + 1, n + 1)
