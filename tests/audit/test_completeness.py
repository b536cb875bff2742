"""Completeness: every way in which a run can be missing, extra, twice or of two opinions."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from audited_study import BLOCK, OTHER, RECORD, edit_json, edit_parquet, findings

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.completeness import check


def test_a_good_study_has_no_findings(audited: Path) -> None:
    result = check(Bundle(audited))
    assert not result.findings
    assert result.looked_at == 16 + 8 + 8 + 8 + 3 * 4  # files, seeds; of traces seeds, statuses; others, n, counts
    assert result.notes == ["0 of 8 runs diverged"]


def test_a_missing_run_folder(folder: Path) -> None:
    shutil.rmtree(folder / "runs" / BLOCK)
    assert findings(check, folder) == [(f"runs/{BLOCK}", "")]


@pytest.mark.parametrize("name", ["run.json", "samples.npy", "trace.parquet", "weights.safetensors"])
def test_a_missing_file_of_a_run(folder: Path, name: str) -> None:
    (folder / "runs" / BLOCK / name).unlink()
    assert findings(check, folder) == [(f"runs/{BLOCK}/{name}", "")]


def test_withheld_files_are_noted(folder: Path) -> None:
    (folder / "runs" / BLOCK / "samples.npy").unlink()
    (folder / "withheld.json").write_text(f'{{"runs/{BLOCK}/samples.npy": 60128}}', encoding="utf-8")
    result = check(Bundle(folder))
    assert not result.findings
    assert "1 files of runs are withheld" in result.notes


def test_a_run_folder_that_was_not_planned(folder: Path) -> None:
    shutil.copytree(folder / "runs" / BLOCK, folder / "runs/matched/ring/veegan/seeds-4-5")
    assert findings(check, folder) == [("runs/matched/ring/veegan/seeds-4-5", "")]


def test_a_block_that_is_a_copy_of_another(folder: Path) -> None:
    shutil.copytree(folder / "runs" / BLOCK, folder / "runs" / OTHER, dirs_exist_ok=True)
    found = set(findings(check, folder))
    files = ("samples.npy", "trace.parquet", "weights.safetensors")
    assert {(f"runs/{OTHER}/run.json", f"files.{name}") for name in files} <= found
    assert {(f"runs/{OTHER}/trace.parquet", f"seed {seed}") for seed in range(4)} <= found


def test_a_run_under_the_name_of_another_seed(folder: Path) -> None:
    def copy(trace: pd.DataFrame) -> pd.DataFrame:
        first = trace[trace["seed"] == 2]
        return pd.concat([first, first.assign(seed=3)]).sort_values(["step", "seed"])

    edit_parquet(folder / "runs" / OTHER / "trace.parquet", copy)
    assert findings(check, folder) == [(f"runs/{OTHER}/trace.parquet", "seed 3")]


def test_a_trace_that_lacks_an_evaluation(folder: Path) -> None:
    edit_parquet(folder / "runs" / BLOCK / "trace.parquet", lambda trace: trace[~trace["step"].eq(4)])
    file = f"runs/{BLOCK}/trace.parquet"
    assert findings(check, folder) == [(file, "seed 0"), (file, "seed 1")]
    assert "missing 4" in check(Bundle(folder)).findings[0].problem


def lost_from_step_10(trace: pd.DataFrame) -> pd.DataFrame:
    """The mean losses of seed 1 are NaN from there."""
    losses = [name for name in trace if name.startswith("mean_loss_")]
    trace.loc[(trace["seed"] == 1) & (trace["step"] >= 10), losses] = np.nan
    return trace


def test_a_diverged_run_is_listed_and_no_finding(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run["status"][1].update(status="diverged", step=10))
    assert findings(check, folder) == [(f"runs/{BLOCK}/trace.parquet", "seed 1")]  # its trace says that it did not
    edit_parquet(folder / "runs" / BLOCK / "trace.parquet", lost_from_step_10)
    result = check(Bundle(folder))
    assert not result.findings
    assert "1 of 8 runs diverged" in result.notes
    assert "matched/ring/veegan, seed 1: diverged at 10" in result.notes


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("mode_counts", lambda trace: trace.assign(mode_counts=[np.full(8, 400, dtype=np.int32)] * len(trace))),
        ("mode_counts", lambda trace: trace.assign(mode_counts=[np.full(8, -1, dtype=np.int32)] * len(trace))),
        ("mode_counts", lambda trace: trace.assign(mode_counts=[np.zeros(7, dtype=np.int32)] * len(trace))),
        ("n", lambda trace: trace.assign(n=trace["n"] + 1)),
    ],
)
def test_counts_that_no_samples_can_have(folder: Path, column: str, change: Callable) -> None:
    edit_parquet(folder / "runs" / BLOCK / "trace.parquet", change)
    assert (f"runs/{BLOCK}/trace.parquet", column) in findings(check, folder)
