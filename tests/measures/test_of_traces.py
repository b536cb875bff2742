"""Convergence measures of run folders: rows of the tidy table, and what the seeds of a cell show together."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modecollapse import datasets
from modecollapse.measures.of_traces import CELL_COLUMNS, cell_table, convergence_rows
from modecollapse.measures.table import COLUMNS
from modecollapse.study.catalogue import options_model
from modecollapse.training.trace import Trace

N, STEPS = 100, 40
HASH = "ab" * 32


def loaded(family: str) -> datasets.Dataset:
    options = options_model("datasets", family)().model_dump()
    return datasets.load(family, io.BytesIO(datasets.to_bytes(datasets.create(family, options, 0))))


RING, WIDE = loaded("ring"), loaded("gaussians-1200d")


def make_run(folder: Path, seeds: list[int], captured: list[int], options: dict | None = None) -> Path:
    """A run folder in which the i-th seed has `captured[i]` modes at each of four evaluations, and falling losses."""
    folder.mkdir(parents=True)
    trace = Trace()
    for step in range(0, STEPS + 1, 10):
        counts = [{None: np.where(np.arange(8) < k, N // max(k, 1), 0)} for k in captured]
        scalars = {"loss_D": 1.0, "mean_loss_D": 1 / (step + 1), "grad_norm_G": 2.0}
        of_seeds = {name: np.full(len(seeds), value) for name, value in scalars.items()}
        trace.add(step, seeds, counts, N, np.zeros(len(seeds)), of_seeds if step else {})
    run = {"experiment": "e", "dataset": "ring", "variant": "v", "config_hash": HASH, "seeds": seeds, "steps": STEPS}
    run["status"] = [{"seed": seed, "status": "ok", "step": None} for seed in seeds]
    run["block"] = {"cell": {"variant": {"options": options or {}}}}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "trace.parquet").write_bytes(trace.to_bytes())
    return folder


def rows(folder: Path) -> list[dict]:

    run = json.loads((folder / "run.json").read_text())
    return list(convergence_rows(run, pd.read_parquet(folder / "trace.parquet"), RING))


def test_rows_fit_into_the_tidy_table_and_have_values(tmp_path: Path) -> None:
    found = rows(make_run(tmp_path / "run", [3, 8], [8, 2]))
    assert all(set(row) == set(COLUMNS) - {"device"} for row in found)
    assert all(np.isfinite(row["value"]) for row in found)
    assert {row["step"] for row in found} == {STEPS}
    assert {row["n"] for row in found} == {N}


def test_full_coverage_is_reached_at_once_or_never(tmp_path: Path) -> None:
    found = {(row["seed"], row["measure"]): row for row in rows(make_run(tmp_path / "run", [3, 8], [8, 2]))}
    assert (found[3, "coverage_time:1"]["value"], found[3, "coverage_time:1"]["status"]) == (0, "ok")
    assert (found[8, "coverage_time:1"]["value"], found[8, "coverage_time:1"]["status"]) == (STEPS, "censored")


def test_the_seeds_of_all_blocks_of_a_cell_are_taken_together(tmp_path: Path) -> None:
    folders = [make_run(tmp_path / "a", [0, 1], [8, 8]), make_run(tmp_path / "b", [2], [1])]
    table = cell_table(folders, RING)
    assert list(table.columns) == CELL_COLUMNS
    assert set(table["seeds"]) == {3}
    values = table.set_index("measure")["value"]
    assert values["collapsed_runs"] == 1
    assert values["auc:loss_D"] == 0.5  # all losses are the same
    assert values["between_variance:modes"] == pytest.approx(np.var([8, 8, 1], ddof=1))


def test_nothing_to_tell_leaves_a_table_with_its_columns(tmp_path: Path) -> None:
    table = cell_table([make_run(tmp_path / "a", [0], [8])], RING)
    assert list(table.columns) == CELL_COLUMNS
    assert not table["value"].isna().any()


def test_where_real_data_fail_the_first_rule_the_repaired_one_is_read(tmp_path: Path) -> None:
    trace = Trace()
    full, empty = np.full(10, 10), np.zeros(10, dtype=int)
    for step in range(0, STEPS + 1, 10):
        trace.add(step, [0], [{None: empty, "shell": full}], N, np.zeros(1), {})

    run = json.loads((make_run(tmp_path / "run", [0], [8]) / "run.json").read_text())
    found = convergence_rows(run, pd.read_parquet(io.BytesIO(trace.to_bytes())), WIDE)
    assert {row["measure"]: row["value"] for row in found}["endpoint:modes"] == 10
