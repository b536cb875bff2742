"""Every variant, run into the ground: the run ends as usual, says when, and takes nobody along."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from blocks import GAMES, RECIPE, make_block, make_dataset, write_data
from safetensors.torch import load_file

from modecollapse.measures.measuring import measure_block
from modecollapse.study.specs import Block
from modecollapse.training import loop
from modecollapse.training.loop import train_block

VARIANTS = GAMES
MEASURES = ["modes", "high_quality_percent", "reverse_kl"]
SEEDS, SICK, STEPS = (2, 5), 5, 5
Spoil = Callable[[torch.nn.Module], None]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "ring.npz")


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def healthy(variant: str, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The block in which all is well, although its learning rate is 10."""
    run = Run(block_of(variant), data, tmp_path_factory.mktemp("healthy"))
    assert [outcome["status"] for outcome in run.status] == ["ok"] * len(SEEDS)
    return run


def block_of(variant: str, lr: float = 10.0, posterior: str = "bounded") -> Block:
    """Few steps, all of them evaluated. The exponential of an encoder that is not bounded overflows by itself."""
    recipe = {"steps": STEPS, "evaluations": STEPS, "batch": 4, "optimizer": {"kind": "adam", "lr": lr, "beta1": 0.5}}
    encoder = RECIPE["networks"]["encoder"] | {"posterior": posterior}
    return make_block(variant, SEEDS, networks=RECIPE["networks"] | {"encoder": encoder}, **recipe)


def larger(network: torch.nn.Module) -> None:
    """So large that what it makes is infinite."""
    with torch.no_grad():
        for p in network.parameters():
            p *= 1e30


class Run:
    """A trained block, and the losses of each of its steps as the engine returned them."""

    def __init__(
        self, block: Block, data: Path, folder: Path, spoil: Spoil | None = None, nan_before: int | None = None
    ) -> None:
        """`spoil` changes G of the sick seed before anything begins; a NaN may enter it before a step."""
        self.losses: list[dict[str, torch.Tensor]] = []
        initial, train = loop.initial_networks, loop.Engine.train

        def spoilt(*arguments: Any) -> dict[str, list[torch.nn.Module]]:
            networks = initial(*arguments)
            if spoil:
                spoil(networks["G"][block.seeds.index(SICK)])
            return networks

        def noted(engine: loop.Engine, draw: Callable) -> dict[str, torch.Tensor]:
            if len(self.losses) + 1 == nan_before:
                with torch.no_grad():
                    next(iter(engine.parameters["G"].values()))[block.seeds.index(SICK)] = float("nan")
            self.losses.append(train(engine, draw))
            return self.losses[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "initial_networks", spoilt)
            patch.setattr(loop.Engine, "train", noted)
            train_block(block, data, folder)
        self.status = json.loads((folder / "run.json").read_text())["status"]
        self.samples = np.load(folder / "samples.npy")
        self.weights = load_file(folder / "weights.safetensors")
        trace = pd.read_parquet(folder / "trace.parquet")
        self.trace = {seed: rows.reset_index(drop=True) for seed, rows in trace.groupby("seed")}
        self.rows = measure_block(folder, make_dataset(), MEASURES)

    def first_bad_step(self, index: int) -> int | None:
        """The first step in which a loss of a seed was not finite."""
        finite = [all(loss[index].isfinite() for loss in losses.values()) for losses in self.losses]
        return finite.index(False) + 1 if False in finite else None


