"""Effective modes: how many equally weighted modes have the reverse KL that was measured, K exp(-KL).

It tells modes that are touched from modes that hold their share: the 150 modes that VEEGAN is published to capture of
Stacked-MNIST, with a KL of 2.95, are 52 effective ones.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures import STATUS_OK, STATUS_UNDEFINED, mode_weights

LABEL = "Effective modes"
DECIMALS = 2
BETTER = "more"
NOTE = "equally weighted modes with the same divergence, K exp(-KL); more is better"


def value(counts: np.ndarray, n: int) -> tuple[float, str]:
    """1 to K; without any high-quality sample `undefined`, with the value 0."""
    if counts.sum() == 0:
        return 0.0, STATUS_UNDEFINED
    modes = len(counts)
    return min(mode_weights.effective_modes(mode_weights.kl_to_uniform(counts), modes), float(modes)), STATUS_OK


def support(modes: int) -> tuple[float, float]:
    """0 to K."""
    return 0.0, float(modes)
