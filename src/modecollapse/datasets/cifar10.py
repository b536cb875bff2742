"""CIFAR-10: photographs in ten classes (Krizhevsky 2009), from the binary version.

Its measure is the inference via optimisation of VEEGAN's Table 2, which needs no modes. No classifier is trained: one
that reads CIFAR-10 well enough to count with costs more than the rest of a study, and no paper counts modes here. So
every sample is in no mode, which cannot be mistaken for success, and the measures that count are not printed.

A file holds records of a label byte and 3072 bytes, the red, green and blue plane by rows. Copies of the official files
differ in the order of their records. So the records are checked, all five training batches together and the test batch,
and the images are stored in an order that depends on nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from modecollapse.datasets import images, sources
from modecollapse.errors import StudyError

LABEL = "CIFAR-10"
SHAPE = (3, 32, 32)
MODES = 10
SAMPLES = 2500
STORED_AS = "float16"  # distinguishes all 256 grey levels
UNINFORMATIVE = (
    "modes", "high_quality_percent", "reverse_kl", "effective_modes", "covered_modes", "total_variation", "kl_data"
)  # fmt: skip
OPTIONS = {
    "images": ["train", "all"],  # to train on; all: the test images too, though they are the targets of IvOM
    "range": ["symmetric", "unit"],  # of the pixels: [-1, 1] or [0, 1]
}
PRESETS = {"valkov": {"images": "all"}}  # VEEGAN's co-author, data_providers.py

PARTS = ("training", "test")  # as config/sources.yaml names them
RECORD = 1 + 3 * 32 * 32

Dataset = images.Images


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, Any]:
    """All images and labels, the test part last, each part in its canonical order; StudyError without the files."""
    found, (_, digests) = sources.find("cifar-10"), sources.listed("cifar-10")
    training, test = (_part(found, name, digests[name]) for name in PARTS)
    records = np.concatenate([training, test])
    pictures, labels = records[:, 1:].reshape(-1, *SHAPE), records[:, 0]
    made = images.image_arrays(pictures, labels, len(test), MODES, options["range"], digests)
    return made | {"training": len(pictures)} if options["images"] == "all" else made


def _part(found: dict[str, sources.Found], name: str, digest: str) -> np.ndarray:
    """(N, 3073) uint8: the records of a part, by ascending SHA-256 of each; StudyError where theirs is not `digest`."""
    files = [file for file in found.values() if file.listed.part == name]
    records = np.concatenate([parse(file.read(), str(file.path)) for file in files])
    keys = [hashlib.sha256(record).digest() for record in records]
    records = records[sorted(range(len(keys)), key=keys.__getitem__)]
    actual = hashlib.sha256(records).hexdigest()
    if actual != digest:
        raise StudyError(
            f"cifar-10: {name}: the sorted records of {', '.join(str(file.path) for file in files)} "
            f"are of SHA-256 {actual[:16]}…; allowed: {digest[:16]}…, in any order"
        )
    return records


def parse(content: bytes, file: str) -> np.ndarray:
    """(N, 3073) uint8: the records, a read-only view of a file's content; StudyError, naming `file`, for damage."""
    if not content or len(content) % RECORD:
        raise StudyError(f"{file}: has {len(content)} bytes; allowed: whole records of {RECORD} bytes")
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    if records[:, 0].max() >= MODES:
        raise StudyError(f"{file}: has the label {records[:, 0].max()}; allowed: 0 to {MODES - 1}")
    return records
