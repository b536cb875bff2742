"""A block that another results folder has finished is copied from there, if it is the same block and intact."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from blocks import make_block, write_data

from modecollapse import files
from modecollapse.training import loop
from modecollapse.training.loop import train_block

BLOCK = make_block("gan-nonsaturating", seeds=(0, 1), steps=5, evaluations=5)


class Trained(Exception):
    """The block was not copied."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "ring.npz")


@pytest.fixture(scope="module")
def original(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with the finished block."""
    results = tmp_path_factory.mktemp("kept")
    train_block(BLOCK, data, results / "runs" / BLOCK.path, code="0" * 64)
    return results


@pytest.fixture
def kept(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "kept"))


@pytest.fixture(autouse=True)
def nothing_trains(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Trained

    monkeypatch.setattr(loop._Run, "train", refuse)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "training.lock"}


@pytest.mark.parametrize("lacking", [[], [files.WEIGHTS]])
def test_a_finished_block_is_copied(lacking: list[str], kept: Path, data: Path, tmp_path: Path) -> None:
    for name in lacking:
        (kept / "runs" / BLOCK.path / name).unlink()
    train_block(BLOCK, data, tmp_path / "run", code="0" * 64, reuse=[tmp_path / "nowhere", kept])
    assert content(tmp_path / "run") == content(kept / "runs" / BLOCK.path)
    assert len(content(tmp_path / "run")) == 5 - len(lacking)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


def link(file: Path) -> None:
    file.rename(file.with_name("moved.npy"))
    file.symlink_to("moved.npy")


@pytest.mark.parametrize("spoil", [cut, link, Path.unlink])
@pytest.mark.parametrize("name", ["samples.npy", "run.json"])
def test_a_damaged_block_is_trained(
    name: str, spoil: Callable[[Path], None], kept: Path, data: Path, tmp_path: Path
) -> None:
    spoil(kept / "runs" / BLOCK.path / name)
    with pytest.raises(Trained):
        train_block(BLOCK, data, tmp_path / "run", code="0" * 64, reuse=[kept])
    assert not content(tmp_path / "run")


OTHERS = [
    (BLOCK, "1" * 64, "eager"),
    (BLOCK, "0" * 64, "compiled"),
    (make_block("gan-nonsaturating", seeds=(0, 1), steps=6, evaluations=5), "0" * 64, "eager"),
]


@pytest.mark.parametrize(("block", "code", "execution"), OTHERS, ids=["code", "execution", "recipe"])
def test_another_block_is_trained(block, code: str, execution: str, kept: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(Trained):
        train_block(block, data, tmp_path / "run", code=code, execution=execution, reuse=[kept])
