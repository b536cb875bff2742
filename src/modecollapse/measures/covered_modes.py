"""Covered modes: modes with at least half of the samples that each of K equal ones would have.

Unlike modes with at least one sample, they do not grow with the number of samples alone, nor with stray ones.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures import STATUS_OK, mode_weights

LABEL = "Covered modes"
DECIMALS = 2
BETTER = "more"
NOTE = "modes with at least half of their share of all samples; more is better"


def value(counts: np.ndarray, n: int) -> tuple[float, str]:
    """How many entries of `counts` are at least n / (2 K); samples in no mode are among the n."""
    return float(mode_weights.covered_modes(counts, n)), STATUS_OK


def support(modes: int) -> tuple[float, float]:
    """0 to K."""
    return 0.0, float(modes)
