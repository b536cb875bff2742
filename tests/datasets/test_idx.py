"""IDX files: the values as they are stored, and every damaged file refused with what was found."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from modecollapse.datasets import idx
from modecollapse.errors import StudyError

FILE = "train-images"
SHAPE = (3, 2, 4)
VALUES = np.arange(24, dtype=np.uint8)


def encoded(values: np.ndarray, shape: tuple[int, ...] | None = None, kind: int = 8) -> bytes:
    """An IDX file by its description: two zeros, the type, the number of dimensions, the sizes, the bytes."""
    sizes = values.shape if shape is None else shape
    return bytes([0, 0, kind, len(sizes)]) + b"".join(struct.pack(">i", size) for size in sizes) + values.tobytes()


@given(values=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5)))
def test_a_file_is_read_back(values: np.ndarray) -> None:
    found = idx.parse(encoded(values), FILE, values.shape)
    np.testing.assert_array_equal(found, values)
    assert found.dtype == np.uint8


GOOD = encoded(VALUES.reshape(SHAPE))
BAD = {
    "empty": (b"", "has 0 bytes; allowed: an IDX header of 16"),
    "half a header": (GOOD[:10], "has 10 bytes; allowed: an IDX header of 16"),
    "truncated": (GOOD[:-1], "has 23 values; allowed: 24"),
    "extra bytes": (GOOD + b"\0", "has 25 values; allowed: 24"),
    "a page": (b"<!DOCTYPE html><html></html>", "begins with 0x3c21444f; allowed: 0x00000803"),
    "labels for images": (encoded(VALUES), "begins with 0x00000801; allowed: 0x00000803"),
    "floats": (encoded(VALUES.reshape(SHAPE), kind=0x0D), "begins with 0x00000d03"),
    "little endian": (struct.pack("<4I", 0x803, *SHAPE) + bytes(24), "begins with 0x03080000"),
    "other dimensions": (encoded(VALUES.reshape(3, 4, 2)), r"is of shape \(3, 4, 2\); allowed: \(3, 2, 4\)"),
    "more images than listed": (encoded(VALUES, (6, 2, 2)), r"is of shape \(6, 2, 2\)"),
    "a negative size": (encoded(VALUES, (3, 2, -4)), r"is of shape \(3, 2, 4294967292\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_damaged_file_is_refused_with_what_was_found(case: str) -> None:
    content, message = BAD[case]
    with pytest.raises(StudyError, match=f"^{FILE}: {message}") as caught:
        idx.parse(content, FILE, SHAPE)
    assert len(str(caught.value).splitlines()) == 1


@given(content=st.binary(max_size=60))
def test_any_other_bytes_are_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(StudyError) as caught:
        idx.parse(content, FILE, SHAPE)
    assert len(str(caught.value).splitlines()) == 1


def test_labels_are_of_the_classes() -> None:
    assert idx.parse_labels(encoded(np.array([0, 9, 3], np.uint8)), FILE, 3, 10).tolist() == [0, 9, 3]
    with pytest.raises(StudyError, match=f"^{FILE}: has the label 10; allowed: 0 to 9$"):
        idx.parse_labels(encoded(np.array([0, 10, 3], np.uint8)), FILE, 3, 10)
