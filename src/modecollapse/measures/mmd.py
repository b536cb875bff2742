"""Squared kernel maximum mean discrepancy (Gretton et al. 2012) between samples and training data, unbiased.

Gaussian kernels of several widths, multiples of the median distance of training points: so one kernel for all runs,
whose values compare. A perfect sampler scores 0 on average, so sometimes less.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.discrepancy import gaussians, median_apart
from modecollapse.measures.sampled import LEAST, POINTS, Reference, Sampled

LABEL = "MMD²"
DECIMALS = 4
NOTE = "squared kernel discrepancy of samples and training data, about 0 for the oracle; less is better"
READS = "samples"
BETTER = "less"


def value(sampled: Sampled) -> float:
    """Mean kernel between samples and between training points, minus twice that of one with the other."""
    bandwidth, training = sampled.reference.once(_training)
    within = gaussians(sampled.apart**2, bandwidth).mean()
    between = gaussians(sampled.across**2, bandwidth).mean()
    return float(training + within - 2 * between)


def support(modes: int) -> tuple[float, float]:
    """-1 / n - 1 / m to 2, for n and m points: with the pairs of a point with itself, it would be a squared norm."""
    return -1 / POINTS - 1 / LEAST, 2.0


def _training(reference: Reference) -> tuple[float, float]:
    """The kernel's bandwidth and its mean over pairs of training points."""
    bandwidth = median_apart(reference.apart)
    return bandwidth, float(np.mean(gaussians(reference.apart**2, bandwidth)))
