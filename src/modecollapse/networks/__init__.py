"""Networks by role: plain torch modules built from a recipe, and generators that are a formula instead."""

from __future__ import annotations

from math import prod

from torch import nn

from modecollapse.networks import conv, formulas, law, mlp
from modecollapse.study.network_specs import Conv, Formula, Law
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
    unknown role, where the recipe has no network for it, or where that does not fit the shape.
    """
    spec = recipe.networks.of_role(role)
    if role not in ROLES or spec is None:
        raise ValueError(f"the recipe has no network for the role {role!r}; roles: {', '.join(ROLES)}")
    if isinstance(spec, Law):
        return law.Generator(recipe.latent, shape, spec)
    if isinstance(spec, Formula):
        return formulas.build(spec)
    inferred = recipe.latent - recipe.extra_noise  # the latents that other networks than G read
    kind = conv if isinstance(spec, Conv) else mlp  # encoders and reconstructors are perceptrons in every protocol
    makers = {
        "generator": lambda: kind.Generator(recipe.latent, shape, spec),
        "discriminator": lambda: kind.Critic(shape, spec),
        "joint-discriminator": lambda: kind.Critic(shape, spec, latent=inferred),
        "packed-discriminator": lambda: kind.Critic(shape, spec, packing),
        "reconstructor": lambda: mlp.Reconstructor(prod(shape), inferred, spec),
        "encoder": lambda: mlp.StochasticEncoder(prod(shape), inferred, spec),
        "autoencoder": lambda: kind.Autoencoder(shape, spec),
    }
    return makers[role]()
