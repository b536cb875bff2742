"""The binary version of CIFAR-10: records of a label byte and 3072 bytes, the red, green and blue plane by rows."""

from __future__ import annotations

import numpy as np

from modecollapse.errors import StudyError

SHAPE = (3, 32, 32)
CLASSES = 10
RECORD = 1 + 3 * 32 * 32


def parse(content: bytes, file: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, 3, 32, 32) uint8 images and (count,) uint8 labels: read-only views of a file's content.

    `file` names it in the StudyError that says what was found instead.
    """
    if len(content) != count * RECORD:
        raise StudyError(f"{file}: has {len(content)} bytes; allowed: {count} records of {RECORD} bytes")
    records = np.frombuffer(content, np.uint8).reshape(count, RECORD)
    labels = records[:, 0]
    if count and labels.max() >= CLASSES:
        raise StudyError(f"{file}: has the label {labels.max()}; allowed: 0 to {CLASSES - 1}")
    return records[:, 1:].reshape(count, *SHAPE), labels
