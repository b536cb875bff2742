"""Generators made again: step 0 of the traces, the stored samples and the trace's end, of a study really trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audited_study import BLOCK, copy_of, findings, finished
from safetensors.numpy import load_file, save_file

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.generators import check

TRACE, SAMPLES, WEIGHTS = (f"runs/{BLOCK}/{name}" for name in ("trace.parquet", "samples.npy", "weights.safetensors"))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory)


@pytest.fixture
def folder(study: Path, tmp_path: Path) -> Path:
    return copy_of(study, tmp_path)


def retrace(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    table = pq.read_table(folder / TRACE)
    changed = pa.Table.from_pandas(change(table.to_pandas()), schema=table.schema, preserve_index=False)
    pq.write_table(changed, folder / TRACE)


def test_an_honest_study(study: Path) -> None:
    result = check(Bundle(study))
    assert (result.findings, result.left_open) == ([], [])
    # of 8 runs: mean and counts at step 0 and at the end, and the samples; of 4 blocks the networks
    assert result.looked_at == 8 * (2 * 2 + 1) + 4


def test_step_zero_of_another_seed(folder: Path) -> None:
    retrace(folder, lambda t: t.assign(seed=t["seed"].map({0: 1, 1: 0})))
    told = set(findings(check, folder))
    assert {(TRACE, "seed 0"), (TRACE, "seed 1")} == told


def test_the_end_of_a_trace_is_that_of_the_samples(folder: Path) -> None:
    def better(trace: pd.DataFrame) -> pd.DataFrame:
        for at in trace.index[(trace["step"] == trace["step"].max()) & (trace["seed"] == 1)]:
            trace.at[at, "mode_counts"] = np.full(8, 300)
        return trace

    retrace(folder, better)
    assert findings(check, folder) == [(TRACE, "seed 1")]


def test_samples_that_the_weights_do_not_make(folder: Path) -> None:
    samples = np.load(folder / SAMPLES)
    samples[0, :1] += 0.01
    np.save(folder / SAMPLES, samples)
    assert findings(check, folder) == [(SAMPLES, "seed 0")]


@pytest.mark.parametrize("change", ["a network more", "a network less", "a seed less"])
def test_weights_of_other_networks(folder: Path, change: str) -> None:
    weights = load_file(folder / WEIGHTS)
    if change == "a network more":
        weights["E.body.0.weight"] = np.zeros(3, dtype=np.float32)
    elif change == "a network less":
        weights = {name: value for name, value in weights.items() if not name.startswith("F.")}
    else:
        weights = {name: value[:1].copy() for name, value in weights.items()}
    save_file(weights, folder / WEIGHTS)
    assert findings(check, folder) == [(WEIGHTS, "")]


def test_withheld_data_are_made_again(folder: Path) -> None:
    (folder / "data" / "ring.npz").unlink()
    (folder / "withheld.json").write_text(json.dumps({"data/ring.npz": 10**9}))
    result = check(Bundle(folder))
    assert (result.findings, result.left_open) == ([], [])


@pytest.mark.parametrize("withheld", [[WEIGHTS], [WEIGHTS, SAMPLES]])
def test_withheld_weights_leave_open_what_made_the_samples(folder: Path, withheld: list[str]) -> None:
    for file in withheld:
        (folder / file).unlink()
    (folder / "withheld.json").write_text(json.dumps(dict.fromkeys(withheld, 10**6)))
    result = check(Bundle(folder))
    assert not result.findings
    assert [line.partition(":")[0] for line in result.left_open] == [WEIGHTS]


def test_withheld_samples_are_made_again_and_counted(folder: Path) -> None:
    (folder / SAMPLES).unlink()
    (folder / "withheld.json").write_text(json.dumps({SAMPLES: 10**6}))
    assert findings(check, folder) == []
    weights = load_file(folder / WEIGHTS)
    save_file({name: np.zeros_like(value) for name, value in weights.items()}, folder / WEIGHTS)
    assert {file for file, _ in findings(check, folder)} == {TRACE}


def test_damage_is_a_finding(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(b"\x00" * 100)
    assert findings(check, folder) == [(f"runs/{BLOCK}", "")]
