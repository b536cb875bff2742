"""Support size from the birthday paradox (Arora and Zhang): the smallest batch with a duplicate half of the time.

A sampler of N equally likely points needs a batch of about sqrt(2 N ln 2). Two samples are duplicates where they are no
further apart than a threshold; `duplicate_threshold` takes it from real data, which itself then seems to have about
(real points) / `share` different ones: larger supports cannot be told apart.
"""

from __future__ import annotations

import math

import numpy as np

ORDERS = 2000  # their number alone makes the result vary by 1.6 per cent (sd)


def duplicate_threshold(apart: np.ndarray, share: float = 0.01) -> float:
    """The distance that this share of n real points has to its nearest other point at most, from (n, n) distances.

    The points are different ones: of data that are drawn with replacement some come twice, at distance 0.
    """
    if len(apart) < 2:
        raise ValueError(f"apart: has {len(apart)} points; allowed: at least 2")
    closest = np.partition(apart, 1, axis=1)[:, 1]  # the nearest of all is the point itself
    return float(np.quantile(closest, share, method="lower"))


def birthday(apart: np.ndarray, threshold: float, rng: np.random.Generator, order: np.ndarray | None = None) -> float:
    """The batch size at which half of the batches of samples hold a duplicate, from their (n, n) distances.

    The batches are the beginnings of random orders of all samples. `order` (n,) are the rows in an order of their own,
    such as `sorted_rows`: the result then does not depend on how they came. Infinite where no two are duplicates.
    """
    if not threshold >= 0:
        raise ValueError(f"threshold: is {threshold}; allowed: a distance of at least 0")
    n = len(apart)
    if n < 2:
        raise ValueError(f"apart: has {n} points; allowed: at least 2")
    twins = apart <= threshold
    np.fill_diagonal(twins, False)
    if not twins.any():
        return math.inf
    places = rng.permuted(np.tile(np.arange(n), (ORDERS, 1)), axis=1).T
    return float(_half_found(twins, places if order is None else order[places]))


def sorted_rows(points: np.ndarray) -> np.ndarray:
    """(n,) the rows of (n, d) points in the order of their coordinates, whatever order they are in."""
    return np.lexsort(points.T)


def _half_found(twins: np.ndarray, drawn: np.ndarray) -> int:
    """How many of (n, ORDERS) rows, drawn one after the other, until half of the orders hold two `twins`, (n, n)."""
    of_row = np.packbits(twins, axis=1, bitorder="little")  # eight rows a byte, for speed
    near = np.zeros((drawn.shape[1], of_row.shape[1]), np.uint8)  # of each order, the twins of what was drawn
    found, orders = np.zeros(len(near), bool), np.arange(len(near))
    for size, rows in enumerate(drawn, start=1):
        found |= near[orders, rows >> 3] >> (rows & 7) & 1 == 1
        if 2 * np.count_nonzero(found) >= len(found):
            return size
        near |= of_row[rows]
    raise AssertionError("some rows are twins, so all of them hold two")
