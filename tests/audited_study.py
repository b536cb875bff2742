"""A tiny study that was really trained, measured, compared and judged, as an audit reads it; made once a session."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_up_study import CLAIMS, few_claims

from modecollapse import datasets
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.claims import audits, sets
from modecollapse.claims.judge import judge
from modecollapse.comparisons import write
from modecollapse.comparisons.endpoints import endpoints
from modecollapse.measures import supports
from modecollapse.measures.of_traces import cell_table
from modecollapse.measures.table import calibrate, gather, measure_blocks, to_parquet
from modecollapse.report import tables
from modecollapse.study import plan
from modecollapse.study.declared import declared_hashes
from modecollapse.study.load import load_study
from modecollapse.study.overview import overview
from modecollapse.training.loop import train_block

CONFIG = Path(__file__).parents[1] / "config" / "config.yaml"
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
MEASURES = "tables/measures.parquet"


def finished(temporary: pytest.TempPathFactory) -> Path:
    """The results folder; not to be edited."""
    folder = temporary.getbasetemp() / "audited-study"
    if not folder.exists():
        _make(folder)
    return folder


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


def edit_csv(path: Path, line: int, column: str, text: str) -> None:
    """Change one value of a CSV; its header is line 1."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[line - 2, column] = text
    table.to_csv(path, index=False, lineterminator="\n")


def write_manifest(folder: Path) -> None:
    """List every file there is."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "MANIFEST.sha256")
    lines = (f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in paths)
    (folder / "MANIFEST.sha256").write_text("".join(lines), encoding="utf-8")


def _make(folder: Path) -> None:
    """What the workflow's jobs would make, but for figures and PDF."""
    study = load_study([CONFIG], TINY)
    facts, registry, declared = overview(study), few_claims(), declared_hashes(CLAIMS)
    spec = plan.dataset_spec(study, "ring")
    (folder / "data").mkdir(parents=True)
    (folder / "tables").mkdir()
    data = folder / "data" / "ring.npz"
    made = datasets.create(spec.family, spec.options, spec.root_seed)
    data.write_bytes(datasets.to_bytes(made, spec.config_hash))
    dataset = datasets.load(spec.family, data, spec.config_hash)
    blocks = [block for cell in plan.cells(study) for block in plan.blocks(study, cell)]
    runs = [folder / "runs" / block.path for block in blocks]
    for block, run in zip(blocks, runs, strict=True):
        train_block(block, data, run, declared=declared)
    parts = {"runs": measure_blocks(runs, spec, dataset, study.measures)}
    parts["oracle"] = calibrate(spec, dataset, study.measures, study.calibration_replicates, spec.samples)
    for name, rows in parts.items():
        rows.to_parquet(folder / f"{name}.parquet", index=False)
    rows, cells = gather([folder / f"{name}.parquet" for name in parts], facts["cells"]), cell_table(runs, dataset)
    (folder / MEASURES).write_bytes(to_parquet(rows))
    (folder / "tables" / "cells.parquet").write_bytes(to_parquet(cells))
    tables.write(facts, rows, cells, registry, supports(facts), folder / "tables")
    better = {name: entry["better"] for name, entry in facts["measures"].items()}
    ends = endpoints(rows, registry.settings.window, supports(facts), better)
    found = write.tables(rows, ends, better, supports(facts), draws=99, root=study.root_seed)
    verdicts = judge(facts, rows, registry, hashlib.sha256(CLAIMS.read_bytes()).hexdigest(), supports(facts))
    claims = sets.claim_verdicts(verdicts, registry)
    found |= {"verdicts.csv": verdicts, "claims.csv": claims, "verdict_counts.csv": sets.counts(claims)}
    found |= {
        "flips.csv": sets.flips(verdicts),
        "published_audit.csv": pd.DataFrame(audits.audit_rows(registry.values)),
    }
    for name, table in found.items():
        (folder / "tables" / name).write_text(table.to_csv(index=False, lineterminator="\n"), encoding="utf-8")
    (folder / "study.json").write_text(study.model_dump_json(), encoding="utf-8")
    shutil.copy(CLAIMS, folder / "claims.yaml")
    for name in parts:
        (folder / f"{name}.parquet").unlink()
    write_manifest(folder)
