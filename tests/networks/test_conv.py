"""Convolutional networks: the published stacks layer by layer, the geometry, and layers without batch norm."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from role_networks import BATCH, PAIRED, K, inputs, normal, of_kind
from role_networks import build as build_any
from torch import nn

from modecollapse.networks.conv import downward, upward
from modecollapse.networks.layers import CriticBatchNorm
from modecollapse.study.network_specs import Convolution

build = partial(build_any, conv=True)


def kinds(network: nn.Module) -> list[str]:
    """The names of the layers that do something, in order."""
    leaves = [m for m in network.modules() if not list(m.children())]
    return [type(m).__name__ for m in leaves if not isinstance(m, nn.Flatten | nn.Unflatten)]


def widths(network: nn.Module) -> list[tuple[int, ...]]:
    """The shapes of the weights of linear layers and convolutions, in order."""
    return [tuple(p.shape) for name, p in network.named_parameters() if p.dim() > 1]


def maps(network: nn.Module, *read: torch.Tensor) -> list[tuple[int, ...]]:
    """(channels, size, size) of what every layer makes that has a map."""
    seen: list[tuple[int, ...]] = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Upsample | nn.Unflatten):
            module.register_forward_hook(lambda layer, x, made: seen.append(tuple(made.shape[1:])))
    network(*read)
    return seen


# The published stacks


def test_the_dcgan_stack_of_veegans_experiments() -> None:
    layers = {"kernel": 5, "normalisation": "batch", "init": {"kind": "normal", "scale": 0.02}}
    generator = build("generator", (3, 28, 28), channels=[512, 256, 128, 64], **layers)
    assert maps(generator, normal(2, K)) == [
        (512, 2, 2), (256, 4, 4), (128, 7, 7), (64, 14, 14), (3, 28, 28)
    ]  # fmt: skip
    assert kinds(generator) == [
        "Linear", "BatchNorm2d", "ReLU", *["ConvTranspose2d", "BatchNorm2d", "ReLU"] * 3, "ConvTranspose2d", "Tanh"
    ]  # fmt: skip
    critic = build("discriminator", (3, 28, 28), channels=[64, 128, 256, 512], **layers)
    assert maps(critic, normal(2, 3, 28, 28)) == [(64, 14, 14), (128, 7, 7), (256, 4, 4), (512, 2, 2)]
    followed = ["Conv2d", "CriticBatchNorm", "LeakyReLU"]
    assert kinds(critic) == ["Conv2d", "LeakyReLU", *followed * 3, "Linear"]
    assert widths(critic) == [(64, 3, 5, 5), (128, 64, 5, 5), (256, 128, 5, 5), (512, 256, 5, 5), (1, 2048)]
    larger = build("generator", (3, 32, 32), channels=[512, 256, 128, 64], **layers)
    assert maps(larger, normal(2, K))[0] == (512, 2, 2)
    for network in (generator, critic):
        for weight in (p for p in network.parameters() if p.dim() == 4):
            assert (weight.std() / 0.02).item() == pytest.approx(1, abs=4 / (2 * weight.numel()) ** 0.5)
            assert weight.abs().max() > 0.05  # a uniform draw of this sd ends at 0.035


def test_alis_joint_discriminator_has_a_dense_layer_without_batch_norm() -> None:
    critic = build(
        "joint-discriminator", (3, 28, 28), dense=[200], normalisation="batch", bare=["first", "dense"], extra_noise=1
    )
    assert kinds(critic)[-3:] == ["Linear", "LeakyReLU", "Linear"]
    assert widths(critic)[-2:] == [(200, K - 1 + 5 * 4 * 4), (1, 200)]


def test_pacgans_small_networks_end_in_a_plain_convolution_and_begin_with_batch_norm() -> None:
    generator = build("generator", (3, 28, 28), channels=[64, 32, 16, 8], kernel=3, image_stride=1)
    assert maps(generator, normal(2, K)) == [(64, 4, 4), (32, 7, 7), (16, 14, 14), (8, 28, 28), (3, 28, 28)]
    assert kinds(generator)[-3:] == ["ReLU", "Conv2d", "Tanh"]
    critic = build(
        "packed-discriminator", (3, 28, 28), 2, channels=[2, 4, 8], slope=0.3, normalisation="batch", bare=[]
    )
    assert widths(critic) == [(2, 6, 3, 3), (4, 2, 3, 3), (8, 4, 3, 3), (1, 128)]
    assert kinds(critic) == [*["Conv2d", "CriticBatchNorm", "LeakyReLU"] * 3, "Linear"]
    assert [m.negative_slope for m in of_kind(critic, nn.LeakyReLU)] == [0.3] * 3


def test_the_infogan_stack_has_dense_layers_with_batch_norm() -> None:
    generator = build("generator", (1, 28, 28), channels=[128, 64], dense=[1024], normalisation="batch")
    assert widths(generator) == [(1024, K), (128 * 49, 1024), (128, 64, 4, 4), (64, 1, 4, 4)]
    assert kinds(generator)[:6] == ["Linear", "BatchNorm1d", "ReLU", "Linear", "BatchNorm2d", "ReLU"]
    critic = build("discriminator", (1, 28, 28), channels=[64, 128], kernel=4, dense=[1024], normalisation="batch")
    assert widths(critic) == [(64, 1, 4, 4), (128, 64, 4, 4), (1024, 128 * 49), (1, 1024)]
    assert kinds(critic)[-4:] == ["Linear", "CriticBatchNorm", "LeakyReLU", "Linear"]


def test_the_autoencoder_of_began() -> None:
    shape, n = (3, 32, 32), 6
    autoencoder = build("autoencoder", shape, channels=[n, 2 * n, 3 * n], decoder=[n, n, n], **PAIRED)
    assert maps(autoencoder.encoder, normal(2, *shape)) == [
        (n, 32, 32), (n, 32, 32), (n, 32, 32), (n, 16, 16), (2 * n, 16, 16), (2 * n, 16, 16),
        (2 * n, 8, 8), (3 * n, 8, 8), (3 * n, 8, 8),
    ]  # fmt: skip
    assert maps(autoencoder.decoder, normal(2, 2)) == [
        (n, 8, 8), (n, 8, 8), (n, 8, 8), (n, 16, 16), (n, 16, 16), (n, 16, 16), (n, 32, 32), (n, 32, 32), (n, 32, 32),
        (3, 32, 32),
    ]  # fmt: skip
    pair = ["Conv2d", "ELU"] * 2
    assert kinds(autoencoder.encoder) == ["Conv2d", "ELU", *pair, *["Conv2d", "ELU", *pair] * 2, "Linear"]
    assert kinds(autoencoder.decoder) == ["Linear", *pair, *["Upsample", *pair] * 2, "Conv2d"]
    generator = build("generator", (1, 28, 28), channels=[n, n, n], output="linear", **PAIRED)
    assert maps(generator, normal(2, K))[::3] == [(n, 7, 7), (n, 14, 14), (n, 28, 28), (1, 28, 28)]


def test_an_autoencoder_without_a_code_of_its_own_is_convolutional_throughout() -> None:
    autoencoder = build("autoencoder", (1, 28, 28), channels=[6, 7], kernel=4, code=None)
    assert kinds(autoencoder) == [*["Conv2d", "LeakyReLU"] * 2, "ConvTranspose2d", "LeakyReLU", "ConvTranspose2d"]
    x = normal(BATCH, 1, 28, 28)
    reconstruction, code = autoencoder(x)
    assert code.shape == (BATCH, 7 * 7 * 7)
    torch.testing.assert_close(reconstruction, autoencoder.decoder(code.view(BATCH, 7, 7, 7)))


# The geometry


@settings(deadline=None, max_examples=60)
@given(kernel=st.integers(1, 7), size=st.integers(2, 33), stride=st.sampled_from([1, 2]), seed=st.integers(0, 9))
def test_a_step_backwards_is_the_transpose_of_the_step_and_sizes_are_halved_rounding_up(
    kernel: int, size: int, stride: int, seed: int
) -> None:
    step = Convolution(2, 3, size, size if stride == 1 else -(-size // 2))
    down, up = downward(step, kernel, bias=False).double(), upward(step, kernel, bias=False).double()
    x, y = normal(1, 2, size, size, seed=seed), normal(1, 3, step.after, step.after, seed=seed + 1)
    assert down(x).shape == y.shape
    assert up(y).shape == x.shape
    if stride == 2:
        with torch.no_grad():
            up.weight.copy_(down.weight)
        torch.testing.assert_close((down(x) * y).sum(), (x * up(y)).sum())


@pytest.mark.parametrize(
    ("bare", "without"), [([], 0), (["first"], 1), (["dense"], 2), (["first", "dense"], 3), (None, 1)]
)
def test_bare_layers_have_no_batch_norm(bare: list[str] | None, without: int) -> None:
    given = {} if bare is None else {"bare": bare}
    critic = build("discriminator", (1, 8, 8), dense=[4, 4], normalisation="batch", **given)
    assert len(of_kind(critic, CriticBatchNorm)) == 5 - without
    assert (critic.features[0].bias is None) == (bare is not None and "first" not in bare)


@pytest.mark.parametrize("role", ["encoder", "reconstructor"])
def test_encoders_and_reconstructors_of_images_are_perceptrons(role: str) -> None:
    network = build(role, (3, 8, 8))
    assert {type(m) for m in network.modules() if list(m.parameters(recurse=False))} == {nn.Linear}
    assert network(*inputs(role, (3, 8, 8))).shape == (BATCH, K)
