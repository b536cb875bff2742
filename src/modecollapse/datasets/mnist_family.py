"""What MNIST and Fashion-MNIST share: four IDX files of 60,000 training and 10,000 test images in ten classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from modecollapse.datasets import conv_classifier, idx, images, sources
from modecollapse.study.streams import stream_seed

PARTS = {"train": 60_000, "t10k": 10_000}  # images; of the test part in the files' words
SIZE = 28
CLASSES = 10


def arrays(dataset: str, required: float, options: dict[str, Any], root_seed: int) -> dict[str, Any]:
    """The data file of a data set: what `Images` is made of, with a classifier that reads `required` of the test part.

    Raises StudyError where a file is missing or wrong, or where the classifier is not accurate enough.
    """
    pictures, labels, read = _read(dataset)
    training = PARTS["train"]
    seed = stream_seed(root_seed, dataset, "classifier")
    classifier = conv_classifier.train(pictures[:training], labels[:training], CLASSES, required, seed)
    accuracy = conv_classifier.accuracy(classifier, pictures[training:], labels[training:])
    conv_classifier.require(dataset, accuracy, required)
    return {
        "images": pictures,
        "labels": labels,
        "training": training,
        "held_out": PARTS["t10k"],
        "classes": CLASSES,
        "pixels": np.array(images.RANGES[options["range"]]),
        "sources": read,
        "accuracy": accuracy,
        **conv_classifier.to_arrays(classifier),
    }


def _read(dataset: str) -> tuple[np.ndarray, np.ndarray, str]:
    """(70000, 1, 28, 28) uint8 images, training part first, (70000,) uint8 labels, and the digests of the files."""
    found = sources.find(dataset)
    pictures = np.empty((sum(PARTS.values()), 1, SIZE, SIZE), np.uint8)
    labels = np.empty(len(pictures), np.uint8)
    start = 0
    for part, count in PARTS.items():
        rows, file = slice(start, start + count), found[f"{part}-images-idx3-ubyte"]
        pictures[rows, 0] = idx.parse(file.read(), str(file.path), (count, SIZE, SIZE))
        file = found[f"{part}-labels-idx1-ubyte"]
        labels[rows] = idx.parse_labels(file.read(), str(file.path), count, CLASSES)
        start += count
    return pictures, labels, sources.digests(found)
