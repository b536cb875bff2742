"""Modes captured (VEEGAN, "Synthetic Dataset"): modes that are nearest to at least one high-quality sample."""

from __future__ import annotations

import numpy as np

from modecollapse.measures import STATUS_OK

LABEL = "Modes captured"
DECIMALS = 2
BETTER = "more"
NOTE = "modes that are nearest to a high-quality sample; more is better"


def value(counts: np.ndarray, n: int) -> tuple[float, str]:
    """How many entries of `counts` are not zero."""
    return float(np.count_nonzero(counts)), STATUS_OK


def support(modes: int) -> tuple[float, float]:
    """0 to K."""
    return 0.0, float(modes)
