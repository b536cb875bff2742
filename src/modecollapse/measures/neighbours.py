"""Precision and recall (Kynkaanniemi et al. 2019), density and coverage (Naeem et al. 2020) from k-th neighbours.

A point's ball reaches to its k-th nearest neighbour in its own set. precision: share of fake points in some real ball.
recall: share of real points in some fake ball. coverage: share of real balls that hold a fake point. density: how many
real balls hold a fake point, on average, over how many are expected to.

Balls are closed, so that a point at exactly the radius counts: all-duplicate sets, whose radii are 0, then agree with
themselves. (The `prdc` package has open balls; without ties it gives the same numbers.) With ties a ball may hold more
than k of its own set; density weighs each ball by how many it holds instead of by k.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class NeighbourScores(NamedTuple):
    """All are shares from 0 to 1 except density, which is about 1 for a perfect sampler and has no upper limit."""

    precision: float
    recall: float
    density: float
    coverage: float


class Balls(NamedTuple):
    """(n,) distances to the k-th nearest other point, and (n,) how many others are no further: k, or more with ties."""

    radii: np.ndarray
    held: np.ndarray


def balls(apart: np.ndarray, k: int) -> Balls:
    """The balls of n points, from the (n, n) distances between them; k is from 1 to n - 1."""
    if not 1 <= k < len(apart):
        raise ValueError(f"k: is {k}; allowed: 1 to {len(apart) - 1}, for {len(apart)} points")
    radii = np.partition(apart, k, axis=1)[:, k]  # the nearest of all is the point itself
    return Balls(radii, np.count_nonzero(apart <= radii[:, None], axis=1) - 1)


def neighbour_scores(real: Balls, fake: Balls, across: np.ndarray) -> NeighbourScores:
    """The four scores from the balls of n real and m fake points and the (n, m) distances from the first to the others.

    Balls need distances that `across` repeats to the last bit, or sets with ties do not meet; SciPy's do.
    """
    inside = across <= real.radii[:, None]
    return NeighbourScores(
        precision=float(inside.any(axis=0).mean()),
        recall=float((across <= fake.radii).any(axis=1).mean()),
        density=float((inside.sum(axis=1) / real.held).sum()) / len(fake.radii),
        coverage=float(inside.any(axis=1).mean()),
    )
