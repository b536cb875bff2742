"""A reconstructor F beside a G that stays as it is: the two properties that VEEGAN rests on (blog, Figure 1)."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from modecollapse.variants import Objective, State, Update
from modecollapse.variants.point_distances import energy_distance

LABEL = "F alone"
NETWORKS = {"F": "reconstructor", "G": "generator"}
OPTIONS = {
    # invert: F(G(z)) = z (Figure 1 (a)); gaussian: F of the data is N(0, I) (Figure 1 (b))
    "aim": ["invert", "gaussian"],
}


class Variant(Objective):
    """F alone is trained. Energy distances of F's outputs from N(0, I) are traced: 0 on average where they are normal.

    energy_data is that of F(x), energy_fake that of F(G(z)). Of a fixed G the weights of F are all that a run adds, so
    both sides of the figure can be drawn from weights.safetensors.
    """

    networks = NETWORKS
    noise: ClassVar = {"eps": "normal"}

    def updates(self) -> list[Update]:
        return [Update(("F",), self.loss)]

    def loss(self, n: Any, b: Any) -> tuple[torch.Tensor, State]:
        """The mean of |z - F(G(z))|^2, or the energy distance of F(x) from N(0, I)."""
        z, eps = n.F(n.G(b.z)), b.eps
        lost = (b.z - z).square().sum(1).mean()
        energy_data, energy_fake = (energy_distance(points, eps) for points in (n.F(b.x), z))
        loss = lost if self.options.aim == "invert" else energy_data
        aux = {"energy_data": energy_data, "energy_fake": energy_fake, "z_lost": lost}
        return loss, {name: value.detach() for name, value in aux.items()}
