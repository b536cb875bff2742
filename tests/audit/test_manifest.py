"""The manifest: what it lists, that coreutils agree, and which texts are refused."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from modecollapse import manifest, stages
from modecollapse.errors import StudyError
from modecollapse.report.layout import planned_files
from modecollapse.study.load import load_study

DIGEST = "ab" * 32


def write(folder: Path) -> None:
    """A study's folder in which every planned file holds its own name."""
    study = load_study(["config/config.yaml"])
    for path in planned_files(study):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    stages.seal(folder, study, Path("config/claims.yaml"))


def test_every_planned_file_is_listed_with_its_digest(tmp_path: Path) -> None:
    write(tmp_path)
    listed = manifest.read(tmp_path / "MANIFEST.sha256")
    assert listed["tables/summary.csv"] == hashlib.sha256(b"tables/summary.csv").hexdigest()
    assert listed["claims.yaml"] == hashlib.sha256(Path("config/claims.yaml").read_bytes()).hexdigest()
    assert "runs/matched/ring/veegan/seeds-0-2/weights.safetensors" in listed
    present = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert set(listed) == present - {"MANIFEST.sha256"}


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_reads_it_and_sees_a_change(tmp_path: Path) -> None:
    write(tmp_path)
    command = ["sha256sum", "--check", "--strict", "--quiet", "MANIFEST.sha256"]
    assert subprocess.run(command, cwd=tmp_path).returncode == 0
    (tmp_path / "tables" / "summary.csv").write_text("other")
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 1
    assert "tables/summary.csv: FAILED" in told.stdout


def test_a_missing_file_stops_it(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "tables" / "summary.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"summary\.csv"):
        stages.seal(tmp_path, load_study(["config/config.yaml"]), Path("config/claims.yaml"))


def test_a_folder_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text("mine")
    with pytest.raises(FileNotFoundError):
        stages.seal(tmp_path, load_study(["config/config.yaml"]), Path("config/claims.yaml"))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("claims.yaml", "mine")]


@pytest.mark.parametrize(
    "text",
    [
        f"{DIGEST} tables/a.csv\n",  # one blank
        f"{DIGEST[:-1]}  tables/a.csv\n",
        f"{DIGEST}  ../a.csv\n",
        f"{DIGEST}  /etc/a.csv\n",
        f"{DIGEST}  b\n{DIGEST}  a\n",  # not sorted
        f"{DIGEST}  a\n{DIGEST}  a\n",
        f"{DIGEST}  a\n\n",
    ],
)
def test_what_sha256sum_would_not_have_written_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "MANIFEST.sha256").write_text(text)
    with pytest.raises(StudyError, match=r"MANIFEST\.sha256"):
        manifest.read(tmp_path / "MANIFEST.sha256")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.sha256").write_bytes(b"\xff\xfe")
    with pytest.raises(StudyError, match="allowed: UTF-8"):
        manifest.read(tmp_path / "MANIFEST.sha256")
