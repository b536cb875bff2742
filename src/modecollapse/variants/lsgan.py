"""Least-squares GAN (Mao et al. 2017): D and G regress towards the codes a, b and c."""

from __future__ import annotations

from typing import Any

import torch

from modecollapse.variants import Objective, Update

LABEL = "LSGAN"
NETWORKS = {"D": "discriminator", "G": "generator"}
OPTIONS = {
    # the code of generated data for D, of real data for D, and the one G wants
    "a": {"default": 0.0},
    "b": {"default": 1.0},
    "c": {"default": 1.0},
}
# Equations 8 and 9 differ in two things: how far apart a and b are, and whether c is half-way between them or b.
# The other two codings separate them.
PRESETS = {
    "equation-8": {"a": -1.0, "b": 1.0, "c": 0.0},
    "equation-9": {"a": 0.0, "b": 1.0, "c": 1.0},
    "equation-8-narrow": {"a": 0.0, "b": 1.0, "c": 0.5},
    "equation-9-wide": {"a": -1.0, "b": 1.0, "c": 1.0},
}


class Variant(Objective):
    """Equation 2 with a linear D: min_D V(D) and min_G V(G), two different functions.

    For every a != b the optimal D leads G to the same divergence up to an affine map (2 C(G) is
    (b - c)^2 + (a - c)^2 - (b - a)^2 H with H the integral of p_d p_g / (p_d + p_g)), but the field in which G moves
    while D is fixed depends on where c lies.
    """

    networks = NETWORKS

    def updates(self) -> list[Update]:
        return [Update(("D",), self.discriminator_loss), Update(("G",), self.generator_loss)]

    def discriminator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """V(D) = E_x[(D(x) - b)^2] / 2 + E_z[(D(G(z)) - a)^2] / 2."""
        return self.distance(n.D(b.x), self.options.b) + self.distance(n.D(n.G(b.z)), self.options.a)

    def generator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """V(G) = E_z[(D(G(z)) - c)^2] / 2."""
        return self.distance(n.D(n.G(b.z)), self.options.c)

    @staticmethod
    def distance(d: torch.Tensor, code: float) -> torch.Tensor:
        """Half the mean squared distance of D's outputs, (batch,), from a code."""
        return (d - code).square().mean() / 2
