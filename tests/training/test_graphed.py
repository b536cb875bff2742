"""The captured step on a CPU: a stand-in replays its operations while Python stands still, and they are counted."""

from __future__ import annotations

import pytest
import torch
from blocks import BlockTraining, make_block
from default_config import DEFAULT
from replay import Recorder, recorded

from modecollapse.study import catalogue, plan
from modecollapse.study.load import load_study
from modecollapse.training import arithmetic
from modecollapse.training.graphed import CapturedStep

VARIANTS = catalogue.names("variants")
CASES = {variant: (variant, {}, {}) for variant in VARIANTS}
CASES |= {
    "rmsprop": ("wgan", {}, {"optimizer": {"kind": "rmsprop", "lr": 1e-3, "alpha": 0.9}}),
    "simultaneous": ("veegan", {}, {"schedule": "simultaneous"}),
    "learning rate halved": ("began", {"patience": 4}, {"optimizer": {"kind": "adam", "lr": 1e-2, "beta1": 0.5}}),
}


@pytest.fixture(autouse=True, scope="module")
def trainers_arithmetic() -> None:
    arithmetic.configure()


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("seeds", [(4,), (0, 3)])
@pytest.mark.parametrize("case", CASES)
def test_a_replayed_step_is_the_eager_one_and_all_it_changes_stays_where_it_was(case, seeds):
    variant, options, recipe = CASES[case]
    block = make_block(variant, seeds, options=options, **recipe)
    eager, ours = (BlockTraining(block, torch.float32) for _ in range(2))
    for training in (eager, ours):  # begin after some steps, as after a checkpoint
        for _ in range(3):
            training.engine.train(training.sampler.batch)
    captured = CapturedStep(ours.engine, ours.sampler, recorded)
    assert_same(ours.engine.state(), eager.engine.state())
    for step in range(12):
        assert_same(captured.train(), eager.engine.train(eager.sampler.batch))
        if step in (4, 11):  # an evaluation and a checkpoint
            assert_same(ours.engine.gradient_norms(), eager.engine.gradient_norms())
            assert_same(ours.engine.generate(torch.ones(5, 3)), eager.engine.generate(torch.ones(5, 3)))
            assert_same(ours.engine.window.close(), eager.engine.window.close())
    assert_same(ours.engine.state() | ours.sampler.state(), eager.engine.state() | eager.sampler.state())
    assert ours.engine.steps.item() == 15


def test_a_replayed_step_notes_the_step_of_a_divergence():
    training = BlockTraining(make_block(seeds=(0, 1)), torch.float32)
    captured = CapturedStep(training.engine, training.sampler, recorded)
    for step in range(5):
        if step == 3:
            with torch.no_grad():
                training.engine.parameters["G"]["body.0.weight"][1] = torch.nan
        captured.train()
    assert training.engine.diverged_at.tolist() == [-1, 4]


# On the ring of the default study: of every variant about what it needs, of four what a GPU study was planned with.
MOST = {"gan-nonsaturating": 170, "veegan": 220, "wgan-gp": 900, "unrolled": 2150}
CELLS = {cell.path: cell for cell in plan.cells(load_study([DEFAULT])) if cell.dataset.name == "ring"}


@pytest.mark.parametrize("path", CELLS)
def test_a_step_of_thirty_seeds_has_few_operations_and_never_waits_for_the_host(path):
    training = BlockTraining(plan.Block(cell=CELLS[path], seeds=list(range(30))), torch.float32)
    training.engine.train(training.sampler.batch)
    batches = [training.sampler.batch() for _ in range(12)]
    with Recorder() as recorder:
        training.engine.train(iter(batches).__next__)
    assert recorder.synchronising == []
    assert len(recorder.operations) <= MOST.get(CELLS[path].variant.objective, 900)
