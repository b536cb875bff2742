"""Total variation of the captured modes to uniform: the share of high-quality samples to move until all are equal.

m of K modes, equally often, score 1 - m / K. A perfect sampler scores about sqrt(K / (2 pi n)), not 0.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures import STATUS_OK, STATUS_UNDEFINED, mode_weights

LABEL = "Total variation"
DECIMALS = 3
BETTER = "less"
NOTE = "share of the captured samples to move until all modes are equal; less is better"


def value(counts: np.ndarray, n: int) -> tuple[float, str]:
    """0 to 1 - 1 / K; without any high-quality sample `undefined`, with 1, as of what is in no mode."""
    if counts.sum() == 0:
        return 1.0, STATUS_UNDEFINED
    return mode_weights.total_variation(counts), STATUS_OK


def support(modes: int) -> tuple[float, float]:
    """0 to 1."""
    return 0.0, 1.0
