"""Precision (Kynkaanniemi et al. 2019): the share of samples that are near a training point."""

from __future__ import annotations

from modecollapse.measures.sampled import Sampled

LABEL = "Precision"
DECIMALS = 3
NOTE = "share of samples within reach of a training point's fifth neighbour; more is better up to the oracle"
READS = "samples"
BETTER = "more"


def value(sampled: Sampled) -> float:
    """0 to 1."""
    return sampled.neighbours.precision


def support(modes: int) -> tuple[float, float]:
    """0 to 1."""
    return 0.0, 1.0
