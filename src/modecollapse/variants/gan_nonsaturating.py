"""The non-saturating GAN (Goodfellow et al. 2014, section 3): what most code calls "GAN"."""

from __future__ import annotations

from typing import Any

import torch

from modecollapse.variants import Objective, Update
from modecollapse.variants.cross_entropy import discriminator_loss, non_saturating_loss

LABEL = "GAN (non-saturating)"
NETWORKS = {"D": "discriminator", "G": "generator"}


class Variant(Objective):
    """D as in the minimax GAN; G maximises E_z[log D(G(z))] instead of minimising E_z[log(1 - D(G(z)))]."""

    networks = NETWORKS

    def updates(self) -> list[Update]:
        return [Update(("D",), discriminator_loss), Update(("G",), self.generator_loss)]

    def generator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """-E_z[log D(G(z))] (their section 3)."""
        return non_saturating_loss(n, n.G(b.z))
