"""A tiny study that was really trained, measured, compared and judged, as an audit reads it; made once a session."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from default_config import DEFAULT as CONFIG
from shared import made_once
from small_study import CLAIMS, SMALL, make

from modecollapse import environment, files, manifest
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.study.load import load_study

TINY: dict[str, Any] = SMALL | {"study": "tiny", "seeds": 4, "block_size": 2, "steps": 20, "calibration_replicates": 3}
TINY |= {"variants": ["gan-nonsaturating", "veegan"], "measures": ["modes", "high_quality_percent", "reverse_kl"]}
BLOCK, OTHER = "matched/ring/veegan/seeds-0-1", "matched/ring/veegan/seeds-2-3"
RECORD = f"runs/{BLOCK}/run.json"


def finished(temporary: pytest.TempPathFactory) -> Path:
    """The results folder; not to be edited."""
    return made_once(temporary, "audited-study", _make)


def findings(check: Callable[[Bundle], Result], folder: Path) -> list[tuple[str, str]]:
    """(file, where) of what a check finds in a folder."""
    return [(finding.file, finding.where) for finding in check(Bundle(folder)).findings]


def write_manifest(folder: Path) -> None:
    """List every file there is."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != manifest.NAME]
    digests = {path.relative_to(folder).as_posix(): files.sha256(path) for path in paths}
    files.write_text(folder / manifest.NAME, manifest.text(digests))


def _make(folder: Path) -> None:
    """Make what the workflow's jobs would make, except figures and PDF."""
    study = load_study([CONFIG], TINY)
    make(folder, study, until_figures=True)
    files.write_text(folder / "study.json", study.model_dump_json())
    shutil.copy(CLAIMS, folder)
    files.write_json(folder / environment.NAME, environment.describe())
    write_manifest(folder)
