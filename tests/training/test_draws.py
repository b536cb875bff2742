"""Keyed randomness: no two streams are alike, and the global generator is not touched.

That a seed draws the same in any block, and that restored streams go on, is tested with the engine.
"""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from blocks import make_block, make_dataset

from modecollapse.study.specs import Block
from modecollapse.training.draws import BatchSampler, evaluation_latents, initial_networks

ROLES = {"D": "discriminator", "G": "generator"}
EPS = {"eps": "normal"}


def draws(block: Block, noise: dict[str, str] | None = None, together: int | None = None) -> BatchSampler:
    return BatchSampler(block, make_dataset(block.cell.dataset.name), noise or {}, "cpu", together=together)


def weights(block: Block, index: int) -> torch.Tensor:
    networks = initial_networks(block, ROLES, "cpu")
    return torch.cat([p.detach().flatten() for symbol in ROLES for p in networks[symbol][index].parameters()])


def test_batches_have_the_recipes_sizes_and_change_from_draw_to_draw():
    stream = draws(make_block(seeds=(0, 1), batch=6, latent=4), EPS)
    first, second = stream.batch(), stream.batch()
    shapes = {name: tuple(value.shape) for name, value in first.items()}
    assert shapes == {"x": (2, 6, 2), "z": (2, 6, 4), "eps": (2, 6, 4)}
    assert all(not torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["z"], first["eps"])
    assert torch.equal(
        draws(make_block(), EPS).batch()["x"], draws(make_block()).batch()["x"]
    )  # whatever else is drawn


NOISE = {"eps": "normal", "epsilon": "uniform", "z_D": "prior"}


@pytest.mark.parametrize("prior", ["normal", "uniform"])
@pytest.mark.parametrize(("batch", "latent"), [(100, 2), (500, 255), (16, 1), (3, 1)])
def test_however_many_batches_are_drawn_together_they_are_the_same(batch: int, latent: int, prior: str) -> None:
    block = make_block(seeds=(0, 7), batch=batch, latent=latent, prior=prior)
    samplers = [draws(block, NOISE, together) for together in (1, 3, 64, None)]
    for _ in range(7):
        first, *others = [sampler.batch() for sampler in samplers]
        assert all(torch.equal(first[name], other[name]) for other in others for name in first)


@pytest.mark.parametrize("used", [0, 1, 3, 4])
def test_a_restored_sampler_goes_on_within_what_was_drawn_together(used: int) -> None:
    block = make_block(seeds=(0, 7), batch=100)
    ours, fresh = draws(block, NOISE, 3), draws(block, NOISE, 64)
    fresh.batch()
    for _ in range(used):
        ours.batch()
    fresh.restore(ours.state())
    for _ in range(5):
        one, other = ours.batch(), fresh.batch()
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_few_large_batches_and_many_small_ones_are_drawn_together() -> None:
    assert draws(make_block(batch=100_000, latent=100)).together == 1
    assert draws(make_block()).together == 64


DIFFERENT = {
    "reference": make_block(),
    "seed": make_block(seeds=(1,)),
    "variant": make_block("gan-minimax"),
    "data set": make_block(dataset="grid"),
    "root seed": make_block(root_seed=8),
}


@pytest.mark.parametrize("pair", list(combinations(DIFFERENT, 2)), ids=" and ".join)
def test_streams_differ_between_seeds_variants_data_sets_and_roots(pair):
    one, other = (DIFFERENT[name] for name in pair)
    assert not torch.isclose(weights(one, 0), weights(other, 0)).any()
    first, second = draws(one).batch(), draws(other).batch()
    assert not torch.isclose(first["z"], second["z"]).all()
    assert not torch.isclose(first["x"], second["x"]).all()


def test_networks_of_one_role_start_apart():
    networks = initial_networks(make_block(), {"A": "generator", "B": "generator"}, "cpu")
    assert not torch.equal(next(networks["A"][0].parameters()), next(networks["B"][0].parameters()))


def test_evaluation_latents_are_shared_by_variants_and_seeds_and_nothing_else():
    latents = evaluation_latents(DIFFERENT["reference"], "cpu")
    assert latents.shape == (2500, 3)
    for name, block in DIFFERENT.items():
        assert torch.equal(latents, evaluation_latents(block, "cpu")) == (name not in ("data set", "root seed"))


def test_nothing_touches_or_reads_the_global_generator():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first = weights(make_block(), 0)
    evaluation_latents(make_block(), "cpu")
    draws(make_block()).batch()
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(weights(make_block(), 0), first)


def test_uniform_noise_is_one_number_an_item_on_0_to_1():
    epsilon = draws(make_block(seeds=(0, 1), batch=4000), {"epsilon": "uniform"}).batch()["epsilon"]
    assert epsilon.shape == (2, 4000)
    assert ((epsilon >= 0) & (epsilon < 1)).all()
    assert (epsilon.mean(1) - 1 / 2).abs().max() < 4 * (1 / 12 / 4000) ** 0.5
    assert (epsilon.square().mean(1) - 1 / 3).abs().max() < 4 * (4 / 45 / 4000) ** 0.5
    assert not torch.equal(epsilon[0], epsilon[1])
