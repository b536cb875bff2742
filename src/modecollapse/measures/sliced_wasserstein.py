"""Sliced Wasserstein-2 distance between samples and training data, in the units of the points.

The same random directions serve all runs. It is never 0 for finitely many samples: compare it with the oracle's.
"""

from __future__ import annotations

import math

from modecollapse.measures import discrepancy
from modecollapse.measures.sampled import Sampled

LABEL = "Sliced Wasserstein"
DECIMALS = 3
NOTE = "distance of samples from training data over 500 random directions; less is better down to the oracle"
READS = "samples"
BETTER = "less"


def value(sampled: Sampled) -> float:
    """0 upwards."""
    reference = sampled.reference
    return discrepancy.sliced_wasserstein(reference.points, sampled.points, reference.rng("sliced_wasserstein"))


def support(modes: int) -> tuple[float, float]:
    """0 without an upper limit."""
    return 0.0, math.inf
