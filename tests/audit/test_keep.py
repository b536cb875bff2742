"""Finished blocks are kept once, whole and without weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from modecollapse.audit.keep import keep
from modecollapse.errors import StudyError
from modecollapse.report.layout import RUN


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_blocks_are_copied_once_and_one_in_training_is_not(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    blocks = {path.parent.relative_to(folder / "runs").as_posix() for path in folder.glob("runs/**/run.json")}
    training = sorted(blocks)[0]
    record = folder / "runs" / training / "run.json"
    text = record.read_bytes()
    record.unlink()
    assert keep(folder, kept).keys() == blocks - {training}
    record.write_bytes(text)
    assert keep(folder, kept).keys() == {training}
    assert keep(folder, kept) == {}
    wanted = {f"runs/{block}/{name}" for block in blocks for name in RUN}
    assert contents(kept) == {path: data for path, data in contents(folder).items() if path in wanted}


@pytest.mark.parametrize("name", ["samples.npy", "trace.parquet"])
def test_a_damaged_block_is_refused_and_nothing_of_it_is_copied(name: str, folder: Path, tmp_path: Path) -> None:
    damaged = sorted(folder.glob(f"runs/**/{name}"))[0]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(StudyError, match=rf"{name}: its SHA-256 is not that of run\.json; allowed: an intact block"):
        keep(folder, tmp_path / "kept")
    assert not list(tmp_path.glob("kept/**/*.npy"))


def test_a_folder_without_finished_blocks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="holds no finished block; allowed: the results of a study"):
        keep(tmp_path, tmp_path / "kept")
