"""CIFAR-10: photographs in ten classes (Krizhevsky 2009), from the binary version.

Its measure is the inference via optimisation of VEEGAN's Table 2, which needs no modes. No classifier is trained: one
that reads CIFAR-10 well enough to count with costs more than the rest of a study, and no paper counts modes here. So
every sample is in no mode, which nobody can take for success, and the measures that count are not printed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from modecollapse.datasets import cifar_binary, images, sources

LABEL = "CIFAR-10"
SHAPE = (3, 32, 32)
MODES = 10
SAMPLES = 2500
STORED_AS = "float16"  # tells all 256 grey levels apart
UNINFORMATIVE = (
    "modes",
    "high_quality_percent",
    "reverse_kl",
    "effective_modes",
    "covered_modes",
    "total_variation",
    "kl_data",
)
OPTIONS = {
    "images": ["train", "all"],  # to train on; all: the test images too, though they are the targets of IvOM
    "range": ["symmetric", "unit"],  # of the pixels: [-1, 1] or [0, 1]
}
PRESETS = {"valkov": {"images": "all"}}  # VEEGAN's co-author, data_providers.py

IN_FILE = 10_000  # images
FILES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")

Dataset = images.Images


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, Any]:
    """All images and labels, the test part last; StudyError without the files."""
    found = sources.find("cifar-10")
    pictures = np.empty((IN_FILE * len(FILES), *SHAPE), np.uint8)
    labels = np.empty(len(pictures), np.uint8)
    for number, name in enumerate(FILES):
        rows = slice(number * IN_FILE, (number + 1) * IN_FILE)
        pictures[rows], labels[rows] = cifar_binary.parse(found[name].read(), str(found[name].path), IN_FILE)
    return {
        "images": pictures,
        "labels": labels,
        "training": len(pictures) - IN_FILE * (options["images"] == "train"),
        "held_out": IN_FILE,
        "classes": MODES,
        "pixels": np.array(images.RANGES[options["range"]]),
        "sources": sources.digests(found),
    }
