"""Checkpoints under every damage a kill, a disk or a changed study can do to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from modecollapse import files
from modecollapse.training import checkpoint

IDENTITY = {"config_hash": "c0ffee", "code": "beef", "seeds": "[0, 1]"}


def content(generation: int) -> dict[str, torch.Tensor]:
    return {
        "weights": torch.arange(12.0).reshape(3, 4).T + generation,
        "streams": torch.full((2, 5), generation, dtype=torch.uint8),
        "steps": torch.tensor(float(generation)),
    }


def save(folder: Path, generation: int, **identity: str) -> None:
    facts = {**IDENTITY, **identity, "step": 10 * generation, "seconds": {"wall": 0.5}}
    checkpoint.save(folder, generation, content(generation), facts)


def slot(folder: Path, generation: int) -> Path:
    return folder / checkpoint.SLOTS[generation % 2]


def assert_loaded(folder: Path, generation: int) -> None:
    tensors, facts = checkpoint.load(folder, IDENTITY)
    torch.testing.assert_close(tensors, content(generation), rtol=0, atol=0)
    expected = {**IDENTITY, "step": 10 * generation, "seconds": {"wall": 0.5}, "generation": generation}
    assert facts == expected


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


DAMAGES = {
    "empty": truncate(0),
    "torn at 30 %": truncate(0.3),
    "torn at 99.9 %": truncate(0.999),
    "flipped bit": flip_a_bit,
    "no checksum": lambda path: sidecar(path).unlink(),
    "empty checksum": lambda path: sidecar(path).write_bytes(b""),
    "binary checksum": lambda path: sidecar(path).write_bytes(b"\xff\xfe\x00"),
}
damages = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())


def test_newest_generation_comes_back_as_it_was_saved(folder):
    assert_loaded(folder, 2)


def test_an_empty_folder_has_no_checkpoint(tmp_path, caplog):
    assert checkpoint.load(tmp_path, IDENTITY) is None
    assert not caplog.records


@damages
def test_a_damaged_checkpoint_gives_way_to_the_one_before_and_is_logged(folder, damage, caplog):
    damage(slot(folder, 2))
    assert_loaded(folder, 1)
    [warning] = caplog.records
    assert warning.levelname == "WARNING"
    assert slot(folder, 2).name in warning.getMessage()


@damages
def test_two_damaged_checkpoints_mean_none_and_both_are_logged(folder, damage, caplog):
    for generation in (1, 2):
        damage(slot(folder, generation))
    assert checkpoint.load(folder, IDENTITY) is None
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


def test_a_torn_file_with_a_fitting_checksum_is_not_used(folder):
    """Damage before the checksum was taken: the format itself notices."""
    truncate(0.5)(slot(folder, 2))
    files.write_text(sidecar(slot(folder, 2)), files.sha256(slot(folder, 2)))
    assert_loaded(folder, 1)


@pytest.mark.parametrize("key", IDENTITY)
def test_a_checkpoint_of_another_study_is_refused_and_its_key_named(folder, key, caplog):
    save(folder, 3, **{key: "other"})
    assert_loaded(folder, 2)
    assert key in caplog.text


def test_only_checkpoints_of_another_configuration_mean_none(folder):
    assert checkpoint.load(folder, IDENTITY | {"config_hash": "other"}) is None


def test_a_kill_between_a_file_and_its_checksum_leaves_the_other_slot(folder, monkeypatch):
    def killed(path: Path, text: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "write_text", killed)
    with pytest.raises(KeyboardInterrupt):
        save(folder, 3)
    assert_loaded(folder, 2)


def test_a_kill_while_the_file_is_written_leaves_both_slots(folder, monkeypatch):
    def killed(source: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        save(folder, 3)
    assert_loaded(folder, 2)
    truncate(0)(slot(folder, 2))
    assert_loaded(folder, 1)


def test_a_full_disk_leaves_the_old_checkpoints_and_no_litter(folder, monkeypatch):
    before = sorted(path.name for path in folder.iterdir())

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(folder, 3)
    assert_loaded(folder, 2)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_remove_leaves_no_checkpoint_nor_the_litter_of_a_kill(folder):
    (folder / "run.json").write_text("{}")
    (folder / "checkpoint-0.safetensors.tmp.4711").write_bytes(b"half")
    checkpoint.remove(folder)
    assert [path.name for path in folder.iterdir()] == ["run.json"]
    checkpoint.remove(folder)
