"""Layers that perceptrons and convolutional networks share: linear layers, batch norm, activations, initial weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import torch
from torch import nn

from modecollapse.networks.spectral import SpectralLinear
from modecollapse.study.network_specs import Conv, Init, Mlp

Layer = TypeVar("Layer", bound=nn.Module)
Norm = type[nn.Module]  # a class of batch norm
MLP_EPS = 1e-4  # of batch norm in ALI's and PacGAN's code for points
CONV_EPS = 1e-5  # of batch norm in the DCGAN code behind VEEGAN's, PacGAN's and LSGAN's experiments with images


class CriticBatchNorm(nn.BatchNorm1d):
    """Batch norm of (n, C) or (n, C, H, W) by the batch itself, in operations that torch differentiates one by one.

    torch's own, under `vmap`, holds mean and variance constant in the derivative of its gradient. An unrolled GAN in a
    block of several seeds would then have another gradient than one seed alone, without a warning. This one is slower.
    """

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        over, channels = [0, *range(2, h.dim())], [1, -1] + [1] * (h.dim() - 2)
        centred = h - h.mean(over, keepdim=True)
        deviation = (centred.square().mean(over, keepdim=True) + self.eps).sqrt()
        return centred * (self.weight.view(channels) / deviation) + self.bias.view(channels)


class Maxout(nn.Module):
    """The largest of `pieces` neighbours (Goodfellow et al. 2013): (batch, width * pieces) to (batch, width)."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(-1, (-1, self.pieces)).amax(-1)


ACTIVATIONS: dict[str, Callable[[Mlp | Conv], nn.Module]] = {
    "relu": lambda spec: nn.ReLU(),
    "leaky-relu": lambda spec: nn.LeakyReLU(spec.slope if isinstance(spec, Conv) else 0.2),
    "tanh": lambda spec: nn.Tanh(),
    "elu": lambda spec: nn.ELU(),
    "maxout": lambda spec: Maxout(spec.pieces),
}
INITIALISATIONS: dict[str, Callable[[torch.Tensor, float], torch.Tensor]] = {
    "orthogonal": nn.init.orthogonal_,
    "normal": lambda weight, sd: nn.init.normal_(weight, std=sd),
    "glorot-uniform": nn.init.xavier_uniform_,
    "he-uniform": lambda weight, gain: nn.init.uniform_(weight, -(bound := gain * (6 / weight.shape[1]) ** 0.5), bound),
}


def dense_layers(widths: Sequence[int], spec: Mlp | Conv, norm: Norm | None) -> list[nn.Module]:
    """From widths[0] inputs through every further width: a linear layer and what follows it."""
    stack: list[nn.Module] = []
    for inputs, width in pairwise(widths):
        outputs = width * spec.pieces if spec.activation == "maxout" else width
        stack += [linear(inputs, outputs, spec, bias=norm is None), *norm_and_activation(outputs, spec, norm)]
    return stack


def norm_and_activation(width: int, spec: Mlp | Conv, norm: Norm | None) -> list[nn.Module]:
    """The modules after a layer: batch norm of `width` channels unless `norm` is None, and the activation.

    Batch norm keeps no running statistics: a batch is normalised by itself, in training and in evaluation.
    """
    eps = CONV_EPS if isinstance(spec, Conv) else MLP_EPS
    norms = [norm(width, eps=eps, track_running_stats=False)] if norm else []
    return [*norms, ACTIVATIONS[spec.activation](spec)]


def norm_of(spec: Mlp | Conv, norm: Norm, *, bare: bool = False) -> Norm | None:
    """`norm` if the specification has batch norm and the layer is not bare, else None."""
    return norm if spec.normalisation == "batch" and not bare else None


def linear(inputs: int, outputs: int, spec: Mlp | Conv, *, bias: bool = True) -> nn.Linear:
    """A linear layer, initialised and spectrally normalised as the specification says."""
    kind = SpectralLinear if spec.normalisation == "spectral" else nn.Linear
    return initialised(kind(inputs, outputs, bias=bias), spec.init)


def initialised(layer: Layer, init: Init | None) -> Layer:
    """A linear layer or convolution, initialised as `init` says or, without it, as torch does."""
    if init:
        INITIALISATIONS[init.kind](layer.weight, init.scale)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    return layer
