"""Small handwritten digits that scikit-learn bundles (8 x 8, 1,797 images of the UCI set), ten modes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from modecollapse.datasets import images
from modecollapse.study.streams import stream_seed

LABEL = "Digits (8 x 8)"
SHAPE = (1, 8, 8)
MODES = 10
SAMPLES = 2500
STORED_AS = "float16"  # distinguishes all 17 grey levels
UNINFORMATIVE = ("high_quality_percent",)  # the classifier puts every finite image into some mode
OPTIONS: dict[str, Any] = {}

HELD_OUT_SHARE = 0.25
REQUIRED_ACCURACY = 0.95
BRIGHTEST = 16  # grey level of the bundled file, which begins at 0

Dataset = images.Images


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, Any]:
    """All images and labels, in [-1, 1] when drawn, and a classifier; StudyError where it is not accurate enough."""
    bundled = load_digits()
    seed = stream_seed(root_seed, "digits", "split") % 2**32
    split = train_test_split(
        np.arange(len(bundled.target)), test_size=HELD_OUT_SHARE, stratify=bundled.target, random_state=seed
    )
    order = np.concatenate(split)
    pictures = np.round(bundled.images[order, None] * (images.WHITE / BRIGHTEST)).astype(np.uint8)
    labels = bundled.target[order].astype(np.uint8)
    made = images.image_arrays(pictures, labels, len(split[1]), MODES, "symmetric", {})
    return images.with_classifier(made, "digits", REQUIRED_ACCURACY, stream_seed(root_seed, "digits", "classifier"))
