"""Recall (Kynkaanniemi et al. 2019): the share of training points that are near a sample."""

from __future__ import annotations

from modecollapse.measures.sampled import Sampled

LABEL = "Recall"
DECIMALS = 3
NOTE = "share of training points within reach of a sample's fifth neighbour; more is better up to the oracle"
READS = "samples"
BETTER = "more"


def value(sampled: Sampled) -> float:
    """0 to 1."""
    return sampled.neighbours.recall


def support(modes: int) -> tuple[float, float]:
    """0 to 1."""
    return 0.0, 1.0
