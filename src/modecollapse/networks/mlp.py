"""Multilayer perceptrons for every role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from typing import TypeVar

import torch
from torch import nn

from modecollapse.networks.batch_norm import CriticBatchNorm
from modecollapse.study.recipe import Autoencoder, Encoder, Init, Mlp

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "elu": nn.ELU,
}
INITIALISATIONS: dict[str, Callable[[torch.Tensor, float], torch.Tensor]] = {
    "orthogonal": nn.init.orthogonal_,
    "normal": lambda weight, sd: nn.init.normal_(weight, std=sd),
    "glorot-uniform": nn.init.xavier_uniform_,
    "he-uniform": lambda weight, gain: nn.init.uniform_(weight, -(bound := gain * (6 / weight.shape[1]) ** 0.5), bound),
}
Layer = TypeVar("Layer", bound=nn.Module)
BATCH_NORM_EPS = 1e-4  # that of ALI's and PacGAN's code


class Maxout(nn.Module):
    """The largest of `pieces` neighbours (Goodfellow et al. 2013): (batch, width * pieces) to (batch, width)."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(-1, (-1, self.pieces)).amax(-1)


def hidden_layers(widths: Sequence[int], spec: Mlp, norm: type[nn.BatchNorm1d]) -> list[nn.Module]:
    """From widths[0] inputs through every further width: linear, batch norm if wanted, activation.

    Batch norm keeps no running statistics: a batch is normalised by itself, in training and in evaluation.
    """
    stack: list[nn.Module] = []
    for width, following in pairwise(widths):
        outputs = following * spec.pieces if spec.activation == "maxout" else following
        batch_norm = spec.normalisation == "batch"
        stack.append(linear(width, outputs, spec.init, bias=not batch_norm))
        if batch_norm:
            stack.append(norm(outputs, eps=BATCH_NORM_EPS, track_running_stats=False))
        stack.append(Maxout(spec.pieces) if spec.activation == "maxout" else ACTIVATIONS[spec.activation]())
    return stack


def layers(inputs: int, outputs: int, spec: Mlp, norm: type[nn.BatchNorm1d] = nn.BatchNorm1d) -> nn.Sequential:
    """A perceptron from `inputs` through the hidden widths of `spec` to `outputs`."""
    stack = hidden_layers([inputs, *spec.hidden], spec, norm)
    stack.append(linear(spec.hidden[-1], outputs, spec.init))
    if spec.output == "tanh":
        stack.append(nn.Tanh())
    return nn.Sequential(*stack)


def linear(inputs: int, outputs: int, init: Init | None, *, bias: bool = True) -> nn.Linear:
    """A linear layer, initialised as `init` says."""
    return initialised(nn.Linear(inputs, outputs, bias=bias), init)


def initialised(layer: Layer, init: Init | None) -> Layer:
    """A linear layer or convolution, initialised as `init` says; without it, as torch does."""
    if init:
        INITIALISATIONS[init.kind](layer.weight, init.scale)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    return layer


class Generator(nn.Module):
    """G: (batch, K) latents to (batch, *shape) items."""

    def __init__(self, latent: int, shape: tuple[int, ...], spec: Mlp) -> None:
        super().__init__()
        self.shape = shape
        self.body = layers(latent, prod(shape), spec)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.body(z).unflatten(-1, self.shape)


class Critic(nn.Module):
    """D: one logit for each item, pack of items (batch, m, *shape), or pair (z, x). Returns (batch,).

    Of z it reads the first `latent` entries.
    """

    def __init__(self, inputs: int, spec: Mlp, latent: int = 0) -> None:
        super().__init__()
        self.latent = latent
        self.body = layers(latent + inputs, 1, spec, CriticBatchNorm)

    def forward(self, *parts: torch.Tensor) -> torch.Tensor:
        *z, x = parts
        return self.body(torch.cat([part[:, : self.latent] for part in z] + [x.flatten(1)], dim=1)).squeeze(-1)


class Reconstructor(nn.Module):
    """F: (batch, *shape) items to (batch, K) latents."""

    def __init__(self, data: int, latent: int, spec: Mlp) -> None:
        super().__init__()
        self.body = layers(data, latent, spec)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x.flatten(1))


class StochasticEncoder(nn.Module):
    """E: (batch, *shape) items and standard normal noise, at least (batch, K), to a draw of q(z|x), (batch, K)."""

    def __init__(self, data: int, latent: int, spec: Encoder) -> None:
        super().__init__()
        self.posterior, self.latent = spec.posterior, latent
        implicit = spec.posterior == "implicit"
        self.body = layers(data + latent, latent, spec) if implicit else layers(data, 2 * latent, spec)

    def forward(self, x: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
        x, eps = x.flatten(1), eps[:, : self.latent]
        if self.posterior == "implicit":
            return self.body(torch.cat([x, eps], dim=1))
        h = self.body(x)
        mean, log_sigma = (h.tanh() if self.posterior == "bounded" else h).chunk(2, dim=1)
        return mean + log_sigma.exp() * eps


class AutoencodingCritic(nn.Module):
    """D of EBGAN and BEGAN: (batch, *shape) items to their reconstructions and their codes, (batch, code)."""

    def __init__(self, shape: tuple[int, ...], spec: Autoencoder) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = layers(prod(shape), spec.code, spec.model_copy(update={"output": "linear"}))
        self.decoder = layers(spec.code, prod(shape), spec.model_copy(update={"hidden": spec.hidden[::-1]}))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        code = self.encoder(x.flatten(1))
        return self.decoder(code).unflatten(-1, self.shape), code
