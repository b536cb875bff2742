"""NDB / K (Richardson and Weiss 2018): the share of bins that hold another share of the samples than of training data.

The bins are K = 50 k-means clusters of the training points, the same for all runs; a bin is different where a
two-proportion z-test at 5 % says so. Training data are counted on another draw than the one that was clustered, whose
points are nearer to their centres than any others (in 1200 dimensions two thirds of the bins would differ from unseen
real data); a perfect sampler scores about 0.05 then.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import norm
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from modecollapse.measures.sampled import Reference, Sampled

MEASURES = {
    "different_bins": {
        "LABEL": "Different bins",
        "DECIMALS": 3,
        "RANGE": (0, 1),
        "BETTER": "less",
        "NOTE": "share of 50 clusters of training data with too few or too many samples (NDB/K); "
        "less is better down to 0.05",
        "READS": "samples",
    }
}
BINS, STARTS = 50, 3  # clusters, and starts of k-means of which the best is kept
SIGNIFICANCE = 0.05


def different_bins(sampled: Sampled) -> float:
    """From 0 to 1."""
    centres, training = sampled.reference.once(_bins)
    p = 2 * norm.sf(np.abs(z_scores(training, bin_counts(sampled.points, centres))))
    return int(np.count_nonzero(p < SIGNIFICANCE)) / len(centres)


def fit_bins(real: np.ndarray, bins: int, rng: np.random.Generator) -> np.ndarray:
    """(K, d) centres of k-means on (n, d) real points; K is `bins`, or fewer where fewer points are different."""
    bins = min(bins, len(np.unique(real, axis=0)))
    with threadpool_limits(limits=1):  # several threads would add up a centre in any order
        means = KMeans(bins, n_init=STARTS, random_state=int(rng.integers(2**32))).fit(real)
    return means.cluster_centers_


def bin_counts(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(K,) points that are nearest to each centre; points are (n, d)."""
    return np.bincount(cdist(points, centres).argmin(axis=1), minlength=len(centres))


def z_scores(real: np.ndarray, fake: np.ndarray) -> np.ndarray:
    """(K,) z-scores of two sets' counts in the same K bins, positive where the fake points have more."""
    n, m = real.sum(), fake.sum()
    pooled = (real + fake) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    gap = fake / m - real / n
    return np.divide(gap, error, out=np.zeros_like(gap), where=error > 0)  # no error: both have all, or none


def _bins(reference: Reference) -> tuple[np.ndarray, np.ndarray]:
    """(K, d) centres and (K,) other training points in each; fewer where fewer points are different."""
    centres = fit_bins(reference.points, BINS, reference.rng("different_bins"))
    return centres, bin_counts(reference.drawn("different_bins"), centres)
