"""Generators made again: step 0 of the traces, the stored samples and the trace's end, of a study really trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audited_study import BLOCK, findings
from safetensors.numpy import load_file, save_file

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.generators import check

TRACE, SAMPLES, WEIGHTS = (f"runs/{BLOCK}/{name}" for name in ("trace.parquet", "samples.npy", "weights.safetensors"))
SNAPSHOTS, DATA = f"runs/{BLOCK}/snapshots.npy", "data/ring.npz"


def retrace(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    """A change of a trace that keeps its types."""

    def apply(folder: Path) -> None:
        table = pq.read_table(folder / TRACE)
        changed = pa.Table.from_pandas(change(table.to_pandas()), schema=table.schema, preserve_index=False)
        pq.write_table(changed, folder / TRACE)

    return apply


def reweigh(change: Callable[[dict[str, np.ndarray]], dict[str, Any]]) -> Callable[[Path], None]:
    """A change of the weights."""
    return lambda folder: save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS)


def better_end(trace: pd.DataFrame) -> pd.DataFrame:
    for at in trace.index[(trace["step"] == trace["step"].max()) & (trace["seed"] == 1)]:
        trace.at[at, "mode_counts"] = np.full(8, 300)
    return trace


def moved(file: str, *index: int) -> Callable[[Path], None]:
    """A change of one of the samples in a file."""

    def apply(folder: Path) -> None:
        samples = np.load(folder / file)
        samples[index] += 0.01
        np.save(folder / file, samples)

    return apply


CHANGES: dict[str, tuple[Callable[[Path], Any], set[tuple[str, str]]]] = {
    "step 0 of another seed": (
        retrace(lambda t: t.assign(seed=t["seed"].map({0: 1, 1: 0}))),
        {(TRACE, "seed 0"), (TRACE, "seed 1")},
    ),
    "a better end of a trace": (retrace(better_end), {(TRACE, "seed 1")}),
    "samples that the weights do not make": (moved(SAMPLES, 0, 999), {(SAMPLES, "seed 0")}),
    "a first snapshot of another generator": (moved(SNAPSHOTS, 1, 0, 9), {(SNAPSHOTS, "step 0")}),
    "a last snapshot of other samples": (moved(SNAPSHOTS, 1, -1, 9), {(SNAPSHOTS, "step 20")}),
    "snapshots of a seed less": (lambda f: np.save(f / SNAPSHOTS, np.load(f / SNAPSHOTS)[:1]), {(SNAPSHOTS, "")}),
    "a network more": (reweigh(lambda w: w | {"E.body.0.weight": np.zeros(3, dtype=np.float32)}), {(WEIGHTS, "")}),
    "a network less": (reweigh(lambda w: {k: v for k, v in w.items() if not k.startswith("F.")}), {(WEIGHTS, "")}),
    "a seed less": (reweigh(lambda w: {k: v[:1].copy() for k, v in w.items()}), {(WEIGHTS, "")}),
    "damage": (lambda f: (f / WEIGHTS).write_bytes(b"\x00" * 100), {(f"runs/{BLOCK}", "")}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_where_it_was_made(folder: Path, name: str) -> None:
    change, places = CHANGES[name]
    change(folder)
    assert set(findings(check, folder)) == places


def test_an_honest_study(audited: Path) -> None:
    result = check(Bundle(audited))
    assert (result.findings, result.left_open) == ([], [])
    # of 8 runs: mean and counts at step 0 and at the end, and the samples; of 4 blocks the networks and snapshots
    assert result.looked_at == 8 * (2 * 2 + 1) + 4 * (1 + 3)
    assert np.nextafter(0, 1) > 0  # what the process computes afterwards has denormal numbers


@pytest.mark.parametrize(
    ("withheld", "left_open"),
    [
        ([DATA], []),
        ([WEIGHTS], [WEIGHTS]),
        ([WEIGHTS, SAMPLES], [WEIGHTS]),
        ([SNAPSHOTS], [SNAPSHOTS]),
        ([SAMPLES], []),
    ],
)
def test_withheld_data_and_samples_are_made_again_and_withheld_weights_leave_open_what_made_the_samples(
    folder: Path, withheld: list[str], left_open: list[str]
) -> None:
    for file in withheld:
        (folder / file).unlink()
    (folder / "withheld.json").write_text(json.dumps(dict.fromkeys(withheld, 10**6)))
    result = check(Bundle(folder))
    assert (result.findings, [line.partition(":")[0] for line in result.left_open]) == ([], left_open)
    if withheld == [SAMPLES]:  # the samples that the weights make are counted
        reweigh(lambda weights: {name: np.zeros_like(value) for name, value in weights.items()})(folder)
        assert {file for file, _ in findings(check, folder)} == {TRACE}
