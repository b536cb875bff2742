"""What the measures of two sets of points share: checked points, and distances in pieces that fit in memory.

A set of points is an (n, d) array of finite numbers, a row a point; an image is flattened first. Distances are summed
over coordinates, not expanded into inner products: those of coincident points are then exactly 0, and a distance is the
same number whichever set a point came from. That costs n m d steps, so large images are better measured as features.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial.distance import cdist

PIECE = 2**23  # distances held at once, 64 MiB of them


def checked(name: str, points: np.ndarray, least: int = 1) -> np.ndarray:
    """The (n, d) points in double precision; ValueError with `name` where not finite, or fewer than `least`."""
    points = np.asarray(points)
    if points.ndim != 2 or points.dtype.kind not in "fiu" or 0 in points.shape:
        raise ValueError(f"{name}: has shape {points.shape} of {points.dtype}; allowed: (n, d) numbers")
    unusable = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(unusable):
        raise ValueError(f"{name}: row {unusable[0]} is not finite, {len(unusable)} in all; allowed: finite numbers")
    if len(points) < least:
        raise ValueError(f"{name}: has {len(points)} rows; allowed: at least {least}")
    return points.astype(np.float64)


def checked_pair(
    points: np.ndarray, others: np.ndarray, least: int = 1, names: tuple[str, str] = ("real", "fake")
) -> tuple[np.ndarray, np.ndarray]:
    """Both sets checked, with as many coordinates as each other."""
    points, others = checked(names[0], points, least), checked(names[1], others, least)
    if points.shape[1] != others.shape[1]:
        raise ValueError(f"{names[1]}: has {others.shape[1]} coordinates; allowed: {points.shape[1]}, as {names[0]}")
    return points, others


def distances(
    points: np.ndarray, others: np.ndarray, metric: str = "euclidean"
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The (n, m) distances in bands: some row numbers (b,), and the (b, m) distances from these rows to all others."""
    band = max(1, PIECE // len(others))
    for first in range(0, len(points), band):
        rows = np.arange(first, min(first + band, len(points)))
        yield rows, cdist(points[rows], others, metric)


def nearest(points: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each point the number of the nearest other one (the first of equals) and its distance, both (n,)."""
    index, distance = np.empty(len(points), dtype=np.int64), np.empty(len(points))
    for rows, band in distances(points, others):
        index[rows] = band.argmin(axis=1)
        distance[rows] = band[np.arange(len(rows)), index[rows]]
    return index, distance
