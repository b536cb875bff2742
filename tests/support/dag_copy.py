"""The workflow in a copy of the repository: run it there, edit it there, ask there what would run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from shared import made_once

from modecollapse.study.progress import stage_of

REPOSITORY = Path(__file__).resolve().parents[2]
STAGES = ("data", "calibrate", "train", "measure", "invert", "invert_controls")
STAGES += ("summarise", "compare", "judge", "figures", "seal", "typeset")
CONFIGURATION = "tiny.yaml"
TINY: dict[str, Any] = {
    "study": "tiny",
    "seeds": 2,
    "block_size": 2,
    "steps": 20,
    "datasets": ["ring", "stacked-digits"],
    "variants": ["gan-nonsaturating", "veegan"],
    "measures": ["modes", "high_quality_percent", "reverse_kl", "coverage", "ivom_test"],
    "calibration_replicates": 3,
    "inversion": {"images": 4, "restarts": 1, "iterations": 5},
}
# What the fault tests run again and again: two cells, and no measure that needs minutes.
RING = TINY | {"study": "ring-only", "datasets": ["ring"], "measures": ["modes", "high_quality_percent", "reverse_kl"]}
RESULTS = Path("results", RING["study"])
SECONDS = 1800  # after which a run of the workflow has come to a standstill, whatever else the machine does


def finished_study(temporary: pytest.TempPathFactory, study: dict[str, Any] = TINY) -> Path:
    """A copy of the repository in which a tiny study has run to its PDF: once a session, so it must not be edited."""

    def make(folder: Path) -> None:
        finish(copy_repository(folder, study))
        assert (folder / "results" / study["study"] / "report.pdf").exists(), "the tiny study did not finish"

    return made_once(temporary, f"finished-{study['study']}", make)


def copy_of(finished: Path, folder: Path) -> Path:
    """A fresh copy of a finished study, with its modification times, to be edited."""
    return Path(shutil.copytree(finished, folder / "copy", symlinks=True))


def copy_repository(folder: Path, study: dict[str, Any] = TINY) -> Path:
    """The sources in `folder`, with `study` as the file tiny.yaml beside them."""
    for part in ("workflow", "config", "src"):
        shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("environment.yml", "CITATION.cff"):
        shutil.copy(REPOSITORY / name, folder)
    return configure(folder, study)


def configure(folder: Path, study: dict[str, Any]) -> Path:
    """Write `study` as the configuration of a copy."""
    (folder / CONFIGURATION).write_text(yaml.safe_dump(study, allow_unicode=True), encoding="utf-8")
    return folder


def command(*arguments: str, cores: int = 2) -> list[str]:
    """`snakemake --cores 2 ...` of the Python that runs the tests."""
    return [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments]


def environment(folder: Path) -> dict[str, str]:
    """With the package of the copy, and the programs of the Python that runs the tests."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | {"PYTHONPATH": str(folder / "src"), "PATH": path}


def snakemake(folder: Path, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess:
    """Run the workflow of a copy, with the package of that copy, to its end."""
    called = {"cwd": folder, "env": environment(folder), "capture_output": True, "text": True, "timeout": SECONDS}
    return subprocess.run(command(*arguments, cores=cores), **called)


def finish(folder: Path, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess:
    """Run the tiny study of a copy, or some of its targets, to a good end."""
    run = snakemake(folder, *arguments, "--configfile", CONFIGURATION, cores=cores)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return run


def error_line(text: str, start: str = "error: ") -> str:
    """The one line that says what is wrong, of a command that printed no traceback; of a job, `error in `."""
    assert "Traceback" not in text, text
    [line] = {line.strip() for line in text.splitlines() if line.strip().startswith(start)}
    return line


def planned(folder: Path, *arguments: str) -> dict[str, int]:
    """The jobs of each stage that a dry run lists."""
    listing = snakemake(folder, *arguments, "--dry-run", "--configfile", CONFIGURATION)
    assert listing.returncode == 0, listing.stderr
    counts = re.findall(r"^(\w\S*) +(\d+)$", listing.stdout + listing.stderr, re.MULTILINE)
    found: Counter[str] = Counter()
    for rule, count in dict(counts).items():  # the list is printed twice
        found[stage_of(rule)] += int(count)
    return {stage: found[stage] for stage in STAGES if stage in found}
