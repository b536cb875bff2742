"""IDX, the format of MNIST's files: a magic number, the sizes as big-endian 32-bit integers, then the bytes."""

from __future__ import annotations

import struct

import numpy as np

from modecollapse.errors import StudyError

UNSIGNED_BYTE = 0x08  # the third byte of the magic number; the fourth is the number of dimensions


def parse(content: bytes, file: str, shape: tuple[int, ...]) -> np.ndarray:
    """`shape` uint8: the read-only view of a file's content, which must be of that very shape.

    `file` names it in the StudyError that says what was found instead.
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


def parse_labels(content: bytes, file: str, count: int, classes: int) -> np.ndarray:
    """(count,) uint8: labels from 0 to classes - 1, else StudyError."""
    labels = parse(content, file, (count,))
    if count and labels.max() >= classes:
        raise StudyError(f"{file}: has the label {labels.max()}; allowed: 0 to {classes - 1}")
    return labels
