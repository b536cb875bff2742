"""The number of statistically different bins, NDB, over k-means bins (Richardson and Weiss 2018).

Bins are the clusters of real points. A bin is statistically different where a two-proportion z-test says so; NDB counts
them. A perfect sampler has about `significance` times K of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import norm
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from modecollapse.measures.two_sample import checked, checked_pair, nearest

STARTS = 3  # of k-means; the best is kept


class BinScores(NamedTuple):
    """The z-score of each bin (K,), positive where the fake points have more; how many bins are different."""

    z: np.ndarray
    different: int

    @property
    def share(self) -> float:
        """NDB / K."""
        return self.different / len(self.z)


def fit_bins(real: np.ndarray, bins: int, rng: np.random.Generator) -> np.ndarray:
    """(K, d) centres of k-means on (n, d) real points; K is `bins`, or fewer where fewer points are different."""
    real = checked("real", real)
    bins = min(bins, len(np.unique(real, axis=0)))
    with threadpool_limits(limits=1):  # several threads would add up a centre in any order
        means = KMeans(bins, n_init=STARTS, random_state=int(rng.integers(2**32))).fit(real)
    return means.cluster_centers_


def bin_counts(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(K,) points that are nearest to each centre; points are (n, d)."""
    centres, points = checked_pair(centres, points, names=("centres", "points"))
    return np.bincount(nearest(points, centres)[0], minlength=len(centres))


def compare_bins(real: np.ndarray, fake: np.ndarray, significance: float = 0.05) -> BinScores:
    """The scores of two sets' counts in the same K bins; either has at least one point."""
    real, fake = np.asarray(real, dtype=np.float64), np.asarray(fake, dtype=np.float64)
    for name, counts in (("real", real), ("fake", fake)):
        if counts.shape != real.shape or counts.ndim != 1 or (counts < 0).any() or not counts.sum() > 0:
            raise ValueError(f"{name}: are not counts of points in the bins; allowed: (K,) with a sum above 0")
    n, m = real.sum(), fake.sum()
    pooled = (real + fake) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    gap = fake / m - real / n
    z = np.divide(gap, error, out=np.zeros_like(gap), where=error > 0)  # no error: both have all, or none
    p = 2 * norm.sf(np.abs(z))
    return BinScores(z, int(np.count_nonzero(p < significance)))
