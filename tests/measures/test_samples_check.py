"""Samples on another scale than the data's: refused where that is certain, else doubted in one sentence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from blocks import make_dataset

from modecollapse.datasets import Dataset
from modecollapse.errors import StudyError
from modecollapse.measures.samples_check import doubts

Change = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def grid() -> Dataset:
    return make_dataset("grid")


def real(dataset: Dataset, n: int = 400) -> np.ndarray:
    return dataset.oracle(n, np.random.default_rng(0))


def test_what_calibrates_a_data_set_is_on_its_scale(digits: Dataset, grid: Dataset) -> None:
    for dataset in (digits, grid):
        for name in ("oracle", "null_uniform", "null_gaussian"):
            assert doubts("s", getattr(dataset, name)(400, np.random.default_rng(1)), dataset) == []
        one = max(real(dataset, 40), key=np.ptp)  # a repeated image or mode
        assert doubts("s", np.repeat(one[None], 50, axis=0), dataset) == []


@pytest.mark.parametrize(
    ("name", "change", "found"),
    [
        (
            "digits",
            lambda x: (x + 1) / 2,
            "float32 values from 0 to 1, where the data have -1 to 1: images in one",
        ),
        ("digits", lambda x: (x + 1) / 510 - 1, "-1 to -0.996078, where the data have -1 to 1: images in one half"),
        (
            "digits",
            lambda x: (x > 0).astype(int),
            "int64 values from 0 to 1, where the data have -1 to 1: images in",
        ),
        ("digits", lambda x: np.where(x > 0, 1, -1), "values from -1 to 1, where the data have -1 to 1: whole numbers"),
        ("digits", lambda x: -x, "from -1 to 1, where the data have -1 to 1: their mean image looks like the negative"),
        ("grid", lambda x: 100 * x, ": they may be on another scale"),
        ("grid", lambda x: x / 100, ": they may be on another scale"),
        ("grid", lambda x: x.round().astype(np.int8), ": whole numbers may be rounded ones"),
    ],
)
def test_what_may_be_on_another_scale(name: str, change: Change, found: str, request: pytest.FixtureRequest) -> None:
    dataset = request.getfixturevalue(name)
    [line] = doubts("s", change(real(dataset)), dataset)
    assert line.startswith("s: has ")
    assert found in line


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda x: 127.5 * (x + 1), "float32 values from 0 to 255"),
        (lambda x: (127.5 * (x + 1)).astype(np.uint8), "uint8 values from 0 to 255"),
        (lambda x: (x > 0).astype(np.uint8), "uint8 values from 0 to 1"),
        (lambda x: 2 * x, "float32 values from -2 to 2"),
    ],
)
def test_images_that_are_on_another_scale(change: Change, found: str, digits: Dataset) -> None:
    with pytest.raises(StudyError, match=f"^s: has {found}; allowed: -1 to 1, as floating-point numbers$"):
        doubts("s", change(real(digits)), digits)


def test_what_is_not_finite_says_nothing(grid: Dataset) -> None:
    points = real(grid)
    points[:9] = np.inf
    assert doubts("s", points, grid) == doubts("s", np.full((4, 2), np.nan), grid) == []
