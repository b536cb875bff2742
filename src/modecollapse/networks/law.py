"""Generators that are a law and not a network: their samples have a known distribution, and nothing is trained."""

from __future__ import annotations

from math import prod

import torch
from torch import nn

from modecollapse.study.network_specs import Law

WRAPS = 4.0  # sd of a latent's weight: of a dozen latents the sum, wrapped to [0, 1), is uniform to all its digits
TINY = 1e-7  # keeps the quantile of a uniform number finite


class Generator(nn.Module):
    """G: (batch, K) standard normal latents to (batch, *shape) draws of a law.

    All seeds are evaluated on the same latents. The weights, which are drawn for each seed, turn them into uniform
    numbers that differ between seeds, so that the samples of two seeds are as good as independent.
    """

    def __init__(self, latent: int, shape: tuple[int, ...], spec: Law) -> None:
        super().__init__()
        self.shape, self.spec, width = shape, spec, prod(shape)
        memorised = spec.points > 0
        self.weights = nn.Parameter(WRAPS * torch.randn(latent, width + memorised))
        if memorised:
            self.points = nn.Parameter(self.draw(torch.rand(spec.points, width)))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        u = torch.remainder(z @ self.weights, 1.0)
        if not self.spec.points:
            return self.draw(u).unflatten(-1, self.shape)
        chosen = (u[:, 0] * self.spec.points).long().clamp(max=self.spec.points - 1)
        noise = self.spec.bandwidth * normal_quantile(u[:, 1:])
        return (self.points[chosen] + noise).unflatten(-1, self.shape)

    def draw(self, u: torch.Tensor) -> torch.Tensor:
        """The law at uniform numbers: independent coordinates with mean `shift` and standard deviation `sd`."""
        standard = normal_quantile(u) if self.spec.form == "normal" else 12**0.5 * (u - 0.5)
        return self.spec.shift + self.spec.sd * standard


def normal_quantile(u: torch.Tensor) -> torch.Tensor:
    """The standard normal quantile of numbers in [0, 1)."""
    return torch.special.ndtri(u.clamp(TINY, 1 - TINY))
