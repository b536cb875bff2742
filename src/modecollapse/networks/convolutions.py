"""Stacks of convolutions: from an image to the coarsest map, and from there to an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from torch import nn

from modecollapse.networks.batch_norm import CriticBatchNorm
from modecollapse.networks.mlp import initialised, linear
from modecollapse.study.recipe import Conv, ConvAutoencoder, ConvCritic, ConvGenerator, Convolution

ACTIVATIONS: dict[str, Callable[[Conv], nn.Module]] = {
    "relu": lambda spec: nn.ReLU(),
    "leaky-relu": lambda spec: nn.LeakyReLU(spec.slope),
    "elu": lambda spec: nn.ELU(),
}
BATCH_NORM_EPS = 1e-5  # that of the DCGAN code behind VEEGAN's, PacGAN's and LSGAN's experiments with images
Norm = type[nn.Module] | None


def from_image(shape: tuple[int, ...], spec: ConvCritic) -> list[nn.Module]:
    """From (batch, *shape) images to their coarsest maps."""
    stack: list[nn.Module] = []
    for number, step in enumerate(spec.convolutions(spec.channels, shape)):
        norm = wanted(CriticBatchNorm, spec, bare=number == 0 and "first" in spec.bare)
        stack.append(initialised(downward(step, spec.kernel, bias=norm is None), spec.init))
        stack += _followed(spec, norm, step.outputs)
    return stack


def features_to(outputs: int, inputs: int, spec: ConvCritic) -> list[nn.Module]:
    """From (batch, inputs), a flat map and what joins it, through dense layers to (batch, outputs)."""
    widths = [inputs, *spec.dense]
    stack = _dense_layers(widths, spec, wanted(CriticBatchNorm, spec, bare="dense" in spec.bare))
    return [*stack, linear(widths[-1], outputs, spec.init)]


def to_map(inputs: int, dense: list[int], channels: list[int], shape: tuple[int, ...], spec: Conv) -> list[nn.Module]:
    """From (batch, inputs) through dense layers to coarsest maps; `channels` begin there.

    A paired block has convolutions on that map itself: then neither batch norm nor activation comes before them.
    """
    width, size = channels[0], spec.convolutions(channels[::-1], shape)[-1].after
    norm = wanted(nn.BatchNorm2d, spec, bare=spec.block == "paired")
    stack = _dense_layers([inputs, *dense], spec, wanted(nn.BatchNorm1d, spec))
    stack.append(linear([inputs, *dense][-1], width * size**2, spec.init, bias=norm is None))
    stack.append(nn.Unflatten(1, (width, size, size)))
    return stack if spec.block == "paired" else [*stack, *_followed(spec, norm, width)]


def to_image(channels: list[int], shape: tuple[int, ...], spec: ConvGenerator | ConvAutoencoder) -> list[nn.Module]:
    """From coarsest maps, where `channels` begin, to (batch, *shape) images."""
    image, *steps = spec.convolutions(channels[::-1], shape)
    norm = wanted(nn.BatchNorm2d, spec)
    stack: list[nn.Module] = []
    for step in reversed(steps):
        if spec.block == "paired" and step.before != step.after:
            stack.append(nn.Upsample(size=(step.before, step.before)))
        else:
            stack.append(initialised(upward(step, spec.kernel, bias=norm is None), spec.init))
            stack += _followed(spec, norm, step.inputs)
    stack.append(initialised(upward(image, spec.kernel), spec.init))
    return [*stack, nn.Tanh()] if spec.output == "tanh" else stack


def downward(step: Convolution, kernel: int, **options: Any) -> nn.Conv2d:
    """The convolution to the coarser map of a step, or to one as fine."""
    if step.before == step.after:
        return nn.Conv2d(step.inputs, step.outputs, kernel, padding="same", **options)
    return nn.Conv2d(step.inputs, step.outputs, kernel, stride=2, padding=_padding(step, kernel), **options)


def upward(step: Convolution, kernel: int, **options: Any) -> nn.Module:
    """A step backwards: the transposed convolution to its finer map, or the convolution to one as fine."""
    if step.before == step.after:
        return nn.Conv2d(step.outputs, step.inputs, kernel, padding="same", **options)
    padding = _padding(step, kernel)
    missing = step.before - (2 * (step.after - 1) - 2 * padding + kernel)
    settings = {"stride": 2, "padding": padding, "output_padding": missing, **options}
    return nn.ConvTranspose2d(step.outputs, step.inputs, kernel, **settings)


def wanted(norm: type[nn.Module], spec: Conv, *, bare: bool = False) -> Norm:
    """The batch norm of a layer, None where it has none."""
    return norm if spec.normalisation == "batch" and not bare else None


def _padding(step: Convolution, kernel: int) -> int:
    """With which a stride of 2 halves the finer map, rounded up; under an even kernel an odd map needs one more."""
    return (kernel - 1 + step.before % 2) // 2


def _dense_layers(widths: Sequence[int], spec: Conv, norm: Norm) -> list[nn.Module]:
    """Linear layers from widths[0] inputs through every further width, each with what follows it."""
    stack: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        stack.append(linear(inputs, outputs, spec.init, bias=norm is None))
        stack += _followed(spec, norm, outputs)
    return stack


def _followed(spec: Conv, norm: Norm, width: int) -> list[nn.Module]:
    """Batch norm where it is wanted, without running statistics as in the perceptrons, and the activation."""
    norms = [norm(width, eps=BATCH_NORM_EPS, track_running_stats=False)] if norm else []
    return [*norms, ACTIVATIONS[spec.activation](spec)]
