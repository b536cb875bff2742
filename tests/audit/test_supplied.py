"""Withheld files that an owner supplies apart take part in the audit, and wrong ones are found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from audited_study import BLOCK

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import generators, integrity, provenance
from modecollapse.audit.supplied import supplied
from modecollapse.errors import StudyError

SAMPLES, WEIGHTS = f"runs/{BLOCK}/samples.npy", f"runs/{BLOCK}/weights.safetensors"


@pytest.fixture
def owner(folder: Path, tmp_path: Path) -> Path:
    """A folder with two files that the study lacks."""
    for path in (SAMPLES, WEIGHTS):
        (tmp_path / "owner" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder / path, tmp_path / "owner" / path)
    (folder / "withheld.json").write_text(json.dumps({SAMPLES: (tmp_path / "owner" / SAMPLES).stat().st_size}))
    return tmp_path / "owner"


def wrong(folder: Path) -> list[str]:
    """Which of the two files are findings; the made-up study has others, since it lacks figures."""
    found = [*integrity.check(Bundle(folder)).findings, *provenance.check(Bundle(folder)).findings]
    return sorted({finding.file for finding in found} & {SAMPLES, WEIGHTS})


def left_open(folder: Path) -> list[str]:
    return [line.partition(":")[0] for line in generators.check(Bundle(folder)).left_open]


def test_with_the_files_nothing_of_them_is_left_open_and_the_release_stays_as_it_is(folder: Path, owner: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert left_open(folder) == [WEIGHTS]
    with supplied(folder, owner) as whole:
        assert left_open(whole) == []
        assert wrong(whole) == []
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert not whole.exists()


@pytest.mark.parametrize("path", [SAMPLES, WEIGHTS])
def test_a_wrong_file_is_a_finding(path: str, folder: Path, owner: Path) -> None:
    (owner / path).write_bytes((owner / path).read_bytes()[:-1])
    with supplied(folder, owner) as whole:
        assert wrong(whole) == [path]


def test_nothing_is_written_where_the_plan_has_no_file(folder: Path, owner: Path, tmp_path: Path) -> None:
    (folder / "withheld.json").write_text(json.dumps({"../../outside": 7, SAMPLES: 7}))
    (tmp_path / "outside").write_text("theirs")
    with supplied(folder, owner) as whole:
        assert not (whole.parent.parent / "outside").exists()
        assert json.loads((whole / "withheld.json").read_text()) == {"../../outside": 7}


def test_a_folder_without_such_files_is_refused(folder: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(StudyError, match="--files: .* has no file that .* lacks; allowed: such as "),
        supplied(folder, tmp_path / "nowhere"),
    ):
        pass
