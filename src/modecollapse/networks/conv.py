"""Convolutional networks for the roles that make or read images."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from modecollapse.networks.layers import (
    CriticBatchNorm,
    dense_layers,
    initialised,
    linear,
    norm_and_activation,
    norm_of,
)
from modecollapse.study.network_specs import Conv, ConvAutoencoder, ConvCritic, ConvGenerator, Convolution


class Generator(nn.Module):
    """G: (batch, K) latents to (batch, *shape) images."""

    def __init__(self, latent: int, shape: tuple[int, ...], spec: ConvGenerator) -> None:
        super().__init__()
        start = to_map(latent, spec.dense, spec.channels, shape, spec)
        self.body = nn.Sequential(*start, *to_image(spec.channels, shape, spec))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.body(z)


class Critic(nn.Module):
    """D: one logit for each image, pack of images (batch, m, *shape), or pair (z, x). Returns (batch,).

    The images of a pack are stacked as channels. The first `latent` entries of z join the coarsest map.
    """

    def __init__(self, shape: tuple[int, ...], spec: ConvCritic, packing: int = 1, latent: int = 0) -> None:
        super().__init__()
        channels, *size = shape
        self.pack, self.latent = (packing * channels, *size), latent
        self.features = nn.Sequential(*from_image(self.pack, spec), nn.Flatten())
        self.head = nn.Sequential(*from_features(latent + _flat_width(spec, self.pack), 1, spec))

    def forward(self, *parts: torch.Tensor) -> torch.Tensor:
        *z, x = parts
        h = self.features(x.reshape(-1, *self.pack))
        return self.head(torch.cat([part[:, : self.latent] for part in z] + [h], dim=1)).squeeze(-1)


class Autoencoder(nn.Module):
    """D of EBGAN and BEGAN: (batch, *shape) images to their reconstructions and their codes, (batch, code)."""

    def __init__(self, shape: tuple[int, ...], spec: ConvAutoencoder) -> None:
        super().__init__()
        channels = spec.decoder or spec.channels[::-1]
        encoder, decoder = from_image(shape, spec), to_image(channels, shape, spec)
        if spec.code:
            encoder += [nn.Flatten(), *from_features(_flat_width(spec, shape), spec.code, spec)]
            decoder = to_map(spec.code, spec.dense[::-1], channels, shape, spec) + decoder
        self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        code = self.encoder(x)
        return self.decoder(code), code.flatten(1)


def from_image(shape: tuple[int, ...], spec: ConvCritic) -> list[nn.Module]:
    """The layers from (batch, *shape) images to their coarsest maps."""
    stack: list[nn.Module] = []
    for number, step in enumerate(spec.convolutions(spec.channels, shape)):
        norm = norm_of(spec, CriticBatchNorm, bare=number == 0 and "first" in spec.bare)
        stack.append(initialised(downward(step, spec.kernel, bias=norm is None), spec.init))
        stack += norm_and_activation(step.outputs, spec, norm)
    return stack


def from_features(inputs: int, outputs: int, spec: ConvCritic) -> list[nn.Module]:
    """The layers from (batch, inputs), a flat map and what joins it, to (batch, outputs)."""
    widths = [inputs, *spec.dense]
    stack = dense_layers(widths, spec, norm_of(spec, CriticBatchNorm, bare="dense" in spec.bare))
    return [*stack, linear(widths[-1], outputs, spec)]


def to_map(inputs: int, dense: list[int], channels: list[int], shape: tuple[int, ...], spec: Conv) -> list[nn.Module]:
    """The layers from (batch, inputs) to coarsest maps, which have channels[0] channels.

    A paired block has convolutions on that map itself: then neither batch norm nor activation comes before them.
    """
    width, size = channels[0], spec.convolutions(channels[::-1], shape)[-1].after
    norm = norm_of(spec, nn.BatchNorm2d, bare=spec.block == "paired")
    stack = dense_layers([inputs, *dense], spec, norm_of(spec, nn.BatchNorm1d))
    stack.append(linear([inputs, *dense][-1], width * size**2, spec, bias=norm is None))
    stack.append(nn.Unflatten(1, (width, size, size)))
    return stack if spec.block == "paired" else [*stack, *norm_and_activation(width, spec, norm)]


def to_image(channels: list[int], shape: tuple[int, ...], spec: ConvGenerator | ConvAutoencoder) -> list[nn.Module]:
    """The layers from coarsest maps, which have channels[0] channels, to (batch, *shape) images."""
    image, *steps = spec.convolutions(channels[::-1], shape)
    norm = norm_of(spec, nn.BatchNorm2d)
    stack: list[nn.Module] = []
    for step in reversed(steps):
        if spec.block == "paired" and step.before != step.after:
            stack.append(nn.Upsample(size=(step.before, step.before)))
        else:
            stack.append(initialised(upward(step, spec.kernel, bias=norm is None), spec.init))
            stack += norm_and_activation(step.inputs, spec, norm)
    stack.append(initialised(upward(image, spec.kernel), spec.init))
    return [*stack, nn.Tanh()] if spec.output == "tanh" else stack


def downward(step: Convolution, kernel: int, **options: Any) -> nn.Conv2d:
    """The convolution from the finer to the coarser map of a step, or between two maps of one size."""
    if step.before == step.after:
        return nn.Conv2d(step.inputs, step.outputs, kernel, padding="same", **options)
    return nn.Conv2d(step.inputs, step.outputs, kernel, stride=2, padding=_padding(step, kernel), **options)


def upward(step: Convolution, kernel: int, **options: Any) -> nn.Module:
    """A step backwards: the transposed convolution to its finer map, or the convolution between maps of one size."""
    if step.before == step.after:
        return nn.Conv2d(step.outputs, step.inputs, kernel, padding="same", **options)
    padding = _padding(step, kernel)
    missing = step.before - (2 * (step.after - 1) - 2 * padding + kernel)
    settings = {"stride": 2, "padding": padding, "output_padding": missing, **options}
    return nn.ConvTranspose2d(step.outputs, step.inputs, kernel, **settings)


def _padding(step: Convolution, kernel: int) -> int:
    """The padding with which stride 2 halves the finer map, rounded up; an even kernel needs one more on an odd map."""
    return (kernel - 1 + step.before % 2) // 2


def _flat_width(spec: ConvCritic, shape: tuple[int, ...]) -> int:
    """The number of entries of an image's coarsest map."""
    coarsest = spec.convolutions(spec.channels, shape)[-1]
    return coarsest.outputs * coarsest.after**2
