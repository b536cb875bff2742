"""Coverage (Naeem et al. 2020): the share of training points with a sample near them.

Near is as far as a training point's fifth neighbour; stray samples, unlike in recall, make it no better. A perfect
sampler scores about 0.97 with as many samples as training points.
"""

from __future__ import annotations

from modecollapse.measures.sampled import Sampled

LABEL = "Coverage"
DECIMALS = 3
NOTE = "share of training points with a sample within reach of their fifth neighbour; more is better up to the oracle"
READS = "samples"
BETTER = "more"


def value(sampled: Sampled) -> float:
    """0 to 1."""
    return sampled.neighbours.coverage


def support(modes: int) -> tuple[float, float]:
    """0 to 1."""
    return 0.0, 1.0
