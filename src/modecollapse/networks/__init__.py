"""Networks by role: plain torch modules built from a recipe."""

from __future__ import annotations

from math import prod

from torch import nn

from modecollapse.networks.conv import ConvolutionalAutoencoder, ConvolutionalCritic, ConvolutionalGenerator
from modecollapse.networks.mlp import AutoencodingCritic, Critic, Generator, Reconstructor, StochasticEncoder
from modecollapse.study.recipe import Conv, Mlp, Training

ROLES = (
    "generator",
    "discriminator",
    "joint-discriminator",
    "packed-discriminator",
    "reconstructor",
    "encoder",
    "autoencoder",
)


def build(role: str, recipe: Training, shape: tuple[int, ...], packing: int = 1) -> nn.Module:
    """A freshly initialised network (torch's global generator) for one seed.

    `shape` is that of one data item, `packing` how many items a packed discriminator sees at once. ValueError for an
    unknown role, where the recipe has no network for it, or where that does not fit the shape.
    """
    spec = recipe.networks.of_role(role)
    if role not in ROLES or spec is None:
        raise ValueError(f"the recipe has no network for the role {role!r}; roles: {', '.join(ROLES)}")
    inferred = recipe.latent - recipe.extra_noise  # the latents that others than G read
    make = _convolutional if isinstance(spec, Conv) else _perceptron
    return make(role, spec, shape, recipe.latent, inferred, packing)


def _perceptron(role: str, spec: Mlp, shape: tuple[int, ...], latent: int, inferred: int, packing: int) -> nn.Module:
    data = prod(shape)
    makers = {
        "generator": lambda: Generator(latent, shape, spec),
        "discriminator": lambda: Critic(data, spec),
        "joint-discriminator": lambda: Critic(data, spec, inferred),
        "packed-discriminator": lambda: Critic(packing * data, spec),
        "reconstructor": lambda: Reconstructor(data, inferred, spec),
        "encoder": lambda: StochasticEncoder(data, inferred, spec),
        "autoencoder": lambda: AutoencodingCritic(shape, spec),
    }
    return makers[role]()


def _convolutional(
    role: str, spec: Conv, shape: tuple[int, ...], latent: int, inferred: int, packing: int
) -> nn.Module:
    """Encoders and reconstructors are perceptrons in every protocol."""
    makers = {
        "generator": lambda: ConvolutionalGenerator(latent, shape, spec),
        "discriminator": lambda: ConvolutionalCritic(shape, spec),
        "joint-discriminator": lambda: ConvolutionalCritic(shape, spec, latent=inferred),
        "packed-discriminator": lambda: ConvolutionalCritic(shape, spec, packing),
        "autoencoder": lambda: ConvolutionalAutoencoder(shape, spec),
    }
    return makers[role]()