def assert_says_when(run: Run, seed: int) -> int:
    """The record and the tidy rows of a seed name the step of its first loss that is not finite."""
    [outcome] = [outcome for outcome in run.status if outcome["seed"] == seed]
    step = run.first_bad_step(SEEDS.index(seed))
    assert outcome == {"seed": seed, "status": "diverged", "step": step}
    losses = run.trace[seed].filter(like="loss_")[1:]  # of every step: the untrained networks have none
    assert list(losses.index[~np.isfinite(losses).all(axis=1)])[0] == step
    means = run.trace[seed].filter(like="mean_")
    assert means[step:].isna().all(axis=None)
    assert np.isfinite(means[1:step]).all(axis=None)
    rows = run.rows[run.rows["seed"] == seed]
    assert set(rows["step"]) == set(range(STEPS + 1))
    assert set(rows.loc[rows["step"] >= step, "status"]) == {"diverged"}
    assert "diverged" not in set(rows.loc[rows["step"] < step, "status"])
    measured = rows[rows["measure"].isin([*MEASURES, "n_nonfinite"])]
    assert len(measured) == (STEPS + 1) * (len(MEASURES) + 1)
    assert np.isfinite(measured["value"]).all()
    return step


def assert_others_are_untouched(healthy: Run, run: Run) -> None:
    """Weights, samples, traces and rows of the other seeds are those of the block in which all is well."""
    for index, seed in enumerate(SEEDS):
        if seed == SICK:
            assert not np.array_equal(run.samples[index], healthy.samples[index])
            continue
        assert run.status[index] == healthy.status[index]
        assert np.array_equal(run.samples[index], healthy.samples[index], equal_nan=True)
        for name, value in run.weights.items():
            assert torch.equal(value[index], healthy.weights[name][index])
        pd.testing.assert_frame_equal(run.trace[seed], healthy.trace[seed])
        ours, theirs = (r.rows[r.rows["seed"] == seed].reset_index(drop=True) for r in (run, healthy))
        pd.testing.assert_frame_equal(ours, theirs)


def test_a_seed_that_diverges_is_named_with_its_step_and_the_others_keep_their_bits(variant, data, healthy, tmp_path):
    far_out = Run(block_of(variant), data, tmp_path / "far out", spoil=larger)
    on_the_way = Run(block_of(variant), data, tmp_path / "on the way", nan_before=4)
    assert assert_says_when(far_out, SICK) <= 2
    assert assert_says_when(on_the_way, SICK) == 4
    for run in (far_out, on_the_way):
        assert_others_are_untouched(healthy, run)
    before = healthy.trace[SICK]["step"] < 4
    pd.testing.assert_frame_equal(on_the_way.trace[SICK][before], healthy.trace[SICK][before])


def test_a_block_of_which_all_seeds_diverge_by_themselves_ends_as_usual(variant, data, tmp_path):
    run = Run(block_of(variant, lr=1e30), data, tmp_path)
    for seed in SEEDS:
        assert assert_says_when(run, seed) <= 3
        [nonfinite] = run.rows.query("seed == @seed and step == @STEPS and measure == 'n_nonfinite'")["value"]
        assert nonfinite == 2500


def test_a_seed_that_seems_to_recover_has_no_means_from_then_on(data, tmp_path, monkeypatch):
    """Its loss is infinite in the third step alone, so what it shows later is finite again."""
    step, steps = loop.Engine.step, []

    def infinite_once(*arguments: Any) -> tuple[dict[str, torch.Tensor], ...]:
        losses, aux = step(*arguments)
        steps.append(losses["D"])
        if len(steps) == 3:
            losses["D"] = torch.tensor([losses["D"][0], torch.inf])
        return losses, aux

    block = make_block("began", SEEDS, steps=6, evaluations=3)
    train_block(block, data, tmp_path / "healthy")
    monkeypatch.setattr(loop.Engine, "step", infinite_once)
    train_block(block, data, tmp_path / "sick")
    healthy, sick = (
        pd.read_parquet(tmp_path / name / "trace.parquet").filter(regex="seed|step|mean_")
        for name in ("healthy", "sick")
    )
    later = (sick["seed"] == SICK) & (sick["step"] > 2)
    assert sick[later].filter(like="mean_").isna().all(axis=None)
    assert np.isfinite(healthy[later]).all(axis=None)
    pd.testing.assert_frame_equal(sick[~later], healthy[~later])
