"""`modecollapse audit`, `explain` and `crate` as a reader calls them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modecollapse import cli
from modecollapse.audit import run as running
from modecollapse.errors import StudyError

SOURCE = Path(cli.__file__).parent.parent


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`modecollapse ...` in a process of its own."""
    command = [sys.executable, "-m", "modecollapse", *map(str, arguments)]
    environment = {"PYTHONPATH": str(SOURCE), "PATH": "/usr/bin:/bin", "COLUMNS": "140"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def study(honest_study: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(honest_study, tmp_path / "small"))


def test_an_honest_study(study: Path) -> None:
    done = run("audit", study, "--level", "quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 of 7 checks hold; 6 points are NOT VERIFIED." in done.stdout
    told = json.loads((study / "audit.json").read_text())
    assert told["holds"]
    assert told["level"] == "quick"
    assert [check["check"] for check in told["checks"]][:2] == ["integrity", "completeness"]
    assert "<html" in (study / "audit.html").read_text()
    assert run("audit", study, "--level", "quick").returncode == 0  # what an audit writes is no file of the study


def test_a_study_that_was_tampered_with(study: Path) -> None:
    (study / "tables" / "better.csv").write_text("modes\n8\n")
    done = run("audit", study, "--level", "quick", "--no-write")
    assert done.returncode == 1
    assert "Integrity: tables/better.csv: not in the manifest" in done.stdout
    assert "1 finding in Integrity: this study is not as it says." in done.stdout
    assert not (study / "audit.json").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["audit", "nowhere"], "error: nowhere/study.json: missing; allowed: the results of a finished study"),
        (["explain", "modes", "--results", "nowhere"], "error: nowhere/study.json: missing; allowed"),
        (["crate", "nowhere", "--out", "x.zip"], "error: nowhere/study.json: missing; allowed"),
        (["publish", "nowhere"], "error: nowhere/study.json: missing; allowed"),
    ],
)
def test_what_is_no_finished_study_is_one_line(arguments: list[str], line: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert len(done.stderr.splitlines()) == 1


def test_an_unknown_level(study: Path) -> None:
    done = run("audit", study, "--level", "thorough")
    assert (done.returncode, done.stderr) == (
        2,
        "error: --level: 'thorough' is unknown; allowed: quick, recompute, rerun\n",
    )


def test_the_lineage_of_a_number(study: Path) -> None:
    done = run("explain", "matched/ring/veegan/modes", "--results", study)
    assert done.returncode == 0, done.stderr
    printed = next(line for line in (study / "tables" / "table1.csv").read_text().splitlines() if ",veegan," in line)
    assert printed.split(",")[8].strip('"').split(" ")[0] in done.stdout
    assert "runs/matched/ring/veegan/seeds-0-2" in done.stdout
    digest = json.loads((study / "runs/matched/ring/veegan/seeds-0-2/run.json").read_text())["files"]["samples.npy"]
    assert digest[:16] in done.stdout.replace("\n", "")


def test_an_unknown_id_is_told_the_nearest(study: Path) -> None:
    done = run("explain", "matched/ring/veegan/modus", "--results", study)
    assert done.returncode == 2
    assert "matched/ring/veegan/modes" in done.stderr


def test_the_crate(study: Path, tmp_path: Path) -> None:
    assert run("crate", study, "--out", tmp_path / "crate.zip").returncode == 0
    assert (tmp_path / "crate.zip").stat().st_size > 10_000


def test_without_a_folder_every_finished_study_is_audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be audited does not keep the others from it, and its status stays."""
    for study, names in {
        "reported": ("study.json", "MANIFEST.sha256"),
        "mine": ("study.json", "MANIFEST.sha256"),
        "damaged": ("study.json", "MANIFEST.sha256"),
        "half": ("study.json",),
        ".publishing-x": ("study.json", "MANIFEST.sha256"),
    }.items():
        (tmp_path / "results" / study).mkdir(parents=True)
        for name in names:
            (tmp_path / "results" / study / name).touch()
    audited: list[str] = []

    def audit(folder: Path, *_: object) -> int:
        audited.append(str(folder))
        if folder.name == "damaged":
            raise StudyError("results/damaged: cannot be read")
        return 1 if folder.name == "mine" else 0

    monkeypatch.setattr(running, "audit", audit)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli.app, ["audit"])
    assert audited == ["results/damaged", "results/mine", "results/reported"]
    assert (done.exit_code, done.stderr) == (2, "error: results/damaged: cannot be read\n")
    shutil.rmtree(tmp_path / "results")
    nothing = CliRunner().invoke(cli.app, ["audit"])
    assert isinstance(nothing.exception, StudyError)
    assert str(nothing.exception).startswith("results: holds no finished study; allowed: ")
