"""A small study made by the commands that the workflow calls, in this process: from data to PDF, whole or in part."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from default_config import DEFAULT

from modecollapse import stages
from modecollapse.study import plan
from modecollapse.study.config import Study
from modecollapse.study.declared import declared_hashes
from modecollapse.study.fingerprint import training_code
from modecollapse.study.load import load_study

CLAIMS = DEFAULT.with_name("claims.yaml")
# Two blocks a cell, three variants of which one diverges.
SMALL: dict[str, Any] = {
    "study": "small",
    "seeds": 6,
    "block_size": 3,
    "steps": 60,
    "datasets": ["ring"],
    "variants": ["gan-nonsaturating", "veegan", "lsgan"],
    "calibration_replicates": 5,
}
DIVERGES = "lsgan"


def small(**changes: Any) -> Study:
    """The study SMALL with changes, its variant DIVERGES trained with an absurd learning rate."""
    absurd = {DIVERGES: {"optimizer": {"lr": 1e30}}}
    chosen = SMALL | {"experiments": {"matched": {"recipes": {"points": {"by_variant": absurd}}}}} | changes
    return load_study([DEFAULT], chosen)


def make(
    folder: Path, study: Study, claims: Path = CLAIMS, backwards: bool = False, until_figures: bool = False
) -> Path:
    """Run a study into `folder`, the blocks in order or from the last to the first; returns the folder."""
    blocks = [block for cell in plan.cells(study) for block in plan.blocks(study, cell)]
    for name, measures in plan.measures(study).items():
        spec, data = plan.dataset_spec(study, name), folder / "data" / f"{name}.npz"
        stages.data(spec, data)
        out = folder / "measures" / "calibration" / f"{name}.parquet"
        stages.calibrate(spec, data, measures, study.calibration_replicates, out)
    for block in reversed(blocks) if backwards else blocks:
        data = folder / "data" / f"{block.cell.dataset.name}.npz"
        code, declared = training_code(block.cell), declared_hashes(claims)
        stages.train(block, data, folder / "runs" / block.path, code=code, declared=declared)
    measure(folder, study)
    gather(folder, study, claims)
    if until_figures:
        return folder
    stages.figures(folder, study)
    stages.seal(folder, study, claims)
    stages.typeset(folder, study, folder / "report.pdf")
    stages.page(folder, study, folder / "index.html")
    return folder


def measure(folder: Path, study: Study) -> None:
    """Stored samples and traces to rows."""
    for place in plan.measured_folders(study):
        runs = [folder / "runs" / path for path in plan.block_paths(study) if path.startswith(f"{place}/")]
        name, out = place.split("/")[1], folder / "measures" / place
        data, measures = folder / "data" / f"{name}.npz", plan.measures(study)[name]
        stages.measure(runs, data, measures, out / "runs.parquet", out / "cells.parquet")


def gather(folder: Path, study: Study, claims: Path) -> None:
    """Rows to the tidy table, and to the tables made of it."""
    stages.summarise(folder, study, claims)
    judge(folder, study, claims)


def judge(folder: Path, study: Study, claims: Path) -> None:
    """The tidy table to comparisons and verdicts."""
    stages.compare(folder, study, claims)
    stages.judge(folder, study, claims)


def edit_json(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def edit_parquet(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a Parquet table."""
    change(pd.read_parquet(path)).to_parquet(path, index=False)
