"""Batch norm for critics, whose gradient may be differentiated again."""

from __future__ import annotations

import torch
from torch import nn


class CriticBatchNorm(nn.BatchNorm1d):
    """Batch norm of (n, C) or (n, C, H, W) by the batch itself, in operations that torch differentiates one by one.

    torch's own, under `vmap`, holds mean and variance constant in the derivative of its gradient. An unrolled GAN in a
    block of several seeds then has another gradient than one seed alone, without a warning. This one is slower.
    """

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        over, channels = [0, *range(2, h.dim())], [1, -1] + [1] * (h.dim() - 2)
        centred = h - h.mean(over, keepdim=True)
        deviation = (centred.square().mean(over, keepdim=True) + self.eps).sqrt()
        return centred * (self.weight.view(channels) / deviation) + self.bias.view(channels)
