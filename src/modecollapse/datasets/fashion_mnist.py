"""Fashion-MNIST: pictures of clothes (Zalando), in the format and sizes of MNIST, a mode for each of the ten kinds."""

from __future__ import annotations

from typing import Any

import numpy as np

from modecollapse.datasets import mnist
from modecollapse.datasets.images import Images

LABEL = "Fashion-MNIST"
SHAPE = (1, 28, 28)
MODES = 10
SAMPLES = 2500
STORED_AS = "float16"  # distinguishes all 256 grey levels
UNINFORMATIVE = ("high_quality_percent",)  # the classifier puts every finite image into some mode
OPTIONS = {"range": ["symmetric", "unit"]}  # of the pixels: [-1, 1] or [0, 1]

REQUIRED_ACCURACY = 0.9

Dataset = Images


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
    """All images and labels, and a classifier; StudyError without the files."""
    return mnist.family_arrays("fashion-mnist", REQUIRED_ACCURACY, options, root_seed)
