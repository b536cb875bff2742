"""Networks by role: plain torch modules built from a recipe."""

from __future__ import annotations

from math import prod

from torch import nn

from modecollapse.networks.mlp import AutoencodingCritic, Critic, Generator, Reconstructor, StochasticEncoder
from modecollapse.study.recipe import Training

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
    unknown role, or where the recipe has no network for it.
    """
    data, spec = prod(shape), recipe.networks.of_role(role)
    inferred = recipe.latent - recipe.extra_noise  # the latents that others than G read
    if role not in ROLES or spec is None:
        raise ValueError(f"the recipe has no network for the role {role!r}; roles: {', '.join(ROLES)}")
    makers = {
        "generator": lambda: Generator(recipe.latent, shape, spec),
        "discriminator": lambda: Critic(data, spec),
        "joint-discriminator": lambda: Critic(data, spec, inferred),
        "packed-discriminator": lambda: Critic(packing * data, spec),
        "reconstructor": lambda: Reconstructor(data, inferred, spec),
        "encoder": lambda: StochasticEncoder(data, inferred, spec),
        "autoencoder": lambda: AutoencodingCritic(shape, spec),
    }
    return makers[role]()
