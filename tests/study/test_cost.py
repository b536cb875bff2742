"""Estimates grow with what is computed; blocks and time limits follow from them."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from blocks import RECIPE, make_block
from default_config import DEFAULT, SHIPPED
from torch import nn

from modecollapse import networks as built
from modecollapse.study import catalogue, cost, plan
from modecollapse.study.cost import FLOPS_PER_SECOND, LONGEST_SECONDS, block_seconds, block_size, time_limit
from modecollapse.study.load import load_study

SEEDS = list(range(30))
HOUR = 3600


def seconds(**overrides: int) -> float:
    study = load_study([DEFAULT], {"datasets": ["ring"], "seeds": 1, **overrides})
    return block_seconds(plan.blocks(study, plan.cells(study)[0])[0])


def test_the_cost_is_proportional_to_steps_and_seeds() -> None:
    assert seconds(steps=200) == pytest.approx(2 * seconds(steps=100))
    assert seconds(seeds=4) == pytest.approx(4 * seconds(seeds=1))


@pytest.mark.parametrize(
    ("variant", "option", "passes"),
    [("wgan", "n_critic", 1), ("wgan-gp", "n_critic", 2), ("unrolled", "unrolling_steps", 4)],
)
def test_repeated_work_of_the_discriminator_is_counted(variant: str, option: str, passes: int) -> None:
    narrow = {"experiments": {"matched": {"recipes": {"points": {"latent": 2}}}}}  # as wide as the data
    once, often = (
        seconds(variants=[variant], definitions={"variants": {variant: {"options": {option: count}}}}, **narrow)
        for count in (1, 7)
    )
    usual = seconds(variants=["gan-minimax"], **narrow)
    networks = load_study([DEFAULT]).experiments["matched"].recipes["points"].networks
    assert networks.generator == networks.discriminator  # so that D has nearly half of the weights
    assert (often - once) / usual == pytest.approx(6 * passes / 2, rel=0.02)


GENERATOR = {"channels": [4, 3], "kernel": 3, "dense": [6], "activation": "relu"}
CRITIC = {"channels": [3, 4], "kernel": 3, "dense": [7], "activation": "leaky-relu"}
SHAPE = (3, 8, 8)


def multiplications(variant: str, **changes: Any) -> float:
    """Those of all networks of a variant for one item of SHAPE, as the cost has them."""
    block = make_block(variant, (0,), "stacked-digits", {}, **recipe(**changes))
    training = block.cell.training
    return block_seconds(block) * FLOPS_PER_SECOND["cpu"] / (12 * training.batch * training.steps)


def recipe(**changes: Any) -> dict[str, Any]:
    specs = {"generator": GENERATOR, "discriminator": CRITIC, "autoencoder": CRITIC | {"code": 5}}
    shared = {key: value for key, value in changes.items() if key != "code"}
    specs = {role: spec | (changes if role == "autoencoder" else shared) for role, spec in specs.items()}
    return {"latent": 5, "networks": RECIPE["networks"] | specs}


def counted(variant: str, **changes: Any) -> int:
    """The same, counted while the networks run: outputs of a layer times the weights that make one of them."""
    total = 0

    def count(layer: nn.Module, read: tuple[torch.Tensor], made: torch.Tensor) -> None:
        nonlocal total
        positions = read[0] if isinstance(layer, nn.ConvTranspose2d) else made
        total += layer.weight.numel() * (positions[0, 0].numel() if positions.dim() == 4 else 1)

    training = make_block(variant, (0,), "stacked-digits", {}, **recipe(**changes)).cell.training
    for role in catalogue.declared("variants", variant, "NETWORKS").values():
        network = built.build(role, training, SHAPE)
        for module in network.modules():
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                module.register_forward_hook(count)
        z, x = torch.zeros(2, 5), torch.zeros(2, *SHAPE)
        network(*{"generator": [z], "joint-discriminator": [z, x], "encoder": [x, z]}.get(role, [x]))
    return total


@pytest.mark.parametrize(
    ("variant", "changes"),
    [
        *product(["gan-minimax", "ali", "veegan", "began"], [{}, {"image_stride": 1, "kernel": 5}, {"dense": []}]),
        ("gan-minimax", {"kernel": 4}),
        ("ebgan", {"dense": [], "code": None}),  # the code is a map
    ],
)
def test_the_count_is_that_of_the_networks(variant: str, changes: dict[str, Any]) -> None:
    assert multiplications(variant, **changes) == pytest.approx(counted(variant, **changes))


def test_up_sampling_counts_as_a_convolution() -> None:
    paired = {"block": "paired", "image_stride": 1}
    assert 1 < multiplications("began", **paired) / counted("began", **paired) < 1.1


def test_on_a_gpu_small_networks_take_as_long_for_many_seeds_as_for_one() -> None:
    one, many = (block_seconds(make_block(seeds=tuple(range(n))), "cuda") for n in (1, 30))
    assert one < many < 1.1 * one
    three = block_seconds(make_block("veegan"), "cuda")  # networks, where a GAN has two
    assert three == pytest.approx(1.5 * block_seconds(make_block("gan-minimax"), "cuda"), rel=0.01)


def test_on_a_gpu_large_networks_take_time_for_their_arithmetic() -> None:
    wide = {"hidden": [4096, 4096], "activation": "relu"}
    large = make_block(batch=4096, networks=RECIPE["networks"] | {"generator": wide, "discriminator": wide})
    assert block_seconds(large, "cuda") > 2 * block_seconds(make_block(), "cuda")


def test_on_a_cpu_a_block_is_what_an_hour_holds_and_a_seed_that_fills_more_is_trained_alone() -> None:
    cell = make_block(steps=20_000_000, batch=128).cell
    size = block_size(cell, SEEDS, "cpu")
    blocks = -(-30 // size)
    chosen, larger = (plan.Block(cell=cell, seeds=SEEDS[:n]) for n in (size, -(-30 // (blocks - 1))))
    assert block_seconds(chosen) <= LONGEST_SECONDS < block_seconds(larger)
    assert block_size(make_block(steps=500_000_000, batch=128).cell, SEEDS, "cpu") == 1


def test_seeds_that_take_more_than_an_hour_alone_and_little_more_together_go_together() -> None:
    long = {"steps": 20_000_000, "batch": 128}
    assert block_size(make_block(steps=100_000, batch=128).cell, SEEDS, "cuda") == 30
    size = block_size(make_block(**long).cell, SEEDS, "cuda")
    alone, together = (block_seconds(make_block(seeds=tuple(SEEDS[:n]), **long), "cuda") for n in (1, size))
    assert alone > LONGEST_SECONDS
    assert size > 1
    assert together <= cost.LITTLE_MORE * alone


@pytest.mark.parametrize("name", ["paper", "paper-images"])
def test_the_blocks_of_a_full_study_hold_every_seed_once_and_are_few(name: str) -> None:
    study = load_study(SHIPPED[name])
    cells = plan.cells(study)
    by_cell = [plan.blocks(study, cell) for cell in cells]
    for cell, blocks in zip(cells, by_cell, strict=True):
        assert [seed for block in blocks for seed in block.seeds] == study.seeds_of(cell.experiment)
    around = len(plan.inversions(study)) + 3 * len(plan.measured_folders(study)) + 2 * len(study.datasets) + 6
    assert sum(map(len, by_cell)) + around < 2000


@pytest.mark.parametrize(
    ("seconds", "attempt", "minutes"),
    [(1, 1, 30), (1, 3, 90), (HOUR, 1, 120), (HOUR, 2, 240), (9 * HOUR, 1, 18 * 60), (9 * HOUR, 2, cost.A_DAY),
     (20 * HOUR, 1, 40 * 60), (20 * HOUR, 4, 40 * 60)],
)  # fmt: skip
def test_time_limits_grow_with_attempts_to_a_day_unless_the_estimate_needs_more(
    seconds: float, attempt: int, minutes: int
) -> None:
    assert time_limit(seconds, attempt) == minutes


@pytest.mark.parametrize("steps", [4999, 5000])
def test_long_blocks_of_dense_networks_are_compiled_and_those_of_a_gpu_captured(steps: int) -> None:
    dense = make_block(steps=steps)
    convolutional = make_block(
        dataset="stacked-digits",
        steps=steps,
        networks=RECIPE["networks"] | {"generator": GENERATOR, "discriminator": CRITIC},
    )
    assert cost.execution(dense) == ("compiled" if steps == 5000 else "eager")
    assert cost.execution(convolutional) == "eager"
    assert cost.execution(dense, "cuda") == cost.execution(convolutional, "cuda") == "captured"
