"""Multilayer perceptrons for every role."""

from __future__ import annotations

from itertools import pairwise
from math import prod

import torch
from torch import nn

from modecollapse.study.config import Mlp

ACTIVATIONS = {"relu": nn.ReLU, "leaky-relu": lambda: nn.LeakyReLU(0.2), "tanh": nn.Tanh}


def layers(inputs: int, outputs: int, spec: Mlp) -> nn.Sequential:
    """Linear layers of the widths `inputs`, *spec.hidden, `outputs`; torch's default initialisation."""
    stack: list[nn.Module] = []
    for width, following in pairwise([inputs, *spec.hidden]):
        stack += [nn.Linear(width, following), ACTIVATIONS[spec.activation]()]
    stack.append(nn.Linear(spec.hidden[-1], outputs))
    if spec.output == "tanh":
        stack.append(nn.Tanh())
    return nn.Sequential(*stack)


class Generator(nn.Module):
    """G: (batch, K) latents to (batch, *shape) items."""

    def __init__(self, latent: int, shape: tuple[int, ...], spec: Mlp) -> None:
        super().__init__()
        self.shape = shape
        self.body = layers(latent, prod(shape), spec)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.body(z).unflatten(-1, self.shape)


class Critic(nn.Module):
    """D: one logit for each item, or for each pair (z, x). Returns (batch,)."""

    def __init__(self, inputs: int, spec: Mlp) -> None:
        super().__init__()
        self.body = layers(inputs, 1, spec)

    def forward(self, *parts: torch.Tensor) -> torch.Tensor:
        return self.body(torch.cat([part.flatten(1) for part in parts], dim=1)).squeeze(-1)


class Reconstructor(nn.Module):
    """F: (batch, *shape) items to (batch, K) latents."""

    def __init__(self, data: int, latent: int, spec: Mlp) -> None:
        super().__init__()
        self.body = layers(data, latent, spec)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x.flatten(1))
