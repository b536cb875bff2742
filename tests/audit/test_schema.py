"""Schema: records and traces with a key, column, type or value that does not belong there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from audited_study import BLOCK, RECORD, edit_json, edit_parquet, findings

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.schema import check

TRACE = f"runs/{BLOCK}/trace.parquet"


def test_a_good_study_has_no_findings(audited: Path) -> None:
    result = check(Bundle(audited))
    assert not result.findings
    assert result.looked_at == 4 + 4  # records, traces


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


def test_a_truncated_trace(folder: Path) -> None:
    path = folder / TRACE
    path.write_bytes(path.read_bytes()[:500])
    assert findings(check, folder) == [(TRACE, "")]
