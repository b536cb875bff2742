"""How evenly samples spread over modes. Divergences are KL(samples || reference) in nats, as VEEGAN and PacGAN have it.

- reverse_kl: the reference is uniform for every data set, as in the published code. A perfect sampler scores about
  (K - 1) / (2 n), not 0, and a sampler of m modes at least ln(K / m). Where the modes have other weights p, a perfect
  sampler scores KL(p || uniform) more, such as 0.040 on a ring of seven modes of which one has weight 2/8, and 0.036 on
  one of eight modes of which one has weight 2/9.
- kl_data: the reference is the share of each mode in the training data, by its labels, as VEEGAN's text has it. A
  perfect sampler scores more than (K - 1) / (2 n) where a classifier misreads images. A mode with samples but without a
  share in the data makes it infinite; no data set here has such a mode.
- total_variation: the share of high-quality samples to move until all modes are equal. m of K modes, equally often,
  score 1 - m / K. A perfect sampler scores about sqrt(K / (2 pi n)).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import entropy

if TYPE_CHECKING:
    from modecollapse.measures.sampled import Sampled

DECIMALS = 3
BETTER = "less"
MEASURES = {
    "reverse_kl": {
        "LABEL": "Reverse KL (nats)",
        "RANGE": (0, "ln K"),
        "NOTE": "divergence of the captured modes from the uniform distribution; less is better",
        "MAIN": True,
    },
    "kl_data": {
        "LABEL": "KL to data (nats)",
        "RANGE": (0, None),  # a mode may be as rare in the data as can be
        "NOTE": "divergence of the captured modes from their shares in the data; less is better",
        "READS": "samples",
    },
    "total_variation": {
        "LABEL": "Total variation",
        "RANGE": (0, 1),
        "NOTE": "share of the captured samples to move until all modes are equal; less is better",
    },
}


def reverse_kl(counts: np.ndarray, n: int) -> float:
    """KL(counts || uniform), from 0 to ln K; NaN without any high-quality sample."""
    return min(kl_to_uniform(counts), math.log(len(counts))) if counts.sum() else math.nan


def kl_data(sampled: Sampled) -> float:
    """KL(counts || the data's mode weights), 0 upwards; NaN without any high-quality sample."""
    counts = sampled.counts
    return max(float(entropy(counts, sampled.reference.mode_weights)), 0.0) if counts.sum() else math.nan


def total_variation(counts: np.ndarray, n: int) -> float:
    """From 0 to 1 - 1 / K; NaN without any high-quality sample."""
    total = counts.sum()
    return float(np.abs(counts / total - 1 / len(counts)).sum() / 2) if total else math.nan


def kl_to_uniform(counts: np.ndarray) -> float:
    """KL(counts || uniform) of (K,) counts with a sum above 0; by rounding it may exceed ln K by 1e-16."""
    return max(float(entropy(counts, np.ones(len(counts)))), 0.0)
