"""NaN and infinity are outcomes: the run ends as usual, names the seed and the step, and spares the other seeds.

Every variant is driven out of bounds in tests/training/test_divergence.py. What the measures make of samples that are
not finite, all the same, or all of low quality is tested on them in tests/measures (test_of_samples.py, test_modes.py,
test_of_counts.py); here such samples come from a trained run.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from blocks import make_block, make_dataset
from faults.injected import Fault, infinite_gradient, nan_loss
from faults.outcomes import STEPS, Resumable
from safetensors.torch import load_file

from modecollapse.measures.measuring import measure_block
from modecollapse.training import loop
from modecollapse.training.loop import train_block

MEASURES = ["modes", "high_quality_percent", "reverse_kl"]
BAD_STEP = 8
# an infinite gradient leaves infinite moments behind: the next loss is the first one to show it
FAULTS: dict[str, tuple[Fault, int]] = {
    "NaN loss in one step": (partial(nan_loss, BAD_STEP, 1), BAD_STEP),
    "infinite gradient in one step": (partial(infinite_gradient, BAD_STEP, 1), BAD_STEP + 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_step_out_of_bounds_is_an_outcome_of_its_seed(fault: str, run: Resumable, data: Path) -> None:
    spoil, step = FAULTS[fault]
    run.block = make_block("gan-nonsaturating", seeds=(2, 5), steps=STEPS)
    run.interrupted(spoil, status=0)
    assert run.record["status"] == [
        {"seed": 2, "status": "ok", "step": None},
        {"seed": 5, "status": "diverged", "step": step},
    ]
    healthy = run.undisturbed(run.block)
    ours, theirs = (np.load(folder / "samples.npy") for folder in (run.folder, healthy))
    assert np.array_equal(ours[0], theirs[0])
    assert np.isnan(ours[1]).all()
    ours, theirs = (load_file(folder / "weights.safetensors") for folder in (run.folder, healthy))
    assert all(torch.equal(value[0], theirs[name][0]) for name, value in ours.items())
    ours, theirs = (pd.read_parquet(folder / "trace.parquet").query("seed == 2") for folder in (run.folder, healthy))
    pd.testing.assert_frame_equal(ours, theirs)
    rows = measure_block(run.folder, make_dataset(), MEASURES).query("seed == 5")
    assert set(rows.query("step >= 12")["status"]) == {"diverged"}
    assert np.isfinite(rows.loc[rows["measure"].isin(MEASURES), "value"]).all()


def some_are_not_finite(samples: torch.Tensor, means: torch.Tensor) -> None:
    """All modes in turn, but for 500 samples of 2500."""
    samples[0] = means[torch.arange(samples.shape[1]) % 8]
    samples[0, :300, 0], samples[0, 300:500, 1] = math.nan, -math.inf


def all_the_same(samples: torch.Tensor, means: torch.Tensor) -> None:
    samples[0] = means[3]


def all_far_away(samples: torch.Tensor, means: torch.Tensor) -> None:
    samples[0] += 100


WORST_KL, NO_KL = pytest.approx(math.log(8)), pytest.approx(0, abs=1e-12)
# what is injected: how, the values and statuses of MEASURES, and how many samples are not finite
SAMPLES = {
    "NaN and infinity in some samples": (some_are_not_finite, [(8, "ok"), (80, "ok"), (NO_KL, "ok")], 500),
    "constant generator": (all_the_same, [(1, "ok"), (100, "ok"), (WORST_KL, "ok")], 0),
    "no high-quality sample": (all_far_away, [(0, "ok"), (0, "ok"), (WORST_KL, "undefined")], 0),
}


@pytest.mark.parametrize("case", SAMPLES)
@pytest.mark.filterwarnings("error")
def test_odd_samples_of_a_trained_run_are_measured(case: str, run: Resumable, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil, expected, not_finite = SAMPLES[case]
    healthy = run.undisturbed(run.block)
    generate = loop.Engine.generate

    def spoilt(engine: loop.Engine, z: torch.Tensor) -> torch.Tensor:
        samples = generate(engine, z)
        spoil(samples, torch.tensor(make_dataset().means, dtype=samples.dtype))
        return samples

    monkeypatch.setattr(loop.Engine, "generate", spoilt)
    train_block(run.block, run.data, run.folder)
    assert [outcome["status"] for outcome in run.record["status"]] == ["ok"] * 2
    rows = measure_block(run.folder, make_dataset(), MEASURES).query(f"step == {STEPS}")
    found = {(row.seed, row.measure): (row.value, row.status) for row in rows.itertuples()}
    values = {name: found[2, name] for name in (*MEASURES, "n_nonfinite")}
    assert [values[name] for name in MEASURES] == expected
    assert values["n_nonfinite"] == (not_finite, "ok")
    theirs = measure_block(healthy, make_dataset(), MEASURES).query(f"step == {STEPS} and seed == 5")
    ours = rows.query("seed == 5")
    pd.testing.assert_frame_equal(ours.reset_index(drop=True), theirs.reset_index(drop=True))
