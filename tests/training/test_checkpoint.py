"""Checkpoints under every damage a kill, a disk or a changed study can do to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save as save_tensors

from modecollapse import files
from modecollapse.training import checkpoint

IDENTITY = {"config_hash": "c0ffee", "code": "beef", "seeds": "[0, 1]"}


def content(generation: int) -> dict[str, torch.Tensor]:
    """With numbers that are not finite, as of a diverged seed, and a tensor without entries."""
    return {
        "weights": torch.arange(12.0).reshape(3, 4).T + generation,
        "diverged": torch.tensor([torch.nan, torch.inf]),
        "snapshots": torch.zeros(2, 0, 3, dtype=torch.float16),
        "streams": torch.full((2, 5), generation, dtype=torch.uint8),
        "steps": torch.tensor(float(generation)),
    }


def save(folder: Path, generation: int, **identity: str) -> None:
    facts = {**IDENTITY, **identity, "step": 10 * generation, "seconds": {"wall": 0.5}}
    checkpoint.save(folder, generation, content(generation), facts)


def slot(folder: Path, generation: int) -> Path:
    return folder / checkpoint.SLOTS[generation % 2]


def assert_loaded(folder: Path, generation: int) -> list[str]:
    """The checkpoint that is loaded is this one, whole; returns why others were not."""
    (tensors, facts), problems = checkpoint.load(folder, IDENTITY)
    torch.testing.assert_close(tensors, content(generation), rtol=0, atol=0, equal_nan=True)
    expected = {**IDENTITY, "step": 10 * generation, "seconds": {"wall": 0.5}, "generation": generation}
    assert facts == expected
    return problems


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which generations 0, 1 and 2 were written; 1 and 2 are left."""
    for generation in range(3):
        save(tmp_path, generation)
    return tmp_path


def truncate(share: float) -> Callable[[Path], Any]:
    def damage(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: int(share * len(data))])

    return damage


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 1  # in the payload: safetensors alone would accept it
    path.write_bytes(data)


def sidecar(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def torn_before_its_checksum(path: Path) -> None:
    """The format itself notices."""
    truncate(0.5)(path)
    files.write_text(sidecar(path), files.sha256(path))


def replaced_by_tensors(path: Path) -> None:
    """By a file that is no checkpoint at all."""
    files.write_text(sidecar(path), files.write_bytes(path, save_tensors({"weights": torch.zeros(3)})))


DAMAGES = {
    "no facts": replaced_by_tensors,
    "empty": truncate(0),
    "torn at 30 %": truncate(0.3),
    "torn at 99.9 %": truncate(0.999),
    "torn, with a fitting checksum": torn_before_its_checksum,
    "flipped bit": flip_a_bit,
    "no checksum": lambda path: sidecar(path).unlink(),
    "empty checksum": lambda path: sidecar(path).write_bytes(b""),
    "binary checksum": lambda path: sidecar(path).write_bytes(b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_checkpoint_gives_way_to_the_one_before_and_all_that_are_damaged_are_named(folder, damage):
    assert assert_loaded(folder, 2) == []
    damage(slot(folder, 2))
    [problem] = assert_loaded(folder, 1)
    assert problem.startswith(f"{slot(folder, 2).name} not used: ")
    damage(slot(folder, 1))
    saved, problems = checkpoint.load(folder, IDENTITY)
    assert saved is None
    assert [problem.split()[0] for problem in problems] == list(checkpoint.SLOTS)
    assert checkpoint.load(folder / "empty", IDENTITY) == (None, [])


@pytest.mark.parametrize("key", IDENTITY)
def test_a_checkpoint_of_another_study_is_refused_and_its_key_named(folder, key):
    save(folder, 3, **{key: "other"})
    assert assert_loaded(folder, 2) == [f"{slot(folder, 3).name} not used: it belongs to another {key}"]


def test_a_checkpoint_whose_content_is_not_what_is_needed_gives_way(folder):
    def check(tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
        assert tensors.keys() == content(2).keys()
        if facts["generation"] == 2:
            raise ValueError("it is from elsewhere")

    saved, problems = checkpoint.load(folder, IDENTITY, check)
    assert saved[1]["generation"] == 1
    assert problems == [f"{slot(folder, 2).name} not used: it is from elsewhere"]


@pytest.mark.parametrize("seconds", [object(), float("nan")])
def test_facts_that_json_cannot_hold_are_an_error_before_a_file_is_touched(folder, seconds):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises((TypeError, ValueError), match="JSON"):
        checkpoint.save(folder, 3, content(3), {**IDENTITY, "step": 30, "seconds": seconds})
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


# Where the process is stopped, what is raised there, and whether the slot that was being written is lost
STOPS = {
    "killed between a file and its checksum": ("modecollapse.files.write_text", KeyboardInterrupt(), True),
    "killed while the file is written": ("os.replace", KeyboardInterrupt(), False),
    "full disk": ("os.fsync", OSError(28, "No space left on device"), False),
}


@pytest.mark.parametrize("stop", STOPS)
def test_a_kill_or_a_full_disk_leaves_the_last_checkpoint(folder, monkeypatch, stop):
    place, error, lost = STOPS[stop]
    before = sorted(path.name for path in folder.iterdir())

    def stopped(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(place, stopped)
        with pytest.raises(type(error)):
            save(folder, 3)
    assert_loaded(folder, 2)
    if isinstance(error, OSError):  # and no litter
        assert sorted(path.name for path in folder.iterdir()) == before
    if not lost:
        truncate(0)(slot(folder, 2))
        assert_loaded(folder, 1)


def test_remove_leaves_no_checkpoint_nor_the_litter_of_a_kill(folder):
    (folder / "run.json").write_text("{}")
    (folder / "checkpoint-0.safetensors.tmp.4711").write_bytes(b"half")
    checkpoint.remove(folder)
    assert [path.name for path in folder.iterdir()] == ["run.json"]
    checkpoint.remove(folder)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"weights": None}, "its tensor weights is missing"),
        ({"more": torch.zeros(1)}, "its tensor more is not one of this run"),
        ({"steps": torch.zeros((), dtype=torch.int64)}, r"its tensor steps is int64 \[\], not float32 \[\]"),
        ({"streams": torch.zeros(3, 5).byte()}, r"its tensor streams is uint8 \[3, 5\], not uint8 \[2, 5\]"),
    ],
)
def test_tensors_of_another_run_are_named(changed, problem):
    tensors = {name: tensor for name, tensor in (content(1) | changed).items() if tensor is not None}
    with pytest.raises(ValueError, match=f"^{problem}$"):
        checkpoint.check_tensors(tensors, content(2))
    checkpoint.check_tensors({"trace": torch.zeros(9)}, {"trace": torch.zeros(4)})  # it grows
