"""Inference via optimisation of training images, as in Metz et al. (2017)."""

from __future__ import annotations

LABEL = "IvOM, training images"
DECIMALS = 5
BETTER = "less"
NOTE = "mean squared error, pixels on [0, 1], of the generator's nearest images to training images; less is better"
READS = "inversions"


def support(modes: int) -> tuple[float, float]:
    """From 0 on: a generator's images may leave the range of the data's."""
    return 0.0, float("inf")
