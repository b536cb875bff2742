"""Networks by role: plain torch modules built from a recipe."""

from __future__ import annotations

from math import prod

from torch import nn

from modecollapse.networks.mlp import Critic, Generator, Reconstructor
from modecollapse.study.config import Networks

ROLES = ("generator", "discriminator", "joint-discriminator", "reconstructor")


def build(role: str, networks: Networks, latent: int, shape: tuple[int, ...]) -> nn.Module:
    """A freshly initialised network (torch's global generator) for one seed.

    `latent` is K, the length of z; `shape` that of one data item. ValueError for an unknown role, or where the
    recipe has no network for it.
    """
    data = prod(shape)
    if role == "generator":
        return Generator(latent, shape, networks.generator)
    if role == "discriminator":
        return Critic(data, networks.discriminator)
    if role == "joint-discriminator":
        return Critic(latent + data, networks.discriminator)
    if role == "reconstructor" and networks.reconstructor is not None:
        return Reconstructor(data, latent, networks.reconstructor)
    raise ValueError(f"the recipe has no network for the role {role!r}; roles: {', '.join(ROLES)}")
