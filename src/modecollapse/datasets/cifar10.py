"""CIFAR-10: photographs in ten classes (Krizhevsky 2009), from the binary version.

Its measure is the inference via optimisation of VEEGAN's Table 2, which needs no modes. No classifier is trained: one
that reads CIFAR-10 well enough to count with costs more than the rest of a study, and no paper counts modes here. So
every sample is in no mode, which nobody can take for success, and the measures that count are not printed.

Copies of the official files differ in the order of their records. So it is the records that are checked, all five
training batches together and the test batch, and the images are kept in an order that depends on nothing else.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from modecollapse.datasets import cifar_binary, images, sources
from modecollapse.errors import StudyError

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

PARTS = ("training", "test")  # as config/sources.yaml names them, which says what each has to hold

Dataset = images.Images


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, Any]:
    """All images and labels, the test part last, each part in its canonical order; StudyError without the files."""
    found, digests = sources.find("cifar-10"), sources.parts("cifar-10")
    training, test = (_part(found, name, digests[name]) for name in PARTS)
    pictures, labels = cifar_binary.split(np.concatenate([training, test]))
    return {
        "images": pictures,
        "labels": labels,
        "training": len(training) + len(test) * (options["images"] == "all"),
        "held_out": len(test),
        "classes": MODES,
        "pixels": np.array(images.RANGES[options["range"]]),
        "sources": json.dumps(digests),
    }


def _part(found: dict[str, sources.Found], name: str, digest: str) -> np.ndarray:
    """(N, 3073) uint8: the records of a part's files, sorted; StudyError where their SHA-256 is not `digest`."""
    files = [file for file in found.values() if file.listed.part == name]
    records = cifar_binary.ordered(np.concatenate([cifar_binary.parse(file.read(), str(file.path)) for file in files]))
    actual = hashlib.sha256(records).hexdigest()
    if actual != digest:
        places = ", ".join(str(file.path) for file in files)
        raise StudyError(
            f"cifar-10: {name}: the sorted records of {places} are of SHA-256 {actual[:16]}…; "
            f"allowed: {digest[:16]}…, in any order"
        )
    return records
