"""Density (Naeem et al. 2020): near how many training points a sample is, on average, over how many are expected.

A perfect sampler scores about 1; samples that crowd where training data are densest score more.
"""

from __future__ import annotations

import math

from modecollapse.measures.sampled import Sampled

LABEL = "Density"
DECIMALS = 3
NOTE = "training points near a sample over how many are expected; more is better up to the oracle, which has about 1"
READS = "samples"
BETTER = "more"


def value(sampled: Sampled) -> float:
    """0 upwards."""
    return sampled.neighbours.density


def support(modes: int) -> tuple[float, float]:
    """0 without an upper limit."""
    return 0.0, math.inf
