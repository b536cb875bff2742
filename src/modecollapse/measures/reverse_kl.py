"""Reverse KL over modes: KL(high-quality samples' modes || uniform), in nats (VEEGAN's and PacGAN's evaluations).

A perfect sampler scores about (K - 1) / (2 n), not 0; a sampler of m modes at least ln(K / m). The reference is uniform
for every data set: where the modes have other weights p, a perfect sampler scores KL(p || uniform) more, such as 0.040
on a ring of seven modes, one of weight 2/8, and 0.036 on one of eight modes, one of weight 2/9.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import entropy

from modecollapse.measures import STATUS_OK, STATUS_UNDEFINED

LABEL = "Reverse KL (nats)"
DECIMALS = 3
BETTER = "less"
NOTE = "divergence of the captured modes from the uniform distribution; less is better"


def value(counts: np.ndarray, n: int) -> tuple[float, str]:
    """KL(p || uniform) for p = counts / sum; without any high-quality sample `undefined`, with the value ln K."""
    largest = support(len(counts))[1]
    if counts.sum() == 0:
        return largest, STATUS_UNDEFINED
    divergence = float(entropy(counts, np.ones(len(counts))))
    return min(max(divergence, 0.0), largest), STATUS_OK  # rounding may leave the support by 1e-16


def support(modes: int) -> tuple[float, float]:
    """0 to ln K."""
    return 0.0, float(np.log(modes))
