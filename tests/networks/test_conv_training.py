"""Convolutional networks in training: every variant, blocks of seeds, and every layer moves."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from blocks import GAMES, RECIPE, BlockTraining, make_block, of_seed

from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.training import arithmetic

STEPS = 3
GENERATOR = {"channels": [4, 3], "kernel": 4, "activation": "relu", "output": "tanh", "init": None}
CRITIC = {"channels": [3, 4], "kernel": 3, "activation": "leaky-relu", "slope": 0.3}
NORMED = {"normalisation": "batch"}
PAIRED = {"block": "paired", "image_stride": 1, "kernel": 3, "activation": "elu"}
CODE_IS_A_MAP = {"autoencoder": {"code": None, "image_stride": 1}}
# What a convolutional network may have, for variants whose losses differ most: (variant, options, networks)
KINDS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "batch norm in both": ("lsgan", {}, {"generator": NORMED, "discriminator": NORMED | {"bare": []}}),
    "batch norm in a pack": ("pacgan", {"packing": 3}, {"generator": NORMED | {"dense": [5]}}),
    "joint with a dense layer": ("ali", {}, {"discriminator": NORMED | {"dense": [5], "bare": ["first", "dense"]}}),
    "penalty with a dense layer": ("wgan-gp", {"n_critic": 2}, {"discriminator": {"dense": [5], "kernel": 5}}),
    "unrolled batch norm": ("unrolled", {"unrolling_steps": 2}, {"generator": NORMED, "discriminator": NORMED}),
    "paired": ("began", {}, {"generator": PAIRED, "autoencoder": PAIRED | {"decoder": [4, 4]}}),
    "paired batch norm": (
        *("ebgan", {"pulling_away": 0.1}),
        {"generator": PAIRED, "autoencoder": PAIRED | NORMED | {"dense": [5]}},
    ),
    "code is a map": ("ebgan", {"pulling_away": 0.1}, CODE_IS_A_MAP),
}
CASES = {name: (name, {}, {}) for name in GAMES} | KINDS


@pytest.fixture(autouse=True, scope="module")
def trainers_arithmetic() -> None:
    arithmetic.configure()


class Noise:
    """Noise in place of images."""

    def sample(self, n: int, random: RandomNumbers) -> torch.Tensor:
        return random.uniform(n, 3, 8, 8)


def training_of(case: str, seeds: tuple[int, ...], dtype: torch.dtype) -> BlockTraining:
    variant, options, changes = CASES[case]
    specs = {"generator": GENERATOR, "discriminator": CRITIC, "autoencoder": CRITIC | {"code": 3}}
    used = RECIPE["networks"] | {role: spec | changes.get(role, {}) for role, spec in specs.items()}
    return BlockTraining(make_block(variant, seeds, "stacked-digits", options, batch=6, networks=used), dtype, Noise())


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 2e-3)])
@pytest.mark.parametrize("case", CASES)
def test_a_seed_trains_alike_alone_and_in_a_block_and_every_layer_moves(
    case: str, dtype: torch.dtype, tolerance: float
) -> None:
    together = training_of(case, (5, 6, 7), dtype)
    before = together.engine.weights()
    together.run(STEPS)
    after = together.engine.weights()
    for name, weights in after.items():
        if name.endswith("weight"):  # the last bias of a Wasserstein critic has no gradient
            assert (weights != before[name]).flatten(1).any(1).all(), name
    for index, seed in enumerate((5, 6, 7)):
        alone = training_of(case, (seed,), dtype)
        losses = alone.run(STEPS)
        ours = of_seed(alone.engine.weights(), 0)
        torch.testing.assert_close(of_seed(after, index), ours, rtol=tolerance, atol=tolerance)
        assert alone.engine.finite_parameters().all()
        assert all(loss.isfinite().all() for loss in losses.values())
