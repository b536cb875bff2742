"""Per cent high-quality samples (VEEGAN, "Synthetic Dataset"): samples within reach of their nearest mode.

For a classifier-based data set every finite image is in some mode, so this is the per cent of finite samples.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures import STATUS_OK

LABEL = "% high quality samples"
DECIMALS = 2
BETTER = "more"
NOTE = "share of samples within reach of a mode; more is better up to the oracle"


def value(counts: np.ndarray, n: int) -> tuple[float, str]:
    """100 times the share of the n samples, non-finite ones included, that `counts` holds."""
    return 100.0 * float(counts.sum()) / n, STATUS_OK


def support(modes: int) -> tuple[float, float]:
    """0 to 100."""
    return 0.0, 100.0
