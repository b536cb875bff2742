"""Bounds: numbers that cannot be, each in the place where a forger would put it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from audited_study import BLOCK, MEASURES, RECORD, copy_of, edit_csv, edit_json, edit_parquet, findings, finished

from modecollapse.audit import limits
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.bounds import check
from modecollapse.measures import support
from modecollapse.study import catalogue

TRACE = f"runs/{BLOCK}/trace.parquet"
PLACE = "matched/ring/veegan, seed 1, step 20"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory)


@pytest.fixture
def folder(study: Path, tmp_path: Path) -> Path:
    return copy_of(study, tmp_path)


def test_a_good_study_has_no_findings(study: Path) -> None:
    result = check(Bundle(study))
    assert not result.findings
    assert result.looked_at > 1000
    assert not result.notes


@pytest.mark.parametrize("measure", catalogue.names("measures"))
def test_the_bounds_written_here_are_those_of_the_measures(measure: str) -> None:
    assert limits.of(measure, 25) == pytest.approx(support(measure, 25))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"steps": 19, "seed_steps_per_second": None}, "steps"),
        ({"batch": 64}, "batch"),
        ({"wall_seconds": 0.0, "seed_steps_per_second": 0.0}, "wall_seconds"),
        ({"process_seconds": 0.0}, "process_seconds"),
        ({"started": "2100-01-01T00:00:00+00:00"}, "ended"),
        ({"wall_seconds": 5000.0, "seed_steps_per_second": 40 / 5000}, "wall_seconds"),
        ({"seed_steps_per_second": 1e9}, "seed_steps_per_second"),
    ],
)
def test_a_record_that_cannot_be(folder: Path, change: dict[str, Any], where: str) -> None:
    def apply(run: dict[str, Any]) -> None:
        run.update(change)
        if run["seed_steps_per_second"] is None:
            run["seed_steps_per_second"] = run["steps"] * 2 / run["wall_seconds"]

    edit_json(folder / RECORD, apply)
    assert findings(check, folder) == [(RECORD, where)]


def test_an_interrupted_run_may_be_told_by_two_clocks(folder: Path) -> None:
    change = {"wall_seconds": 5000.0, "seed_steps_per_second": 40 / 5000, "incidents": ["resumed at step 10"]}
    edit_json(folder / RECORD, lambda run: run.update(change))
    assert not findings(check, folder)


def test_a_run_that_diverged_after_its_end(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run["status"][0].update(status="diverged", step=21))
    assert findings(check, folder) == [(RECORD, "status")]


def _last(trace: pd.DataFrame) -> pd.Series:
    return (trace["seed"] == 1) & (trace["step"] == 20)


@pytest.mark.parametrize(
    "change",
    [
        lambda trace: trace.assign(n=trace["n"].mask(_last(trace), 10)),
        lambda trace: trace.assign(n_nonfinite=trace["n_nonfinite"].mask(_last(trace), -1)),
        lambda trace: trace.assign(n_nonfinite=trace["n_nonfinite"].mask(_last(trace), 2501)),
        lambda trace: _with_counts(trace, 2501),
        lambda trace: _with_counts(trace, -1),
        lambda trace: trace.assign(loss_D=trace["loss_D"].mask(_last(trace), np.inf)),
        lambda trace: trace.assign(mean_loss_D=trace["mean_loss_D"].mask(_last(trace))),
    ],
)
def test_a_trace_that_cannot_be(folder: Path, change: Any) -> None:
    edit_parquet(folder / TRACE, change)
    assert set(findings(check, folder)) == {(TRACE, "seed 1, step 20")}


def _with_counts(trace: pd.DataFrame, first: int) -> pd.DataFrame:
    counts = [np.array([first, *[0] * 7], dtype=np.int32) if last else c for c, last in
              zip(trace["mode_counts"], _last(trace), strict=True)]  # fmt: skip
    return trace.assign(mode_counts=counts)


def test_losses_may_be_anything_once_a_run_diverged(folder: Path) -> None:
    edit_parquet(folder / TRACE, lambda trace: trace.assign(loss_D=trace["loss_D"].mask(_last(trace), np.inf)))
    edit_json(folder / RECORD, lambda run: run["status"][1].update(status="diverged", step=17))
    assert not findings(check, folder)


def test_a_trace_of_other_modes(folder: Path) -> None:
    edit_parquet(folder / TRACE, lambda trace: trace.assign(mode_counts=[np.zeros(9, np.int32)] * len(trace)))
    assert findings(check, folder) == [(TRACE, "mode_counts")]


def _set(folder: Path, measure: str, value: float, column: str = "value") -> None:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        own = (rows["variant"] == "veegan") & (rows["seed"] == 1) & (rows["step"] == 20) & (rows["measure"] == measure)
        assert own.sum() == 1
        return rows.assign(**{column: rows[column].mask(own, value)})

    edit_parquet(folder / MEASURES, change)


@pytest.mark.parametrize(
    ("measure", "value"),
    [("n_nonfinite", -1.0), ("diverged", 2.0), ("full_coverage_share", 1.1), ("grad_norm_D", -0.1)],
)
def test_a_value_out_of_its_range(folder: Path, measure: str, value: float) -> None:
    _set(folder, measure, value)
    assert findings(check, folder) == [(MEASURES, f"{PLACE}, {measure}")]


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"modes": 9.0, "high_quality_percent": 99.0, "reverse_kl": 0.0}, ["is not in 0 to 8"]),
        ({"modes": 7.5, "high_quality_percent": 99.0, "reverse_kl": 0.2}, ["no whole number"]),
        ({"modes": 8.0, "high_quality_percent": 101.0, "reverse_kl": 0.2}, ["is not in 0 to 100"]),
        ({"modes": 8.0, "high_quality_percent": 99.0, "reverse_kl": 2.2}, ["is not in 0 to 2.07944"]),
        ({"modes": 8.0, "high_quality_percent": 99.0, "reverse_kl": -0.1}, ["is not in 0", "too small"]),
        ({"modes": 8.0, "high_quality_percent": 0.28, "reverse_kl": 0.0}, ["8 modes in 0.28 % of 2500"]),
        ({"modes": 4.0, "high_quality_percent": 99.0, "reverse_kl": 0.6}, ["too small for 4 modes"]),
        ({"modes": 0.0, "high_quality_percent": 99.0, "reverse_kl": math.log(8)}, ["no mode"]),
        ({"modes": 0.0, "high_quality_percent": 0.0, "reverse_kl": 1.0}, ["too small for 0 modes"]),
        ({"modes": 4.0, "high_quality_percent": 99.0, "reverse_kl": math.log(2)}, []),
    ],
)
def test_numbers_that_contradict_each_other(folder: Path, values: dict[str, float], problems: list[str]) -> None:
    for measure, value in values.items():
        _set(folder, measure, value)
    found = check(Bundle(folder)).findings
    assert len(found) == len(problems)
    for finding, problem in zip(found, problems, strict=True):
        assert finding.file == MEASURES
        assert finding.where.startswith(PLACE)
        assert problem in finding.problem


def test_a_row_of_another_number_of_samples(folder: Path) -> None:
    _set(folder, "diverged", 100, column="n")
    assert findings(check, folder) == [(MEASURES, f"{PLACE}, diverged")]


@pytest.mark.parametrize(
    ("table", "column", "text"),
    [
        ("summary.csv", "lower", "1000"),
        ("summary.csv", "upper", "-1"),
        ("summary.csv", "min", "1000"),
        ("summary.csv", "max", "-1"),
        ("summary.csv", "n_diverged", "100"),
        ("summary.csv", "sd", "-1"),
        ("pairs.csv", "p", "1.5"),
        ("pairs.csv", "superiority_lower", "0.99"),
        ("pairs.csv", "difference_lower", "1000"),
        ("pairs.csv", "n_first", "0"),
        ("baseline.csv", "p", "-0.1"),
        ("ranks.csv", "best_share", "1.1"),
        ("ranks.csv", "rank_low", "9"),
        ("coverage_times.csv", "reached", "5"),
        ("verdicts.csv", "lower", "1e9"),
    ],
)
def test_a_csv_that_cannot_be(folder: Path, table: str, column: str, text: str) -> None:
    rows = pd.read_csv(folder / "tables" / table)
    line = 2 + int(np.flatnonzero(rows[column].notna())[0])
    edit_csv(folder / "tables" / table, line, column, text)
    found = findings(check, folder)
    assert found
    assert {(file, where.split(",")[0]) for file, where in found} == {(f"tables/{table}", f"line {line}")}


@pytest.mark.parametrize("file", [RECORD, TRACE, MEASURES, "tables/summary.csv", "tables/cells.parquet"])
def test_damaged_files_are_left_to_the_schema(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"\x00")
    assert not findings(check, folder)
