"""Precision and recall (Kynkaanniemi et al. 2019), density and coverage (Naeem et al. 2020) from k-th neighbours.

A point's ball reaches to its k-th nearest neighbour in its own set. precision: the share of samples in the ball of some
training point. recall: the share of training points in the ball of some sample. coverage: the share of training points
whose ball holds a sample; stray samples, unlike in recall, make it no better, and a perfect sampler scores about 0.97
with as many samples as training points. density: how many training points' balls hold a sample, on average, over how
many are expected to; samples that crowd where training data are densest score more than the 1 of a perfect sampler.

Balls are closed, so that a point at exactly the radius counts: all-duplicate sets, whose radii are 0, then agree with
themselves. (The `prdc` package has open balls; without ties it gives the same numbers.) With ties a ball may hold more
than k of its own set; density weighs each ball by how many it holds instead of by k.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from modecollapse.measures.sampled import Sampled

READS = "samples"
DECIMALS = 3
BETTER = "more"
MEASURES = {
    "precision": {
        "LABEL": "Precision",
        "RANGE": (0, 1),
        "NOTE": "share of samples within reach of a training point's fifth neighbour; more is better up to the oracle",
        "MAIN": True,
    },
    "recall": {
        "LABEL": "Recall",
        "RANGE": (0, 1),
        "NOTE": "share of training points within reach of a sample's fifth neighbour; more is better up to the oracle",
        "MAIN": True,
    },
    "density": {
        "LABEL": "Density",
        "RANGE": (0, None),
        "NOTE": "training points near a sample over how many are expected; more is better up to the oracle, "
        "which has about 1",
    },
    "coverage": {
        "LABEL": "Coverage",
        "RANGE": (0, 1),
        "NOTE": "share of training points with a sample within reach of their fifth neighbour; "
        "more is better up to the oracle",
        "MAIN": True,
    },
}


class Balls(NamedTuple):
    """(n,) distances to the k-th nearest other point, and (n,) how many others are no further: k, or more with ties."""

    radii: np.ndarray
    held: np.ndarray


def balls(apart: np.ndarray, k: int) -> Balls:
    """The balls of n points, from the (n, n) distances between them; k is from 1 to n - 1.

    The distances must be those that SciPy computes across two sets, to the last bit, or sets with ties do not meet.
    """
    radii = np.partition(apart, k, axis=1)[:, k]  # the nearest of all is the point itself
    return Balls(radii, np.count_nonzero(apart <= radii[:, None], axis=1) - 1)


def precision(sampled: Sampled) -> float:
    """From 0 to 1."""
    return float(sampled.inside.any(axis=0).mean())


def recall(sampled: Sampled) -> float:
    """From 0 to 1."""
    return float((sampled.across <= sampled.balls.radii).any(axis=1).mean())


def density(sampled: Sampled) -> float:
    """From 0 upwards."""
    weighed = sampled.inside.sum(axis=1) / sampled.reference.balls.held
    return float(weighed.sum()) / len(sampled.points)


def coverage(sampled: Sampled) -> float:
    """From 0 to 1."""
    return float(sampled.inside.any(axis=1).mean())
