"""Least-squares GAN (Mao et al. 2017): D and G regress D's output towards the codes a, b and c."""

from __future__ import annotations

from typing import Any

import torch

from modecollapse.variants import Objective, State, Update

LABEL = "LSGAN"
NETWORKS = {"D": "discriminator", "G": "generator"}
OPTIONS = {
    # the code of generated data for D, of real data for D, and of generated data for G
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

    def discriminator_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """V(D) = E_x[(D(x) - b)^2] / 2 + E_z[(D(G(z)) - a)^2] / 2 (equation 2)."""
        real, fake = n.D(b.x), n.D(n.G(b.z))
        return self.distance(real, self.options.b) + self.distance(fake, self.options.a), self.from_half(real, fake)

    def generator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """V(G) = E_z[(D(G(z)) - c)^2] / 2 (equation 2)."""
        return self.distance(n.D(n.G(b.z)), self.options.c)

    def from_half(self, real: torch.Tensor, fake: torch.Tensor) -> State:
        """The mean |(D - a) / (b - a) - 1/2| over both batches, for the trace; above 1/2 where D overshoots its codes.

        The optimal (D - a) / (b - a) is p_d / (p_d + p_g) (equation 5), a probability; where a = b there is no value.
        """
        a, b = self.options.a, self.options.b
        d = torch.cat([real, fake]).detach()
        return {} if a == b else {"D_from_half": ((d - a) / (b - a) - 0.5).abs().mean()}

    @staticmethod
    def distance(d: torch.Tensor, code: float) -> torch.Tensor:
        """Half the mean squared distance of D's outputs, (batch,), from a code."""
        return (d - code).square().mean() / 2
