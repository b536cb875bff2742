"""How evenly samples spread over modes or classes, from (K,) counts of samples in each.

Divergences are in nats and KL(samples || reference), as VEEGAN's and PacGAN's evaluations have it: modes without a
sample add nothing. Counts without any sample have no divergence; they are refused with ValueError.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binom, entropy

TAIL = 1e-13  # probability on either side that the sum over binomial counts leaves out


def kl_to_uniform(counts: np.ndarray) -> float:
    """KL(counts || uniform), from 0 for equal counts to ln K for one mode."""
    counts = _checked("counts", counts)
    return max(float(entropy(counts, np.ones(len(counts)))), 0.0)


def kl_to_reference(counts: np.ndarray, reference: np.ndarray) -> float:
    """KL(counts || reference counts); infinite where a mode has samples that the reference has not."""
    counts, reference = _checked("counts", counts), _checked("reference", reference, len(counts))
    return max(float(entropy(counts, reference)), 0.0)


def kl_floor(n: int, weights: np.ndarray, reference: np.ndarray | None = None) -> float:
    """The mean of KL(counts || reference) over n samples of a perfect sampler with (K,) mode weights; exact.

    About (K - 1) / (2 n) where the reference, by default the weights themselves, is what is sampled. A reference that
    was counted from m samples adds about (K - 1) / (2 m) to it.
    """
    weights = _checked("weights", weights)
    reference = weights if reference is None else _checked("reference", reference, len(weights))
    pairs, times = np.unique(
        np.stack([weights / weights.sum(), reference / reference.sum()]), axis=1, return_counts=True
    )
    total = 0.0
    for weight, target, modes in zip(*pairs, times, strict=True):
        counts = np.arange(max(binom.ppf(TAIL, n, weight), 1), binom.isf(TAIL, n, weight) + 1)
        if weight > 0:
            with np.errstate(divide="ignore"):  # a mode outside the reference costs infinitely much
                total += modes * np.sum(binom.pmf(counts, n, weight) * counts / n * np.log(counts / n / target))
    return float(total)


def effective_modes(divergence: float, modes: int) -> float:
    """K exp(-KL): how many equally weighted modes have this divergence from K = `modes` uniform ones."""
    return float(modes * np.exp(-divergence))


def total_variation(counts: np.ndarray) -> float:
    """Total variation to uniform: the share of samples to move until all modes are equal, 0 to 1 - 1 / K."""
    counts = _checked("counts", counts)
    return float(np.abs(counts / counts.sum() - 1 / len(counts)).sum() / 2)


def covered_modes(counts: np.ndarray, n: int, share: float = 0.5) -> int:
    """How many modes have at least `share` of the n / K samples that each is due; n also counts samples in no mode.

    Unlike modes with at least one sample, it does not grow with n alone.
    """
    counts = np.asarray(counts)
    if not 0 < share <= 1:
        raise ValueError(f"share: is {share}; allowed: above 0, at most 1")
    return int(np.count_nonzero((counts >= share * n / len(counts)) & (counts > 0)))


def _checked(name: str, counts: np.ndarray, modes: int | None = None) -> np.ndarray:
    """(K,) counts or weights as floats; ValueError with `name` where they are not."""
    counts = np.asarray(counts, dtype=np.float64)
    if counts.ndim != 1 or not (np.isfinite(counts) & (counts >= 0)).all() or not counts.sum() > 0:
        raise ValueError(f"{name}: has no samples or unusable ones; allowed: (K,) counts with a sum above 0")
    if modes not in (None, len(counts)):
        raise ValueError(f"{name}: has {len(counts)} modes; allowed: {modes}, as the counts")
    return counts
