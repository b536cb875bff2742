"""MNIST: handwritten digits (LeCun, Cortes and Burges), a mode for each of the ten.

MNIST and Fashion-MNIST are four IDX files each, of 60,000 training and 10,000 test images in ten classes. IDX is a
magic number (two zeros, the type of the values, the number of dimensions), the sizes as big-endian 32-bit integers, and
the values.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from modecollapse.datasets import images, sources
from modecollapse.errors import StudyError
from modecollapse.study.streams import stream_seed

LABEL = "MNIST"
SHAPE = (1, 28, 28)
MODES = 10
SAMPLES = 2500
STORED_AS = "float16"  # distinguishes all 256 grey levels
UNINFORMATIVE = ("high_quality_percent",)  # the classifier puts every finite image into some mode
OPTIONS = {"range": ["symmetric", "unit"]}  # of the pixels: [-1, 1] or [0, 1]

REQUIRED_ACCURACY = 0.99
PARTS = {"train": 60_000, "t10k": 10_000}  # images; the files call the test part t10k
SIZE = 28
UNSIGNED_BYTE = 0x08  # IDX's type of the values

Dataset = images.Images


def arrays(options: dict[str, Any], root_seed: int) -> dict[str, Any]:
    """All images and labels, and a classifier; StudyError without the files."""
    return family_arrays("mnist", REQUIRED_ACCURACY, options, root_seed)


def family_arrays(dataset: str, required: float, options: dict[str, Any], root_seed: int) -> dict[str, Any]:
    """The arrays of a data set of this format, for `Images`, with a classifier that reads `required` of the test part.

    Raises StudyError where a file is missing or wrong, or where the classifier is not accurate enough.
    """
    found = sources.find(dataset)
    pictures, labels = [], []
    for part, count in PARTS.items():
        for kind, shape, parsed in (("images-idx3", (count, SIZE, SIZE), pictures), ("labels-idx1", (count,), labels)):
            file = found[f"{part}-{kind}-ubyte"]
            parsed.append(parse_idx(file.read(), str(file.path), shape))
        if labels[-1].max() >= MODES:
            raise StudyError(f"{file.path}: has the label {labels[-1].max()}; allowed: 0 to {MODES - 1}")
    digests = {name: file.listed.sha256 for name, file in found.items()}
    pictures, labels = np.concatenate(pictures)[:, None], np.concatenate(labels)
    made = images.image_arrays(pictures, labels, PARTS["t10k"], MODES, options["range"], digests)
    return images.with_classifier(made, dataset, required, stream_seed(root_seed, dataset, "classifier"))


def parse_idx(content: bytes, file: str, shape: tuple[int, ...]) -> np.ndarray:
    """`shape` uint8: the values of an IDX file, read-only.

    StudyError, which begins with `file` and says what was found, where the content is not of that very shape.
    """
    header = f">{1 + len(shape)}I"
    start = struct.calcsize(header)
    if len(content) < start:
        raise StudyError(f"{file}: has {len(content)} bytes; allowed: an IDX header of {start} and the values")
    magic, *found = struct.unpack_from(header, content)
    wanted = UNSIGNED_BYTE << 8 | len(shape)
    if magic != wanted:
        raise StudyError(f"{file}: begins with 0x{magic:08x}; allowed: 0x{wanted:08x}, IDX of {len(shape)} dimensions")
    if tuple(found) != shape:
        raise StudyError(f"{file}: is of shape {tuple(found)}; allowed: {shape}")
    values = int(np.prod(shape))
    if len(content) != start + values:
        raise StudyError(f"{file}: has {len(content) - start} values; allowed: {values}, those of shape {shape}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
