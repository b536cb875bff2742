"""Convolutional networks by role: the published stacks layer by layer, what they read, batch norm and its absence."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from blocks import RECIPE
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from modecollapse import networks
from modecollapse.networks.conv import downward, upward
from modecollapse.networks.layers import CriticBatchNorm
from modecollapse.study.recipe import Convolution, Training

K, EXTRA, BATCH, PACKING = 5, 2, 4, 3
SHAPES = [(3, 8, 8), (1, 28, 28), (3, 32, 32)]
ROLES = [role for role in networks.ROLES if role not in ("encoder", "reconstructor")]
CRITIC = {"channels": [3, 4, 5], "kernel": 3, "activation": "leaky-relu"}
SPECS = {
    "generator": {"channels": [5, 4, 3], "kernel": 4, "activation": "relu", "output": "tanh"},
    "discriminator": CRITIC,
    "autoencoder": CRITIC | {"code": 2},
}
PAIRED = {"block": "paired", "image_stride": 1, "kernel": 3, "activation": "elu"}
KINDS = {
    "strided": {},
    "full-size finest map": {"image_stride": 1},
    "paired": PAIRED,
    "dense": {"dense": [7, 6]},
    "wide kernel": {"kernel": 5},
    "even kernel": {"kernel": 4, "channels": [3, 3, 3]},
}


def recipe(**of_role: Any) -> Training:
    specs = RECIPE["networks"] | {role: spec | of_role.pop(role, {}) for role, spec in SPECS.items()}
    return Training.model_validate(RECIPE | {"latent": K, "networks": specs} | of_role)


def build(role: str, shape: tuple[int, ...], packing: int = 1, seed: int = 0, **changes: Any) -> nn.Module:
    """A network of SPECS in double precision; `changes` are those of its specification, or of the recipe."""
    key = role.removeprefix("joint-").removeprefix("packed-")
    of_recipe = {name: changes.pop(name) for name in ("extra_noise",) if name in changes}
    torch.manual_seed(seed)
    return networks.build(role, recipe(**{key: changes}, **of_recipe), shape, packing).double()


def normal(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def inputs(role: str, shape: tuple[int, ...]) -> list[torch.Tensor]:
    """What a variant gives to a network of the role."""
    z, x = normal(BATCH, K), normal(BATCH, *shape, seed=2)
    read = {"generator": [z], "joint-discriminator": [z, x], "packed-discriminator": [normal(BATCH, PACKING, *shape)]}
    return read.get(role, [x])


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


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_maps_a_batch_to_its_shape(role: str, kind: str, shape: tuple[int, ...]) -> None:
    made = build(role, shape, PACKING, **KINDS[kind])(*inputs(role, shape))
    if role == "autoencoder":
        made, code = made
        assert code.shape == (BATCH, 2)
    images = role in ("generator", "autoencoder")
    assert made.shape == ((BATCH, *shape) if images else (BATCH,))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
def test_a_batch_is_treated_item_by_item_without_batch_norm(role: str, kind: str) -> None:
    network, whole = build(role, (3, 8, 8), PACKING, **KINDS[kind]), inputs(role, (3, 8, 8))
    made, alone = network(*whole), network(*(part[2:3] for part in whole))
    for all_rows, row in zip(made, alone, strict=True) if isinstance(made, tuple) else [(made, alone)]:
        torch.testing.assert_close(all_rows[2:3], row, rtol=1e-12, atol=1e-12)


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
    assert [m.negative_slope for m in critic.modules() if isinstance(m, nn.LeakyReLU)] == [0.3] * 3


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


# What is read


def test_only_the_generator_reads_the_extra_noise() -> None:
    z, x = normal(BATCH, K), normal(BATCH, 1, 8, 8, seed=2)
    generator, critic = (build(role, (1, 8, 8), extra_noise=EXTRA) for role in ("generator", "joint-discriminator"))
    for place in range(K):
        moved = z.index_fill(1, torch.tensor(place), 3.0)
        assert (generator(moved) != generator(z)).flatten(1).any(1).all()
        assert ((critic(moved, x) == critic(z, x)) == (place >= K - EXTRA)).all()
    assert torch.equal(critic(z[:, :-EXTRA], x), critic(z, x))


@pytest.mark.parametrize("packing", [2, 3, 4])
def test_a_packed_discriminator_reads_every_image_as_channels(packing: int) -> None:
    critic, pack = build("packed-discriminator", (3, 8, 8), packing), normal(BATCH, packing, 3, 8, 8)
    logit = critic(pack)
    for slot in range(packing):
        changed = pack.clone()
        changed[:, slot] += 1
        assert (critic(changed) != logit).all()
    stacked = torch.cat(list(pack.unbind(1)), dim=1)
    torch.testing.assert_close(logit, critic.head(critic.features(stacked)).squeeze(1))


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


# Batch norm and what else a specification says


@pytest.mark.parametrize(("output", "bounded"), [("tanh", True), ("linear", False)])
@pytest.mark.parametrize("role", ["generator", "autoencoder"])
def test_only_a_tanh_output_is_bounded_by_one(role: str, output: str, bounded: bool) -> None:
    made = build(role, (1, 8, 8), output=output)(*(1e4 * part for part in inputs(role, (1, 8, 8))))
    images = made[0] if role == "autoencoder" else made
    assert (images.abs().max() <= 1) == bounded
    if role == "autoencoder":
        assert made[1].abs().max() > 1


@pytest.mark.parametrize("kind", ["strided", "paired", "dense"])
@pytest.mark.parametrize("role", ROLES)
def test_every_layer_but_the_last_has_batch_norm_or_a_bias(role: str, kind: str) -> None:
    bare = {} if role == "generator" else {"bare": []}
    network = build(role, (3, 8, 8), PACKING, normalisation="batch", **bare, **KINDS[kind])
    parts = [network.encoder, network.decoder] if role == "autoencoder" else [network]
    for part in parts:
        layers = [m for m in part.modules() if isinstance(m, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
        norms = [m for m in part.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
        start = kind == "paired" and (role == "generator" or part is parts[-1] and role == "autoencoder")
        assert sum(layer.bias is None for layer in layers) == len(norms) == len(layers) - 1 - start
        assert layers[-1].bias is not None
        assert {(n.eps, n.affine, n.track_running_stats) for n in norms} == {(1e-5, True, False)}
    plain = build(role, (3, 8, 8), PACKING, **KINDS[kind])
    assert not any("Norm" in name for name in kinds(plain))
    assert all(m.bias is not None for m in plain.modules() if isinstance(m, nn.Linear | nn.Conv2d | nn.ConvTranspose2d))


@pytest.mark.parametrize(
    ("bare", "without"), [([], 0), (["first"], 1), (["dense"], 2), (["first", "dense"], 3), (None, 1)]
)
def test_bare_layers_have_no_batch_norm(bare: list[str] | None, without: int) -> None:
    given = {} if bare is None else {"bare": bare}
    critic = build("discriminator", (1, 8, 8), dense=[4, 4], normalisation="batch", **given)
    assert sum(isinstance(m, CriticBatchNorm) for m in critic.modules()) == 5 - without
    assert (critic.features[0].bias is None) == (bare is not None and "first" not in bare)


@pytest.mark.parametrize("role", ["encoder", "reconstructor"])
def test_encoders_and_reconstructors_of_images_are_perceptrons(role: str) -> None:
    network = networks.build(role, recipe(), (3, 8, 8))
    assert {type(m) for m in network.modules() if list(m.parameters(recurse=False))} == {nn.Linear}
    assert network(*([torch.zeros(2, 3, 8, 8)] + [torch.zeros(2, K)] * (role == "encoder"))).shape == (2, K)
