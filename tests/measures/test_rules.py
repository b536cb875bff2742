"""A data set's further rule: from the samples through the trace to rows and the summary, and nowhere else."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from blocks import make_dataset
from made_up_training import run_folder

from modecollapse import datasets
from modecollapse.errors import StudyError
from modecollapse.measures.measuring import measure_block
from modecollapse.study.catalogue import declarations
from modecollapse.training.trace import Trace, counts_column

USUAL = {"modes", "high_quality_percent", "reverse_kl"}
SHELL = {"modes_shell", "high_quality_percent_shell"}
NAME, N = "gaussians-1200d", 300
DATA = make_dataset(NAME)


def shrunken() -> np.ndarray:
    """(N, 1200) float16: the first mode with little noise, accepted by the published rule alone."""
    noise = np.pad(0.2 * np.random.default_rng(0).standard_normal((N, 700)), ((0, 0), (0, 500)))
    return (noise - 1).astype(np.float16)


def oracle() -> np.ndarray:
    return DATA.oracle(N, np.random.default_rng(0)).astype(np.float16)


def make_trace() -> Trace:
    """Seed 3 ends with shrunken samples and seed 8 with the oracle's; at step 0 it is the other way round."""
    trace = Trace()
    for step, points in ((0, (oracle(), shrunken())), (7, (shrunken(), oracle()))):
        counts = [datasets.count_modes(of_seed, DATA) for of_seed in points]
        trace.add(step, [3, 8], counts, N, np.zeros(2), {"loss_D": np.array([0.5, 1.0])} if step else {})
    return trace


def make_run(folder: Path) -> Path:
    return run_folder(folder, [3, 8], make_trace(), np.stack([shrunken(), oracle()]), dataset=NAME, steps=7)


@pytest.mark.parametrize("name", ["ring", "grid", NAME])  # others need files, or train a classifier
def test_a_data_set_declares_the_rules_it_has(name: str) -> None:
    assert datasets.rules(make_dataset(name)) == (None, *declarations("datasets", name).get("RULES", ()))


def test_a_block_has_rows_of_both_rules_at_every_step(tmp_path: Path) -> None:
    table = measure_block(make_run(tmp_path), DATA, [*USUAL, *SHELL])
    values = table.set_index(["seed", "step", "measure"])["value"].sort_index()
    assert set(table["measure"]) >= USUAL | SHELL | {"n_nonfinite", "loss_D"}
    measures = ["modes", "modes_shell", "high_quality_percent", "high_quality_percent_shell"]
    of_shrunken, of_oracle = [1, 0, 100, 0], [0, 10, 0, pytest.approx(99, abs=2)]
    for seed, step in ((3, 7), (8, 0), (3, 0), (8, 7)):
        assert values[seed, step][measures].tolist() == (of_shrunken if (seed, step) in ((3, 7), (8, 0)) else of_oracle)


def test_the_samples_must_repeat_the_counts_of_every_rule(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    samples = np.load(folder / "samples.npy")
    samples[1, :20] = 0.0  # on the shell none of them is, and nothing else of this seed changes
    samples[1, :20, 0] = 60.0
    np.save(folder / "samples.npy", samples)
    with pytest.raises(StudyError, match="samples of seed 8 are not those"):
        measure_block(folder, DATA, ["modes"])


def test_a_trace_keeps_the_counts_of_every_rule_through_a_checkpoint() -> None:
    trace, more = make_trace(), datasets.count_modes(oracle(), DATA)
    copy = Trace.from_bytes(trace.to_bytes())
    for each in (trace, copy):
        each.add(9, [3, 8], [more, more], N, np.zeros(2), {"loss_D": np.array([0.5, 1.0])})
    assert copy.to_bytes() == trace.to_bytes()
    table = pd.read_parquet(io.BytesIO(copy.to_bytes()))
    for rule, counts in more.items():
        assert table[counts_column(rule)].iloc[-1].tolist() == counts.tolist()
