"""A data file that is cached between calls: the same bytes every time, never damaged ones or those of other code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modecollapse import datasets
from modecollapse.datasets import data_cache
from modecollapse.datasets.sources import cache_folder
from modecollapse.study.specs import DatasetSpec

SPEC = DatasetSpec(name="d", family="stacked-digits", options={}, root_seed=0)


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a data set was made; that takes no time here."""
    calls = []

    def create(family: str, options: dict[str, Any], root_seed: int) -> dict[str, np.ndarray]:
        calls.append(root_seed)
        return {"accuracy": np.float64(0.9), "numbers": np.arange(1000) + root_seed}

    monkeypatch.setattr(datasets, "create", create)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return calls


def the_file() -> Path:
    [path] = (cache_folder() / "data").iterdir()
    return path


def test_it_is_made_once_for_each_specification_and_code(made: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    first = data_cache.data_file(SPEC)
    assert (data_cache.data_file(SPEC), made) == (first, [0])
    assert data_cache.data_file(SPEC.model_copy(update={"root_seed": 1})) != first
    assert made == [0, 1]
    monkeypatch.setattr(data_cache, "data_code", lambda stage, spec: "edited")
    assert (data_cache.data_file(SPEC), made) == (first, [0, 1, 0])
    monkeypatch.setattr(data_cache, "version", lambda library: "another")
    assert (data_cache.data_file(SPEC), made) == (first, [0, 1, 0, 0])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def another_specification(path: Path) -> None:
    """The whole file of another data set under this name."""
    path.rename(path.with_name("aside"))
    data_cache.data_file(SPEC.model_copy(update={"root_seed": 1}))
    [other] = (file for file in path.parent.iterdir() if file.name != "aside")
    other.rename(path)


@pytest.mark.parametrize(
    "damage",
    [flipped, a_pipe, another_specification, lambda path: os.truncate(path, 99), lambda path: os.truncate(path, 0)],
)
def test_a_damaged_one_is_made_again(damage: Any, made: list[int]) -> None:
    first = data_cache.data_file(SPEC)
    damage(the_file())
    assert [data_cache.data_file(SPEC), data_cache.data_file(SPEC)] == [first, first]
    assert made.count(0) == 2


def test_without_a_folder_to_write_to_or_a_classifier_it_is_made_each_time(
    made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(datasets, "create", lambda *_: {"numbers": np.arange(9)})
        data_cache.data_file(SPEC)
        assert not cache_folder().exists()
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    assert data_cache.data_file(SPEC) == data_cache.data_file(SPEC)
    assert made == [0, 0]
