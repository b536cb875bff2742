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
    data, spec = prod(shape), networks.of_role(role)
    if role == "generator" and spec:
        return Generator(latent, shape, spec)
    if role == "discriminator" and spec:
        return Critic(data, spec)
    if role == "joint-discriminator" and spec:
        return Critic(latent + data, spec)
    if role == "reconstructor" and spec:
        return Reconstructor(data, latent, spec)
    raise ValueError(f"the recipe has no network for the role {role!r}; roles: {', '.join(ROLES)}")
