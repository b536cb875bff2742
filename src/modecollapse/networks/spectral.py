"""Spectral normalisation of linear layers (Miyato et al. 2018), without a state between steps.

torch's own keeps its estimate of the singular vectors in buffers and improves it a little at every step. The engine
stacks the parameters of several seeds and knows no buffers, so this one finds the vectors anew in every pass.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import linear, normalize

ITERATIONS = 20  # of the power method; after them a random matrix has the largest singular value to about 1 %


class SpectralLinear(nn.Linear):
    """A linear layer whose weight is divided by its largest singular value, so that it stretches nothing."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return linear(x, self.weight / largest_singular_value(self.weight), self.bias)


def largest_singular_value(weight: torch.Tensor) -> torch.Tensor:
    """u' W v of a matrix, by the power method from the sum of its rows; u and v count as constants, as in the paper."""
    w = weight.detach()
    v = normalize(w.sum(0), dim=0)
    for _ in range(ITERATIONS):
        u = normalize(w @ v, dim=0)
        v = normalize(w.T @ u, dim=0)
    return u @ weight @ v
