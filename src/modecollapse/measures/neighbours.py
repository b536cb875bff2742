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

from modecollapse.measures.two_sample import checked_pair, distances


class NeighbourScores(NamedTuple):
    """All are shares from 0 to 1 except density, which is about 1 for a perfect sampler and has no upper limit."""

    precision: float
    recall: float
    density: float
    coverage: float


def neighbour_scores(real: np.ndarray, fake: np.ndarray, k: int = 5) -> NeighbourScores:
    """The four scores of (m, d) fake points against (n, d) real ones; both sets need more than k points."""
    if k < 1:
        raise ValueError(f"k: is {k}; allowed: at least 1")
    real, fake = checked_pair(real, fake, least=k + 1)
    real_radii, real_held = balls(real, k)
    fake_radii, _ = balls(fake, k)
    precise = np.zeros(len(fake), dtype=bool)
    recalled = covered = density = 0.0
    for rows, band in distances(real, fake):
        inside = band <= real_radii[rows, None]
        precise |= inside.any(axis=0)
        covered += np.count_nonzero(inside.any(axis=1))
        density += (inside.sum(axis=1) / real_held[rows]).sum()
        recalled += np.count_nonzero((band <= fake_radii).any(axis=1))
    return NeighbourScores(float(precise.mean()), recalled / len(real), float(density) / len(fake), covered / len(real))


def balls(points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(n,) distances to the k-th nearest other point, and (n,) how many others are no further: k, or more with ties."""
    radii, held = np.empty(len(points)), np.empty(len(points))
    for rows, band in distances(points, points):
        band[np.arange(len(rows)), rows] = np.inf  # a point is not its own neighbour
        radii[rows] = np.partition(band, k - 1, axis=1)[:, k - 1]
        held[rows] = np.count_nonzero(band <= radii[rows, None], axis=1)
    return radii, held


def expected_coverage(n_real: int, n_fake: int, k: int) -> float:
    """What a perfect sampler of a continuous distribution covers on average (Naeem et al. 2020)."""
    steps = np.arange(1, k + 1)
    return float(1 - np.prod((n_real - steps) / (n_real + n_fake - steps)))
