"""Convolutional networks in training: every variant, blocks of seeds, second derivatives."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from blocks import RECIPE
from torch import nn

from modecollapse import networks, variants
from modecollapse.study import catalogue
from modecollapse.study.recipe import Training
from modecollapse.training import arithmetic
from modecollapse.training.engine import Batch, Engine

SHAPE, K, BATCH, STEPS = (2, 7, 7), 3, 6, 3
GENERATOR = {"channels": [4, 3], "kernel": 4, "activation": "relu", "output": "tanh", "init": None}
CRITIC = {"channels": [3, 4], "kernel": 3, "activation": "leaky-relu", "slope": 0.3}
AUTOENCODER = CRITIC | {"code": 3}
PAIRED = {"block": "paired", "image_stride": 1, "kernel": 3, "activation": "elu"}
# What a convolutional network may have, for variants whose losses differ most: (variant, options, networks)
KINDS = {
    "batch norm in both": (
        "lsgan",
        {},
        {"generator": {"normalisation": "batch"}, "discriminator": {"normalisation": "batch", "bare": []}},
    ),
    "batch norm in a pack": ("pacgan", {"packing": 3}, {"generator": {"normalisation": "batch", "dense": [5]}}),
    "joint with a dense layer": (
        "ali",
        {},
        {"discriminator": {"dense": [5], "normalisation": "batch", "bare": ["first", "dense"]}},
    ),
    "penalty with a dense layer": ("wgan-gp", {"n_critic": 2}, {"discriminator": {"dense": [5], "kernel": 5}}),
    "unrolled batch norm": (
        "unrolled",
        {"unrolling_steps": 2},
        {"generator": {"normalisation": "batch"}, "discriminator": {"normalisation": "batch"}},
    ),
    "paired": ("began", {}, {"generator": PAIRED, "autoencoder": PAIRED | {"decoder": [3, 3]}}),
    "paired batch norm": (
        "ebgan",
        {"pulling_away": 0.1},
        {"generator": PAIRED, "autoencoder": PAIRED | {"normalisation": "batch", "dense": [5]}},
    ),
    "code is a map": ("ebgan", {"pulling_away": 0.1}, {"autoencoder": {"code": None, "image_stride": 1}}),
}
CASES = {name: (name, {}, {}) for name in catalogue.names("variants")} | KINDS


@pytest.fixture(autouse=True, scope="module")
def trainers_arithmetic() -> None:
    arithmetic.configure()


class Block:
    """The engine of a block of seeds, whose networks and draws are a seed's own."""

    def __init__(self, case: str, seeds: tuple[int, ...], dtype: torch.dtype) -> None:
        variant, options, changes = CASES[case]
        complete = catalogue.options_model("variants", variant).model_validate(options).model_dump()
        self.objective, self.dtype = variants.create(variant, complete), dtype
        specs = {"generator": GENERATOR, "discriminator": CRITIC, "autoencoder": AUTOENCODER}
        specs = RECIPE["networks"] | {role: spec | changes.get(role, {}) for role, spec in specs.items()}
        recipe = Training.model_validate(RECIPE | {"latent": K, "batch": BATCH, "networks": specs})
        self.streams = [torch.Generator().manual_seed(seed) for seed in seeds]
        copies: dict[str, list[nn.Module]] = {symbol: [] for symbol in self.objective.networks}
        for seed in seeds:
            torch.manual_seed(seed)
            for symbol, role in self.objective.networks.items():
                copies[symbol].append(networks.build(role, recipe, SHAPE, self.objective.packing).to(dtype))
        self.first = {symbol: deepcopy(of_seeds) for symbol, of_seeds in copies.items()}
        self.engine = Engine(copies, recipe, self.objective)

    def draw(self) -> Batch:
        n = BATCH * self.objective.packing
        shapes = {"x": (n, *SHAPE), "z": (n, K)} | {
            name: (n,) if kind == "uniform" else (n, K) for name, kind in self.objective.noise.items()
        }
        return {
            name: torch.stack([torch.rand(shape, generator=stream, dtype=self.dtype) for stream in self.streams])
            for name, shape in shapes.items()
        }

    def run(self) -> Batch:
        """The weights after STEPS steps, (S, ...)."""
        for _ in range(STEPS):
            self.losses = self.engine.train(self.draw)
        return self.engine.weights()


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 2e-3)])
@pytest.mark.parametrize("case", CASES)
def test_a_seed_trains_alike_alone_and_in_a_block_of_three(case: str, dtype: torch.dtype, tolerance: float) -> None:
    seeds = (5, 6, 7)
    together = Block(case, seeds, dtype).run()
    for place, seed in enumerate(seeds):
        alone = Block(case, (seed,), dtype)
        for name, weights in alone.run().items():
            torch.testing.assert_close(together[name][place], weights[0], rtol=tolerance, atol=tolerance)
        assert alone.engine.finite_parameters().all()
        assert all(loss.isfinite().all() for loss in alone.losses.values())


@pytest.mark.parametrize("case", CASES)
def test_every_layer_of_every_network_moves(case: str) -> None:
    block = Block(case, (5,), torch.float64)
    before = {symbol: dict(of_seed[0].named_parameters()) for symbol, of_seed in block.first.items()}
    block.run()
    for symbol, parameters in block.engine.parameters.items():
        for name, parameter in parameters.items():
            if name.endswith("weight"):  # the last bias of a Wasserstein critic has no gradient
                assert (parameter != before[symbol][name]).any(), f"{symbol}.{name}"


def outcome(spec: dict[str, Any]) -> nn.Module:
    torch.manual_seed(0)
    recipe = RECIPE | {"networks": RECIPE["networks"] | {"discriminator": CRITIC | spec}}
    return networks.build("discriminator", Training.model_validate(recipe), SHAPE).double()


@pytest.mark.parametrize("spec", [{"activation": "elu"}, {"activation": "elu", "dense": [5]}, PAIRED])
def test_the_gradient_of_a_gradient_penalty_is_that_of_finite_differences(spec: dict[str, Any]) -> None:
    critic = outcome(spec)
    x = torch.randn((2, *SHAPE), generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def penalty(weight: torch.Tensor) -> torch.Tensor:
        """||grad_x D(x)||^2 as a function of D's first weights."""
        items = x.clone().requires_grad_()
        made = torch.func.functional_call(critic, {"features.0.weight": weight}, (items,))
        (slope,) = torch.autograd.grad(made.sum(), items, create_graph=True)
        return slope.square().sum()

    assert torch.autograd.gradcheck(penalty, critic.features[0].weight.detach().requires_grad_())
