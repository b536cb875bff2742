"""NDB / K (Richardson and Weiss 2018): the share of bins that hold another share of the samples than of training data.

The bins are K = 50 k-means clusters of the training points, the same for all runs; a bin is different where a
two-proportion z-test at 5 % says so. Training data are counted on another draw than the one that was clustered, whose
points are nearer to their centres than any others (in 1200 dimensions two thirds of the bins would differ from unseen
real data); a perfect sampler scores about 0.05 then.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.bins import bin_counts, compare_bins, fit_bins
from modecollapse.measures.sampled import Reference, Sampled

LABEL = "Different bins"
DECIMALS = 3
NOTE = "share of 50 clusters of training data with too few or too many samples (NDB/K); less is better down to 0.05"
READS = "samples"
BETTER = "less"

BINS = 50


def value(sampled: Sampled) -> float:
    """0 to 1."""
    centres, training = sampled.reference.once(_bins)
    return compare_bins(training, bin_counts(sampled.points, centres)).share


def support(modes: int) -> tuple[float, float]:
    """0 to 1."""
    return 0.0, 1.0


def _bins(reference: Reference) -> tuple[np.ndarray, np.ndarray]:
    """(K, d) centres and (K,) other training points in each; fewer where fewer points are different."""
    centres = fit_bins(reference.points, BINS, reference.rng("different_bins"))
    return centres, bin_counts(reference.drawn("different_bins"), centres)
