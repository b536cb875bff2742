"""Adversarially learned inference (Dumoulin et al. 2017): D classifies pairs (E(x), x) against pairs (z, G(z))."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch.nn.functional import softplus

from modecollapse.variants import Objective, State, Update
from modecollapse.variants.cross_entropy import from_half

LABEL = "ALI"
NETWORKS = {"D": "joint-discriminator", "G": "generator", "E": "encoder"}


class Variant(Objective):
    """Their Algorithm 1. The label of an encoded pair is 1, that of a generated pair 0.

    The recipe chooses the encoder's posterior q(z|x): Gaussian, bounded by tanh as in the VEEGAN authors' code, or
    implicit as in the ALI authors' experiment with points of the plane.
    """

    networks = NETWORKS
    noise: ClassVar = {"eps": "normal"}

    def updates(self) -> list[Update]:
        return [Update(("D",), self.discriminator_loss), Update(("G", "E"), self.generator_loss)]

    def discriminator_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """L_d = -E_q[log D(x, z_hat)] - E_p[log(1 - D(x_tilde, z))] (Algorithm 1), for D's logit."""
        encoded, generated = self.encoded(n, b), self.generated(n, b)
        return softplus(-encoded).mean() + softplus(generated).mean(), from_half(encoded, generated)

    def generator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """L_g = -E_q[log(1 - D(x, z_hat))] - E_p[log D(x_tilde, z)] (Algorithm 1): both sides non-saturating."""
        return softplus(self.encoded(n, b)).mean() + softplus(-self.generated(n, b)).mean()

    @staticmethod
    def encoded(n: Any, b: Any) -> torch.Tensor:
        """D's logits of (z_hat, x) with z_hat ~ q(z|x): (batch,)."""
        return n.D(n.E(b.x, b.eps), b.x)

    @staticmethod
    def generated(n: Any, b: Any) -> torch.Tensor:
        """D's logits of (z, x_tilde) with x_tilde = G(z): (batch,)."""
        return n.D(b.z, n.G(b.z))
