"""The engine against an independent plain loop, and the seeds of a block against each other.

Parity is tested in double precision, so that a wrong formula cannot hide behind rounding.
"""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import RECIPE, BlockTraining, make_block, of_seed
from plain_loop import PlainLoop

from modecollapse import variants
from modecollapse.study import catalogue
from modecollapse.training import arithmetic
from modecollapse.training.draws import initial_networks
from modecollapse.training.engine import Batch, Engine
from modecollapse.variants import Update

VARIANTS = catalogue.names("variants")
SCHEDULES = ("alternating", "simultaneous")
BN = {"normalisation": "batch"}
RMSPROP = {"kind": "rmsprop", "lr": 1e-3, "alpha": 0.9}


def networks(**changed: Any) -> dict[str, Any]:
    """A recipe whose networks have other values than the usual."""
    return {"networks": {role: spec | changed.get(role, {}) for role, spec in RECIPE["networks"].items()}}


MAXOUT = {"activation": "maxout", "pieces": 3}
HALVED = {"optimizer": {"kind": "adam", "lr": 1e-2, "beta1": 0.5}}
# Every variant under every schedule that it may have, and what a recipe may hold besides: (variant, options, recipe)
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    f"{variant} {schedule}": (variant, {}, {"schedule": schedule})
    for variant in VARIANTS
    for schedule in catalogue.declarations("variants", variant).get("REQUIRES", {}).get("schedule", SCHEDULES)
}
CASES |= {
    "batch norm and maxout": (
        *("gan-nonsaturating", {}),
        networks(generator=BN | {"init": {"kind": "normal", "scale": 0.02}}, discriminator=MAXOUT),
    ),
    "batch norm in both": ("lsgan", {}, networks(generator=BN, discriminator=BN | {"init": {"kind": "orthogonal"}})),
    "batch norm in a pack": ("pacgan", {"packing": 3}, networks(generator=BN)),
    "rmsprop": ("wgan", {"n_critic": 3}, {"optimizer": RMSPROP}),
    "an optimizer for each": (
        *("gan-minimax", {}),
        {"optimizers": {"generator": RMSPROP, "discriminator": {"kind": "adam", "lr": 1e-4, "beta1": 0.5}}},
    ),
    "implicit encoder": ("ali", {}, networks(encoder=BN | {"posterior": "implicit"})),
    "bounded encoder": ("ali", {}, networks(encoder={"posterior": "bounded"})),
    "extra noise": ("veegan", {}, {"extra_noise": 1, "prior": "uniform"}),
    "learning rate of began halved": ("began", {"patience": 6}, HALVED),
    "first-order unrolling": ("unrolled", {"gradient": "first-order", "unrolling_steps": 2}, {}),
    "maxout unrolled": ("unrolled", {"unrolling_steps": 2}, networks(discriminator=MAXOUT)),
}


@pytest.fixture(autouse=True, scope="module")
def trainers_arithmetic() -> None:
    arithmetic.configure()


def assert_same_bits(one: Batch, other: Batch) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


cases = pytest.mark.parametrize("case", CASES)


