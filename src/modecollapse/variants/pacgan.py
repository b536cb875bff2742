"""PacGAN (Lin et al. 2018): D classifies packs of m samples, all of them real or all generated."""

from __future__ import annotations

from typing import Any

import torch

from modecollapse.variants import Objective, State, Update
from modecollapse.variants.cross_entropy import classification_loss, from_half, non_saturating_loss

LABEL = "PacGAN"
NETWORKS = {"D": "packed-discriminator", "G": "generator"}
OPTIONS = {
    # m, the number of samples in a pack
    "packing": [2, 3, 4],
}
REPEATS = {"D": ["packing", 1], "G": ["packing", 1]}


class Variant(Objective):
    """The non-saturating GAN with D(x_1, ..., x_m) (their section 2.2); a step reads m batches."""

    networks = NETWORKS

    @property
    def packing(self) -> int:
        return self.options.packing

    def updates(self) -> list[Update]:
        return [Update(("D",), self.discriminator_loss), Update(("G",), self.generator_loss)]

    def discriminator_loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """-E[log D(x_1, ..., x_m)] - E[log(1 - D(G(z_1), ..., G(z_m)))] (section 2.2)."""
        real, fake = n.D(self.real_packs(b)), n.D(self.generated_packs(n, b))
        return classification_loss(real, fake), from_half(real, fake)

    def generator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """-E[log D(G(z_1), ..., G(z_m))] (section 2.2)."""
        return non_saturating_loss(n, self.generated_packs(n, b))

    def real_packs(self, b: Any) -> torch.Tensor:
        """One sample of each of the m batches of data: (batch, m, *shape)."""
        return torch.stack(b.x.chunk(self.packing), dim=1)

    def generated_packs(self, n: Any, b: Any) -> torch.Tensor:
        """The same of G's samples. As in the authors' code, G is called on each batch by itself, for its batch norm."""
        return torch.stack([n.G(z) for z in b.z.chunk(self.packing)], dim=1)
