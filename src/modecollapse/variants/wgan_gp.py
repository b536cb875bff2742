"""WGAN-GP (Gulrajani et al. 2017): a penalty on the critic's gradient instead of clipped weights."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch.func import grad

from modecollapse.variants import Objective, Update
from modecollapse.variants.wasserstein import critic_loss, generator_loss

LABEL = "WGAN-GP"
NETWORKS = {"D": "discriminator", "G": "generator"}
OPTIONS = {
    "n_critic": {"default": 5, "least": 1, "most": 1000},
    # lambda; 10 in the paper, 0.1 in the authors' code for points of the plane
    "penalty": {"default": 10.0, "least": 0},
}
PRESETS = {"toy": {"penalty": 0.1}}
# The penalty is of each sample by itself; batch norm in the critic would mix the samples (their section 4).
REQUIRES = {"schedule": ["alternating"], "discriminator normalisation": ["none"]}
REPEATS = {"D": ["n_critic", 2]}


class Variant(Objective):
    """Equation 3: E_z[D(G(z))] - E_x[D(x)] + lambda E[(||grad D(x_hat)||_2 - 1)^2]."""

    networks = NETWORKS
    noise: ClassVar = {"epsilon": "uniform"}

    def updates(self) -> list[Update]:
        return [Update(("D",), self.discriminator_loss, times=self.options.n_critic), Update(("G",), generator_loss)]

    def discriminator_loss(self, n: Any, b: Any) -> torch.Tensor:
        """Equation 3; both terms in G(z) use one batch of latents."""
        return critic_loss(n, b) + self.options.penalty * self.gradient_penalty(n, b)

    def gradient_penalty(self, n: Any, b: Any) -> torch.Tensor:
        """The mean of (||grad_{x_hat} D(x_hat)||_2 - 1)^2 at x_hat = epsilon x + (1 - epsilon) G(z).

        epsilon ~ U[0, 1] is one number a sample, and the norm is over all coordinates of a sample.
        """
        epsilon = b.epsilon.view(-1, *[1] * (b.x.dim() - 1))
        x_hat = epsilon * b.x + (1 - epsilon) * n.G(b.z)
        slope = grad(lambda x: n.D(x).sum())(x_hat).flatten(1)
        return (slope.norm(dim=1) - 1).square().mean()
