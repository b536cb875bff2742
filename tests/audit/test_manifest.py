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

DIGEST, CLAIMS, NAME = "ab" * 32, Path("config/claims.yaml"), "MANIFEST.sha256"
STUDY = load_study(["config/config.yaml"])


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A study's folder in which every planned file holds its own path."""
    for path in planned_files(STUDY):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    stages.seal(tmp_path, STUDY, CLAIMS)
    return tmp_path


def test_every_planned_file_is_listed_with_its_digest(sealed: Path) -> None:
    listed = manifest.read(sealed / NAME)
    assert listed["tables/summary.csv"] == hashlib.sha256(b"tables/summary.csv").hexdigest()
    assert listed["claims.yaml"] == hashlib.sha256(CLAIMS.read_bytes()).hexdigest()
    assert "runs/matched/ring/veegan/seeds-0-2/weights.safetensors" in listed
    present = {path.relative_to(sealed).as_posix() for path in sealed.rglob("*") if path.is_file()}
    assert set(listed) == present - {NAME}


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_reads_it_and_sees_a_change(sealed: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", NAME]
    assert subprocess.run(command, cwd=sealed).returncode == 0
    (sealed / "tables" / "summary.csv").write_text("other")
    done = subprocess.run(command, cwd=sealed, capture_output=True, text=True)
    assert done.returncode == 1
    assert "tables/summary.csv: FAILED" in done.stdout


def test_a_missing_file_or_a_folder_of_something_else_stops_it(sealed: Path, tmp_path_factory) -> None:
    (sealed / "tables" / "summary.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"summary\.csv"):
        stages.seal(sealed, STUDY, CLAIMS)
    other = tmp_path_factory.mktemp("other")
    (other / "claims.yaml").write_text("mine")
    with pytest.raises(FileNotFoundError):
        stages.seal(other, STUDY, CLAIMS)
    assert [(path.name, path.read_text()) for path in other.iterdir()] == [("claims.yaml", "mine")]


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
        "\udcff\udcfe",  # no UTF-8
    ],
)
def test_what_sha256sum_would_not_have_written_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, errors="surrogateescape")
    with pytest.raises(StudyError, match=r"MANIFEST\.sha256"):
        manifest.read(tmp_path / NAME)
