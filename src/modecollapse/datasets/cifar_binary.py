"""The binary version of CIFAR-10: records of a label byte and 3072 bytes, the red, green and blue plane by rows."""

from __future__ import annotations

import hashlib

import numpy as np

from modecollapse.errors import StudyError

SHAPE = (3, 32, 32)
CLASSES = 10
RECORD = 1 + 3 * 32 * 32


def parse(content: bytes, file: str) -> np.ndarray:
    """(N, 3073) uint8: the records, a read-only view of a file's content.

    `file` names it in the StudyError that says what was found instead.
    """
    if not content or len(content) % RECORD:
        raise StudyError(f"{file}: has {len(content)} bytes; allowed: whole records of {RECORD} bytes")
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    if records[:, 0].max() >= CLASSES:
        raise StudyError(f"{file}: has the label {records[:, 0].max()}; allowed: 0 to {CLASSES - 1}")
    return records


def ordered(records: np.ndarray) -> np.ndarray:
    """(N, 3073) uint8: the same records by ascending SHA-256 of each, so that their order says nothing."""
    keys = [hashlib.sha256(record).digest() for record in records]
    return records[sorted(range(len(keys)), key=keys.__getitem__)]


def split(records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3, 32, 32) uint8 images and (N,) uint8 labels of (N, 3073) records."""
    return records[:, 1:].reshape(-1, *SHAPE), records[:, 0]