@cases
def test_one_seed_gets_the_weights_the_state_and_the_window_means_of_the_plain_loop(case: str) -> None:
    variant, options, recipe = CASES[case]
    block = make_block(variant, seeds=(4,), options=options, **recipe)
    ours, theirs = BlockTraining(block), BlockTraining(block)
    first = {symbol: networks[0] for symbol, networks in theirs.copies.items()}
    plain = PlainLoop(first, block.cell.training, theirs.objective)

    def draw() -> SimpleNamespace:
        return SimpleNamespace(**{name: value[0] for name, value in theirs.draw().items()})

    ours.run(50)
    shown = [plain.train(draw) for _ in range(50)]
    torch.testing.assert_close(of_seed(ours.engine.weights(), 0), plain.weights(), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(of_seed(ours.engine.variables, 0), plain.state, rtol=1e-9, atol=1e-9, equal_nan=True)
    means = {name: torch.stack([step[name] for step in shown]).mean() for name in shown[0]}
    torch.testing.assert_close(of_seed(ours.engine.window.close(), 0), means, rtol=1e-9, atol=1e-9)


def test_gradients_lie_in_memory_as_their_parameters_do():
    """torch's fused Adam pairs them by address, not by index."""
    training = BlockTraining(make_block("veegan", (0, 1, 2)))
    training.run(1)
    for parameters in training.engine.parameters.values():
        for parameter in parameters.values():
            assert parameter.grad.stride() == parameter.stride()


@cases
def test_every_seed_of_a_block_gets_the_weights_of_its_own_run(case: str) -> None:
    variant, options, recipe = CASES[case]
    seeds = (0, 3, 11)
    block = BlockTraining(make_block(variant, seeds, options=options, **recipe))
    losses = block.run(20)
    means = block.engine.window.close()
    for index, seed in enumerate(seeds):
        alone = BlockTraining(make_block(variant, (seed,), options=options, **recipe))
        its_losses = alone.run(20)
        together = of_seed(block.engine.weights(), index)
        torch.testing.assert_close(together, of_seed(alone.engine.weights(), 0), rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(of_seed(losses, index), of_seed(its_losses, 0), rtol=1e-9, atol=1e-9)
        its_means = of_seed(alone.engine.window.close(), 0)
        torch.testing.assert_close(of_seed(means, index), its_means, rtol=1e-9, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize("seeds", [(5,), (5, 6, 7)])
@pytest.mark.parametrize("dataset", ["ring", "stacked-digits"])
def test_generate_gives_every_seeds_samples_of_the_same_latents(dataset, seeds, monkeypatch):
    monkeypatch.setattr("modecollapse.training.engine.SAMPLING_CHUNK", 4)
    block = make_block(seeds=seeds, dataset=dataset)
    copies = initial_networks(block, {"G": "generator"}, "cpu")
    z = torch.randn(10, 3)
    samples = Engine(deepcopy(copies), block.cell.training, variants.create("gan-minimax", {})).generate(z)
    assert samples.shape == (len(seeds), 10, *block.cell.dataset.shape)
    assert not samples.requires_grad
    for made, network in zip(samples, copies["G"], strict=True):
        torch.testing.assert_close(made, network(z))


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
@pytest.mark.parametrize("steps_before", [0, 7])
@pytest.mark.parametrize("variant", VARIANTS)
def test_restored_engine_goes_on_bit_exactly(variant, steps_before, seeds):
    ours, fresh = (BlockTraining(make_block(variant, seeds), torch.float32) for _ in range(2))
    ours.run(steps_before) if steps_before else None
    state, streams = ours.engine.state(), ours.sampler.state()
    kept = {name: value.clone() for name, value in state.items()}
    ours.run(9)
    assert_same_bits(state, kept)  # a copy, which training does not change
    fresh.run(3)  # whatever it did before is forgotten
    fresh.engine.restore(state)
    fresh.sampler.restore(streams)
    assert_same_bits(fresh.engine.state(), state)
    fresh.run(9)
    assert_same_bits(fresh.engine.state(), ours.engine.state())


@pytest.mark.parametrize("seeds", [(5,), (5, 6)])
@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_reads_memory_that_was_not_written(variant, seeds, monkeypatch):
    """The same bits where torch fills fresh memory with NaN."""
    found = []
    for filled in (False, True):
        monkeypatch.setattr(torch.utils.deterministic, "fill_uninitialized_memory", filled)
        assert not filled or torch.empty(3).isnan().all()
        training = BlockTraining(make_block(variant, seeds), torch.float32)
        training.run(5)
        engine = training.engine
        found.append({"x": engine.generate(torch.ones(9, 3)), **engine.gradient_norms(), **engine.state()})
    assert_same_bits(*found)


@pytest.mark.parametrize("seeds", [(5,), (5, 6, 7)])
@pytest.mark.parametrize("variant", ["gan-minimax", "veegan", "ali"])
def test_gradient_norms_are_those_of_the_last_gradient(variant, seeds):
    training = BlockTraining(make_block(variant, seeds, schedule="simultaneous"))
    training.run(3)
    before = [training.networks(index) for index in range(len(seeds))]
    training.run(1)
    norms = training.engine.gradient_norms()
    assert set(norms) == set(training.objective.networks)
    for index, copies in enumerate(before):
        one = SimpleNamespace(**of_seed(training.batches[-1], index))
        for update in training.objective.updates():
            value = update.loss(copies, one)
            loss = value[0] if isinstance(value, tuple) else value
            for symbol in update.networks:
                gradients = torch.autograd.grad(loss, list(getattr(copies, symbol).parameters()), retain_graph=True)
                expected = torch.cat([g.flatten() for g in gradients]).norm()
                torch.testing.assert_close(norms[symbol][index], expected)


def test_restore_refuses_a_state_that_does_not_fit() -> None:
    engine = BlockTraining(make_block(seeds=(0, 1))).engine
    weight = engine.state()["D.body.0.weight"]
    with pytest.raises(RuntimeError):
        engine.restore(engine.state() | {"D.body.0.weight": weight.flatten()[:9]})
    with pytest.raises(KeyError):
        engine.restore({name: value for name, value in engine.state().items() if name != "D.body.0.weight"})


MOVERS = [(variant, {}) for variant in VARIANTS] + [
    ("veegan", {"generator_loss": "non-saturating", "f_update": "reconstruction+adversarial"}),
    ("veegan", {"pretraining_steps": 1}),
    ("began", {"pretraining_steps": 1}),
    ("ebgan", {"pulling_away": 0.1}),
]


@pytest.mark.parametrize(("variant", "options"), MOVERS)
def test_a_loss_moves_only_the_networks_of_its_update(variant, options):
    training = BlockTraining(make_block(variant, (0, 1), options=options))
    for update in [*training.objective.updates(), *training.objective.pretraining()[1]]:
        before = training.engine.weights()
        training.engine.step([update], training.draw)
        after = training.engine.weights()
        moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
        assert moved == set(update.networks)


def test_updates_that_cannot_be_told_apart_and_losses_that_read_what_is_not_there_are_refused() -> None:
    for schedule, times in (("alternating", (1, 1)), ("simultaneous", (2,))):
        updates = [Update(("G",), lambda n, b: n.G(b.z).mean(), times=number) for number in times]
        with pytest.raises(ValueError, match="cannot be told apart"):
            BlockTraining(make_block(schedule=schedule)).engine.step(updates, dict)
    training = BlockTraining(make_block())
    for loss, name in ((lambda n, b: n.H(b.z).mean(), "H"), (lambda n, b: b.y.mean(), "y")):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}'"):
            training.engine.step([Update(("G",), loss)], training.draw)
