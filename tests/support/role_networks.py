"""Networks by role in double precision, perceptrons or convolutional, and what a variant gives them to read."""

from __future__ import annotations

from typing import Any

import torch
from blocks import RECIPE
from torch import nn

from modecollapse import networks
from modecollapse.study.recipe import Training

K, EXTRA, BATCH, PACKING = 5, 2, 6, 3
CRITIC = {"channels": [3, 4, 5], "kernel": 3, "activation": "leaky-relu"}
CONV: dict[str, Any] = {
    "generator": {"channels": [5, 4, 3], "kernel": 4, "activation": "relu", "output": "tanh"},
    "discriminator": CRITIC,
    "autoencoder": CRITIC | {"code": 2},
}
PAIRED = {"block": "paired", "image_stride": 1, "kernel": 3, "activation": "elu"}


def build(
    role: str,
    shape: tuple[int, ...] = (2,),
    packing: int = 1,
    *,
    conv: bool = False,
    seed: int = 0,
    extra_noise: int = 0,
    **changes: Any,
) -> nn.Module:
    """A network of RECIPE or, with `conv`, of CONV; `changes` replace keys of its specification."""
    specs = RECIPE["networks"] | (CONV if conv else {})
    name = role.removeprefix("joint-").removeprefix("packed-")  # in a recipe
    specs = specs | {name: specs[name] | changes}
    recipe = Training.model_validate(RECIPE | {"latent": K, "extra_noise": extra_noise, "networks": specs})
    torch.manual_seed(seed)
    return networks.build(role, recipe, shape, packing).double()


def normal(*shape: int, seed: int = 1) -> torch.Tensor:
    """Standard normal numbers in double precision."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def inputs(role: str, shape: tuple[int, ...]) -> list[torch.Tensor]:
    """What a variant gives to a network of the role."""
    z, x, pack = normal(BATCH, K), normal(BATCH, *shape, seed=2), normal(BATCH, PACKING, *shape)
    read = {"generator": [z], "joint-discriminator": [z, x], "packed-discriminator": [pack], "encoder": [x, z]}
    return read.get(role, [x])


def of_kind(network: nn.Module, *kinds: type[nn.Module]) -> list[Any]:
    """The modules of these classes, in order."""
    return [module for module in network.modules() if isinstance(module, kinds)]
