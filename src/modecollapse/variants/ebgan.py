"""Energy-based GAN (Zhao et al. 2017): D is an autoencoder, and its reconstruction error the energy."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import normalize, relu

from modecollapse.variants import Objective, Update

LABEL = "EBGAN"
NETWORKS = {"D": "autoencoder", "G": "generator"}
OPTIONS = {
    # E(x) of an item: the mean squared error over its coordinates, or the l2 norm of the error (section 2.3)
    "energy": ["mse", "l2"],
    # m, in units of the energy; the paper's values are for its images (10 for MNIST), this one for data near 1
    "margin": {"default": 1.0, "above": 0},
    # the weight of the pulling-away term; the paper's EBGAN-PT has 0.1
    "pulling_away": {"default": 0.0, "least": 0},
}
PRESETS = {"pulling-away": {"pulling_away": 0.1}}


class Variant(Objective):
    """Their equations 1 and 2, where n.D(x) = (reconstruction, code); with the term of section 2.4 it is EBGAN-PT."""

    networks = NETWORKS

    def updates(self) -> list[Update]:
        return [Update(("D",), self.discriminator_loss), Update(("G",), self.generator_loss)]

    def discriminator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """Equation 1: E(x) + [m - E(G(z))]^+, with the hinge of each sample."""
        x_g = n.G(b.z)
        fake = self.energy(x_g, n.D(x_g)[0])
        return self.energy(b.x, n.D(b.x)[0]).mean() + relu(self.options.margin - fake).mean()

    def generator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """Equation 2: E(G(z)), plus the weighted pulling-away term of the codes."""
        x_g = n.G(b.z)
        reconstruction, code = n.D(x_g)
        loss = self.energy(x_g, reconstruction).mean()
        return loss + self.options.pulling_away * self.repulsion(code) if self.options.pulling_away else loss

    def energy(self, x: torch.Tensor, reconstruction: torch.Tensor) -> torch.Tensor:
        """The energy of each of (batch, *shape) items: (batch,)."""
        error = (reconstruction - x).flatten(1)
        return error.norm(dim=1) if self.options.energy == "l2" else error.square().mean(dim=1)

    @staticmethod
    def repulsion(s: torch.Tensor) -> torch.Tensor:
        """f_PT(S) (section 2.4): the mean squared cosine of two different codes among (batch, code); 0 for one."""
        cosine = normalize(s, dim=1) @ normalize(s, dim=1).T
        pairs = max(1, len(s) * (len(s) - 1))
        return (cosine.square().sum() - cosine.diagonal().square().sum()) / pairs
