"""A tiny study that was really trained, measured, compared and judged, as an audit reads it; made once a session."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from default_config import DEFAULT as CONFIG
from shared import made_once
from small_study import CLAIMS, gather, measure

from modecollapse import environment, files, manifest, stages
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.study import plan
from modecollapse.study.declared import declared_hashes
from modecollapse.study.fingerprint import training_code
from modecollapse.study.load import load_study

TINY: dict[str, Any] = {
    "study": "tiny",
    "seeds": 4,
    "block_size": 2,
    "steps": 20,
    "datasets": ["ring"],
    "variants": ["gan-nonsaturating", "veegan"],
    "measures": ["modes", "high_quality_percent", "reverse_kl"],
    "calibration_replicates": 3,
}
BLOCK, OTHER = "matched/ring/veegan/seeds-0-1", "matched/ring/veegan/seeds-2-3"
RECORD = f"runs/{BLOCK}/run.json"


def finished(temporary: pytest.TempPathFactory) -> Path:
    """The results folder; not to be edited."""
    return made_once(temporary, "audited-study", _make)


def copy_of(study: Path, folder: Path) -> Path:
    """A fresh copy to be edited."""
    return Path(shutil.copytree(study, folder / "study"))


def findings(check: Callable[[Bundle], Result], folder: Path) -> list[tuple[str, str]]:
    """(file, where) of what a check finds in a folder."""
    return [(finding.file, finding.where) for finding in check(Bundle(folder)).findings]


def edit_json(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change a JSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def edit_parquet(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a Parquet table."""
    change(pd.read_parquet(path)).to_parquet(path, index=False)


def write_manifest(folder: Path) -> None:
    """List every file there is."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != manifest.NAME]
    digests = {path.relative_to(folder).as_posix(): files.sha256(path) for path in paths}
    files.write_text(folder / manifest.NAME, manifest.text(digests))


def _make(folder: Path) -> None:
    """Make what the workflow's jobs would make, except figures and PDF."""
    study = load_study([CONFIG], TINY)
    spec, data = plan.dataset_spec(study, "ring"), folder / "data" / "ring.npz"
    stages.data(spec, data)
    for block in (block for cell in plan.cells(study) for block in plan.blocks(study, cell)):
        code, declared = training_code(block.cell), declared_hashes(CLAIMS)
        stages.train(block, data, folder / "runs" / block.path, code=code, declared=declared)
    out = folder / "measures" / "calibration" / "ring.parquet"
    stages.calibrate(spec, data, study.measures, study.calibration_replicates, out)
    measure(folder, study)
    gather(folder, study, CLAIMS)
    files.write_text(folder / "study.json", study.model_dump_json())
    shutil.copy(CLAIMS, folder)
    files.write_json(folder / environment.NAME, environment.describe())
    write_manifest(folder)
