"""Schema: records and tables with a key, column, type or value that does not belong there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audited_study import BLOCK, MEASURES, RECORD, copy_of, edit_csv, edit_json, edit_parquet, findings, finished

from modecollapse.audit import table_model
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.schema import check

TRACE = f"runs/{BLOCK}/trace.parquet"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory)


@pytest.fixture
def folder(study: Path, tmp_path: Path) -> Path:
    return copy_of(study, tmp_path)


def test_a_good_study_has_no_findings(study: Path) -> None:
    result = check(Bundle(study))
    assert not result.findings
    assert result.looked_at == 4 + 4 + 2 + 21  # records, traces, Parquet tables, CSVs
    assert len({*table_model.TABLES, *table_model.PRINTED}) == 21 == len(list(study.glob("tables/*.csv")))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("steps", "20"),
        ("steps", True),
        ("steps", 0),
        ("threads", 1.5),
        ("wall_seconds", -1.0),
        ("config_hash", "abc"),
        ("code", None),
        ("commit", "HEAD"),
        ("started", "yesterday"),
        ("ended", "2026-11-22T16:04:18"),
        ("incidents", None),
        ("declared", {"values": 1}),
        ("flags", {}),
        ("gpu", {"name": "some GPU"}),
    ],
)
def test_a_value_that_cannot_be(folder: Path, key: str, value: Any) -> None:
    edit_json(folder / RECORD, lambda run: run.update({key: value}))
    found = findings(check, folder)
    assert found
    assert all(file == RECORD and where.split(".")[0] == key for file, where in found)


def test_keys_that_are_missing_or_unknown(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run.update(best_seed=3, streams=run["streams"]))
    edit_json(folder / RECORD, lambda run: run.pop("declared"))
    assert set(findings(check, folder)) == {(RECORD, "best_seed"), (RECORD, "declared")}


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run["status"][0].update(step=3),
        lambda run: run["status"][0].update(status="diverged"),
        lambda run: run["status"][0].update(status="failed"),
    ],
)
def test_a_status_that_contradicts_itself(folder: Path, change: Any) -> None:
    edit_json(folder / RECORD, change)
    assert [where.split(".")[:2] for _, where in findings(check, folder)] == [["status", "0"]]


def test_a_status_of_other_seeds(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run["status"].pop())
    assert findings(check, folder) == [(RECORD, "")]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"seeds": [0], "seeds": [1]}', "[" * 5000, '{"steps": NaN}'])
def test_what_is_no_record(folder: Path, text: str) -> None:
    (folder / RECORD).write_text(text, encoding="utf-8")
    assert {file for file, _ in findings(check, folder)} == {RECORD}


@pytest.mark.parametrize(
    "change",
    [
        lambda trace: trace.drop(columns="n"),
        lambda trace: trace.assign(note=1.0),
        lambda trace: trace.assign(step=trace["step"].astype(float)),
        lambda trace: trace.assign(loss_D="low"),
        lambda trace: trace.assign(mode_counts=[[1, 2]] + [[1]] * (len(trace) - 1)),
        lambda trace: trace.assign(seed=trace["seed"].where(trace["step"] > 0)),
    ],
)
def test_a_trace_with_other_columns(folder: Path, change: Any) -> None:
    edit_parquet(folder / TRACE, change)
    assert findings(check, folder) == [(TRACE, "")]


@pytest.mark.parametrize("file", [TRACE, MEASURES, "tables/cells.parquet"])
def test_a_truncated_table(folder: Path, file: str) -> None:
    path = folder / file
    path.write_bytes(path.read_bytes()[:500])
    assert findings(check, folder) == [(file, "")]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda rows: rows.drop(columns="device"), ""),
        (lambda rows: rows[sorted(rows.columns)], ""),
        (lambda rows: rows.assign(extra=1), ""),
        (lambda rows: rows.assign(value=rows["value"].astype(str)), "value"),
        (lambda rows: rows.assign(seed=rows["seed"].astype(float)), "seed"),
        (lambda rows: rows.assign(value=rows["value"].mask(rows["step"] == 20)), "value"),
        (lambda rows: rows.assign(device=rows["device"].mask(rows["device"] == "")), "device"),
    ],
)
def test_a_tidy_table_of_other_types(folder: Path, change: Any, where: str) -> None:
    edit_parquet(folder / MEASURES, change)
    assert findings(check, folder) == [(MEASURES, where)]


def test_a_table_with_a_column_twice(folder: Path) -> None:
    table = pq.read_table(folder / MEASURES)
    pq.write_table(pa.table([*table.columns, table["value"]], [*table.column_names, "value"]), folder / MEASURES)
    assert findings(check, folder) == [(MEASURES, "")]


def test_an_infinite_value_of_a_run_that_did_not_diverge(folder: Path) -> None:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        own = (rows["variant"] == "veegan") & (rows["seed"] == 2) & (rows["step"] == 8) & (rows["measure"] == "loss_D")
        return rows.assign(value=rows["value"].mask(own, float("inf")))

    edit_parquet(folder / MEASURES, change)
    assert findings(check, folder) == [(MEASURES, "matched/ring/veegan, seed 2, step 8, loss_D")]


@pytest.mark.parametrize(
    ("table", "column", "text"),
    [
        ("summary.csv", "mean", "much"),
        ("summary.csv", "mean", ""),
        ("summary.csv", "mean", "inf"),
        ("summary.csv", "n", "2.5"),
        ("summary.csv", "measure", ""),
        ("pairs.csv", "meaningful", "maybe"),
        ("pairs.csv", "p", "nan"),
        ("verdicts.csv", "registry", ""),
    ],
)
def test_a_value_of_a_csv_that_is_not_of_its_kind(folder: Path, table: str, column: str, text: str) -> None:
    edit_csv(folder / "tables" / table, 3, column, text)
    assert findings(check, folder) == [(f"tables/{table}", f"line 3, {column}")]


@pytest.mark.parametrize("name", ["summary.csv", "table1.csv"])
@pytest.mark.parametrize("text", [None, b"", b"\xff\xfe", b"a,b\n1,2\n", b"a\n1,2\n1\n"])
def test_what_is_no_table(folder: Path, name: str, text: bytes | None) -> None:
    path = folder / "tables" / name
    path.unlink() if text is None else path.write_bytes(text)
    assert findings(check, folder) == [(f"tables/{name}", "")]


def test_a_row_with_too_few_values(folder: Path) -> None:
    path = folder / "tables" / "summary.csv"
    path.write_text(path.read_text(encoding="utf-8") + "matched,ring\n", encoding="utf-8")
    assert findings(check, folder) == [("tables/summary.csv", "")]
