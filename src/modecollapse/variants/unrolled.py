"""Unrolled GAN (Metz et al. 2017): G looks K steps of D's optimizer ahead."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch.func import grad

from modecollapse.variants import Objective, Update
from modecollapse.variants.cross_entropy import classification_loss, discriminator_loss, non_saturating_loss

LABEL = "Unrolled GAN"
NETWORKS = {"D": "discriminator", "G": "generator"}
OPTIONS = {
    # K, the number of inner steps of D that G looks ahead
    "unrolling_steps": {"default": 5, "least": 0, "most": 100},
    # through all K inner steps (section 2.3), or with the unrolled D held constant, as several re-implementations do
    "gradient": ["full", "first-order"],
    # G's loss under the unrolled D: the whole V(D_K, G) (section 2.2), or -E_z[log D_K(G(z))]
    "generator_loss": ["minimax", "non-saturating"],
}
REQUIRES = {"discriminator optimizer": ["adam"]}
REPEATS = {"D": ["unrolling_steps", 4]}


class Variant(Objective):
    """D as in the minimax GAN; G minimises f_K(theta_G, theta_D) = f(theta_G, theta_D^K) (section 2.2).

    As in the authors' code, the inner steps start from D's parameters and from the moments of D's Adam, and all read
    one batch; D itself makes only the first of these steps.
    """

    networks = NETWORKS
    unrolls: ClassVar = ("D",)

    def updates(self) -> list[Update]:
        return [Update(("D",), discriminator_loss), Update(("G",), self.generator_loss)]

    def generator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """V(D_K, G), the negative of D_K's loss; the term of real data is kept, because D_K depends on G."""
        x_g = n.G(b.z)
        ahead = self.unrolled(n, b.x, x_g)
        if self.options.generator_loss == "non-saturating":
            return non_saturating_loss(ahead, x_g)
        return -classification_loss(ahead.D(b.x), ahead.D(x_g))

    def unrolled(self, n: Any, x: torch.Tensor, x_g: torch.Tensor) -> Any:
        """The networks with theta_D^K in place of theta_D (section 2.2); the inner steps are Adam's."""

        def loss(theta: Any) -> torch.Tensor:
            ahead = n.replace(D=theta)
            return classification_loss(ahead.D(x), ahead.D(x_g))

        theta, adam = n.parameters["D"], n.adam["D"]
        for _ in range(self.options.unrolling_steps):
            gradients = grad(loss)(theta)
            if self.options.gradient == "first-order":
                gradients = {name: gradient.detach() for name, gradient in gradients.items()}
            theta, adam = adam.step(theta, gradients)
        return n.replace(D=theta)
