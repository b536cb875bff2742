"""The images that generators are asked for: of unseen data and of training data, the same for all runs on a data set.

VEEGAN's text has test images, the code behind it draws from both parts together, Metz et al. from the training part: so
the two are kept apart. Pixels are on [0, 1] here, whatever the data's range.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch

from modecollapse.datasets import Dataset
from modecollapse.study.plan import DatasetSpec
from modecollapse.study.streams import stream_seed

POOLS = ("test", "train")  # and `ivom_<pool>` is the measure
Pixels = TypeVar("Pixels", np.ndarray, torch.Tensor)


def targets(spec: DatasetSpec, dataset: Dataset, n: int) -> dict[str, np.ndarray]:
    """By pool, (n, *shape) float32: held-out images, and training images, drawn with replacement."""
    unseen = dataset.oracle(n, np.random.default_rng(target_seed(spec, "test")))
    return {"test": on_unit_scale(unseen, dataset), "train": training_images(spec, dataset, n, "train")}


def training_images(spec: DatasetSpec, dataset: Dataset, n: int, stream: str) -> np.ndarray:
    """(n, *shape) float32: training images, drawn with replacement from a stream of that name."""
    drawn = dataset.sample(n, torch.Generator().manual_seed(target_seed(spec, stream)))
    return on_unit_scale(drawn.numpy(), dataset)


def target_seed(spec: DatasetSpec, stream: str) -> int:
    """The seed of random numbers for one use, the same for all runs on a data set."""
    return stream_seed(spec.root_seed, spec.name, "inversion", stream)


def on_unit_scale(images: Pixels, dataset: Dataset) -> Pixels:
    """Images in the data's range, on [0, 1]."""
    low, high = dataset.range
    return (images - low) / (high - low)
