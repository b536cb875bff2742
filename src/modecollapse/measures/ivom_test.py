"""Inference via optimisation (Metz et al. 2017; VEEGAN, Table 2) of images that training never saw."""

from __future__ import annotations

LABEL = "IvOM, test images"
DECIMALS = 5
BETTER = "less"
NOTE = (
    "mean squared error, pixels on [0, 1], of the generator's nearest images to images of the test part; less is better"
)
READS = "inversions"


def support(modes: int) -> tuple[float, float]:
    """From 0 on: a generator's images may leave the range of the data's."""
    return 0.0, float("inf")
