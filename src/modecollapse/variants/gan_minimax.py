"""The original GAN (Goodfellow et al. 2014): one value function, which G minimises and D maximises."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import softplus

from modecollapse.variants import Objective, Update
from modecollapse.variants.cross_entropy import discriminator_loss

LABEL = "GAN (minimax)"
NETWORKS = {"D": "discriminator", "G": "generator"}


class Variant(Objective):
    """min_G max_D V(D, G) = E_x[log D(x)] + E_z[log(1 - D(G(z)))] (their equation 1)."""

    networks = NETWORKS

    def updates(self) -> list[Update]:
        return [Update(("D",), discriminator_loss), Update(("G",), self.generator_loss)]

    def generator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """The part of V(D, G) that depends on G: E_z[log(1 - D(G(z)))]."""
        return -softplus(n.D(n.G(b.z))).mean()
