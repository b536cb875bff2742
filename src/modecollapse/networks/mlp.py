"""Multilayer perceptrons for every role."""

from __future__ import annotations

from math import prod

import torch
from torch import nn

from modecollapse.networks.layers import CriticBatchNorm, Norm, dense_layers, linear, norm_of
from modecollapse.study.network_specs import Autoencoder as AutoencoderSpec
from modecollapse.study.network_specs import Encoder, Mlp


def perceptron(inputs: int, outputs: int, spec: Mlp, norm: Norm = nn.BatchNorm1d) -> nn.Sequential:
    """A perceptron from `inputs` through the hidden widths of `spec` to `outputs`."""
    stack = dense_layers([inputs, *spec.hidden], spec, norm_of(spec, norm))
    stack.append(linear(spec.hidden[-1], outputs, spec))
    if spec.output == "tanh":
        stack.append(nn.Tanh())
    return nn.Sequential(*stack)


class Generator(nn.Module):
    """G: (batch, K) latents to (batch, *shape) items."""

    def __init__(self, latent: int, shape: tuple[int, ...], spec: Mlp) -> None:
        super().__init__()
        self.shape = shape
        self.body = perceptron(latent, prod(shape), spec)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.body(z).unflatten(-1, self.shape)


class Critic(nn.Module):
    """D: one logit for each item, pack of items (batch, m, *shape), or pair (z, x). Returns (batch,).

    Of z it reads the first `latent` entries.
    """

    def __init__(self, shape: tuple[int, ...], spec: Mlp, packing: int = 1, latent: int = 0) -> None:
        super().__init__()
        self.latent = latent
        self.body = perceptron(latent + packing * prod(shape), 1, spec, CriticBatchNorm)

    def forward(self, *parts: torch.Tensor) -> torch.Tensor:
        *z, x = parts
        return self.body(torch.cat([part[:, : self.latent] for part in z] + [x.flatten(1)], dim=1)).squeeze(-1)


class Reconstructor(nn.Module):
    """F: (batch, *shape) items to (batch, K) latents."""

    def __init__(self, data: int, latent: int, spec: Mlp) -> None:
        super().__init__()
        self.body = perceptron(data, latent, spec)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x.flatten(1))


class StochasticEncoder(nn.Module):
    """E: (batch, *shape) items and standard normal noise, at least (batch, K), to a draw of q(z|x), (batch, K)."""

    def __init__(self, data: int, latent: int, spec: Encoder) -> None:
        super().__init__()
        self.posterior, self.latent = spec.posterior, latent
        implicit = spec.posterior == "implicit"
        self.body = perceptron(data + latent, latent, spec) if implicit else perceptron(data, 2 * latent, spec)

    def forward(self, x: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
        x, eps = x.flatten(1), eps[:, : self.latent]
        if self.posterior == "implicit":
            return self.body(torch.cat([x, eps], dim=1))
        h = self.body(x)
        mean, log_sigma = (h.tanh() if self.posterior == "bounded" else h).chunk(2, dim=1)
        return mean + log_sigma.exp() * eps


class Autoencoder(nn.Module):
    """D of EBGAN and BEGAN: (batch, *shape) items to their reconstructions and their codes, (batch, code)."""

    def __init__(self, shape: tuple[int, ...], spec: AutoencoderSpec) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = perceptron(prod(shape), spec.code, spec.model_copy(update={"output": "linear"}))
        self.decoder = perceptron(spec.code, prod(shape), spec.model_copy(update={"hidden": spec.hidden[::-1]}))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        code = self.encoder(x.flatten(1))
        return self.decoder(code).unflatten(-1, self.shape), code
