"""Tests of whether samples and data have one law: by their means and variances, and by a classifier that is learned.

Each value is 1 where the test rejects at 5 %, else 0, so that the mean over runs is the test's power, or its size where
both laws are the same. At most 500 samples of a run are compared with as many points of a fresh draw of the data.

- moments_differ: over all coordinates, the largest difference of means or of variances, in standard errors. Its law is
  that over random divisions of the pooled points (a permutation test), so it needs no correction for the dimension.
- classifier_differs: a random forest learns to tell half of the points apart; the test is binomial, on how many of the
  other half it classifies correctly (Lopez-Paz and Oquab 2017, with their neural network replaced by a forest).
"""

from __future__ import annotations

import zlib

import numpy as np
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

from modecollapse.measures.sampled import Sampled

READS = "samples"
DECIMALS = 2
RANGE = (0, 1)
BETTER = "less"
MEASURES = {
    "moments_differ": {
        "LABEL": "Moments differ",
        "NOTE": "1 where a permutation test of means and variances tells samples from data at 5 %; less is better",
    },
    "classifier_differs": {
        "LABEL": "Classifier differs",
        "NOTE": "1 where a random forest tells samples from data on held-out points at 5 %; less is better",
    },
}
LEVEL = 0.05
MOST = 500  # points of either side
DIVISIONS = 199  # random ones; with the observed one, 5 % is ten of 200


def moments_differ(sampled: Sampled) -> float:
    """1 or 0."""
    points, rng = pooled(sampled, "moments")
    return float(moments_p(points, rng) <= LEVEL)


def classifier_differs(sampled: Sampled) -> float:
    """1 or 0."""
    points, rng = pooled(sampled, "classifier")
    return float(classifier_p(points, rng) <= LEVEL)


def pooled(sampled: Sampled, use: str) -> tuple[np.ndarray, np.random.Generator]:
    """(2 m, d): m fresh points of the data and then m of the samples, and random numbers for the test.

    Both are keyed by the samples themselves, so that two runs are not compared with the same points. The order of the
    samples changes nothing.
    """
    points = sampled.points[np.lexsort(sampled.points.T)]
    keyed = f"{use} {zlib.crc32(points.tobytes())}"
    data, rng = sampled.reference.drawn(keyed), sampled.reference.rng(f"{keyed} test")
    m = min(len(data), len(points), MOST)
    return np.concatenate([data[:m], points[rng.permutation(len(points))[:m]]]), rng


def moments_p(points: np.ndarray, rng: np.random.Generator) -> float:
    """The p value of the test of means and variances of the first against the second half of (2 m, d) points."""
    centred = points - points.mean(axis=0)
    moments = np.concatenate([centred, centred**2], axis=1)
    moments -= moments.mean(axis=0)
    deviation = moments.std(axis=0)
    moments /= np.where(deviation > 0, deviation, 1.0)
    sides = np.repeat([1.0, -1.0], len(points) // 2)
    sides = np.stack([sides, *(rng.permutation(sides) for _ in range(DIVISIONS))])
    with threadpool_limits(limits=1):  # several threads may sum in another order
        largest = np.abs(sides @ moments).max(axis=1)
    return float(np.mean(largest >= largest[0] * (1 - 1e-12)))


def classifier_p(points: np.ndarray, rng: np.random.Generator) -> float:
    """The p value of a random forest's hits on half of (2 m, d) points, of which it has learned the other half."""
    from sklearn.ensemble import RandomForestClassifier  # takes a second, and only this measure needs it

    side, order = np.repeat([0, 1], len(points) // 2), rng.permutation(len(points))
    learned, tested = np.array_split(order, 2)
    forest = RandomForestClassifier(min_samples_leaf=3, random_state=int(rng.integers(2**32)), n_jobs=1)
    hits = int((forest.fit(points[learned], side[learned]).predict(points[tested]) == side[tested]).sum())
    return float(binomtest(hits, len(tested), 0.5, alternative="greater").pvalue)
