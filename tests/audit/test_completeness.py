"""Completeness: every way in which a run can be missing, extra, twice or of two opinions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from audited_study import BLOCK, MEASURES, OTHER, RECORD, copy_of, edit_json, edit_parquet, findings, finished

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.completeness import check


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory)


@pytest.fixture
def folder(study: Path, tmp_path: Path) -> Path:
    return copy_of(study, tmp_path)


def test_a_good_study_has_no_findings(study: Path) -> None:
    result = check(Bundle(study))
    assert not result.findings
    assert result.looked_at == 72  # 16 files, 8 seeds, 8 + 4 in traces, 2 x 4 + 3 x 4 series, 8 runs' status, 8 rows
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
    (folder / "withheld.json").write_text(f'{{"runs/{BLOCK}/samples.npy": "size"}}', encoding="utf-8")
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


def test_rows_of_a_seed_that_were_dropped(folder: Path) -> None:
    edit_parquet(
        folder / MEASURES, lambda rows: rows[~((rows["variant"] == "veegan") & (rows["seed"] == 3))].reset_index()
    )
    edit_parquet(folder / MEASURES, lambda rows: rows.drop(columns="index"))
    measures = ("modes", "high_quality_percent", "reverse_kl", "n_nonfinite")
    assert set(findings(check, folder)) == {(MEASURES, f"matched/ring/veegan/{name}") for name in measures}
    assert "missing: seed 3 at step 0" in check(Bundle(folder)).findings[0].problem


def test_a_single_row_that_was_dropped(folder: Path) -> None:
    gone = lambda rows: (rows["variant"] == "oracle") & (rows["seed"] == 1) & (rows["measure"] == "modes")  # noqa: E731
    edit_parquet(folder / MEASURES, lambda rows: rows[~gone(rows)])
    assert findings(check, folder) == [(MEASURES, "calibration/ring/oracle/modes")]


def test_a_row_that_stands_there_twice(folder: Path) -> None:
    last = {"variant": "veegan", "seed": 0, "step": 20, "measure": "diverged"}
    edit_parquet(
        folder / MEASURES,
        lambda rows: pd.concat([rows, rows[(rows[list(last)] == pd.Series(last)).all(axis=1)]], ignore_index=True),
    )
    assert findings(check, folder) == [(MEASURES, "matched/ring/veegan/0/20/diverged")]


def test_rows_of_a_run_that_was_not_planned(folder: Path) -> None:
    edit_parquet(
        folder / MEASURES,
        lambda rows: pd.concat([rows, rows[rows["measure"] == "diverged"].head(1).assign(seed=9)], ignore_index=True),
    )
    assert findings(check, folder) == [(MEASURES, "matched/ring/gan-nonsaturating/9")]


def test_a_record_that_says_diverged_though_the_table_does_not(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run["status"][1].update(status="diverged", step=10))
    assert findings(check, folder) == [(MEASURES, "matched/ring/veegan, seed 1")]
    assert "matched/ring/veegan, seed 1: diverged at 10" in check(Bundle(folder)).notes


def test_a_table_that_says_diverged_though_the_record_does_not(folder: Path) -> None:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        own = (rows["variant"] == "veegan") & (rows["seed"] == 2) & (rows["step"] == 20)
        return rows.assign(status=rows["status"].mask(own, "diverged"))

    edit_parquet(folder / MEASURES, change)
    assert findings(check, folder) == [(MEASURES, "matched/ring/veegan, seed 2")]


def test_a_diverged_run_with_its_rows_is_listed_and_no_finding(folder: Path) -> None:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        own = (rows["variant"] == "veegan") & (rows["seed"] == 1) & (rows["step"] >= 10)
        return rows.assign(status=rows["status"].mask(own, "diverged"))

    edit_parquet(folder / MEASURES, change)
    edit_json(folder / RECORD, lambda run: run["status"][1].update(status="diverged", step=10))
    result = check(Bundle(folder))
    assert not result.findings
    assert "1 of 8 runs diverged" in result.notes


@pytest.mark.parametrize("content", [b"", b"PAR1 nothing"])
def test_a_damaged_table_is_a_finding(folder: Path, content: bytes) -> None:
    (folder / MEASURES).write_bytes(content)
    assert findings(check, folder) == [(MEASURES, "")]
