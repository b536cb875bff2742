"""Convolutional networks in a recipe: what they may say, how a mistake is told, which images they fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.errors import StudyError
from modecollapse.study.load import load_study
from modecollapse.study.network_specs import ConvAutoencoder, ConvCritic, ConvGenerator, Mlp, Networks

NETWORKS = ("experiments", "matched", "recipes", "gaussians-1200d", "networks")
GENERATOR = {"channels": [16, 8], "kernel": 4, "activation": "relu", "output": "tanh"}
CRITIC = {"channels": [8, 16], "kernel": 4, "activation": "leaky-relu"}


def networks(**roles: Any) -> Networks:
    return Networks.model_validate({"generator": GENERATOR, "discriminator": CRITIC, **roles})


def test_a_network_with_channels_is_convolutional_and_stays_so_in_json() -> None:
    mlp = {"hidden": [5], "activation": "relu"}
    mixed = networks(discriminator=mlp, autoencoder=CRITIC | {"code": 3})
    assert [type(mixed.of_role(role)) for role in ("generator", "packed-discriminator")] == [ConvGenerator, Mlp]
    assert type(mixed.autoencoder) is ConvAutoencoder
    assert Networks.model_validate_json(mixed.model_dump_json()) == Networks.model_validate(mixed) == mixed
    assert networks().discriminator == ConvCritic.model_validate(CRITIC | {"bare": ["first"]})
    assert networks().autoencoder is None


@pytest.mark.parametrize(
    ("role", "changes", "problem"),
    [
        ("generator", {"hidden": [5]}, "generator: has hidden and channels; allowed: one; `kind: conv`"),
        ("generator", {"channels": [8, 0]}, "generator.channels[1]: 0 is not allowed; allowed: greater than or equal"),
        ("generator", {"activation": "maxout"}, "activation: 'maxout' is not allowed; allowed: 'relu', 'leaky-relu'"),
        ("generator", {"init": {"kind": "orthogonal"}}, "init.kind: 'orthogonal' is not allowed"),
        ("generator", {"image_stride": 3}, "generator.image_stride: 3 is not allowed; allowed: less than or equal"),
        ("discriminator", {"output": "tanh"}, "discriminator: unknown key 'output'; allowed: kind, channels"),
        ("discriminator", {"bare": ["last"]}, "bare[0]: 'last' is not allowed; allowed: 'first' or 'dense'"),
        ("autoencoder", {"decoder": [8]}, "decoder is [8]; allowed: 2 channels, as in the encoder"),
        ("autoencoder", {"dense": [8]}, "autoencoder: code is missing; allowed: none only where both halves meet"),
        ("autoencoder", {"decoder": [8, 8]}, "autoencoder: code is missing; allowed: none only where both halves meet"),
        ("encoder", {}, "encoder: unknown key 'channels'; allowed: kind, hidden"),
    ],
)
def test_a_mistake_is_one_line_with_what_is_allowed(
    changed: Callable[..., Path], role: str, changes: dict[str, Any], problem: str
) -> None:
    spec = (GENERATOR if role == "generator" else CRITIC) | changes
    with pytest.raises(StudyError) as caught:
        load_study([changed(*NETWORKS, role, to=spec)])
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    assert "experiments.matched.recipes.gaussians-1200d.networks" in line
    assert problem in line


@pytest.mark.parametrize(
    ("size", "image_stride", "sizes"),
    [(28, 2, [14, 7, 4, 2]), (28, 1, [28, 14, 7, 4]), (8, 1, [8, 4, 2, 1]), (9, 2, [5, 3, 2, 1])],
)
def test_maps_are_halved_rounding_up(size: int, image_stride: int, sizes: list[int]) -> None:
    critic = ConvCritic.model_validate(CRITIC | {"channels": [2, 3, 4, 5], "image_stride": image_stride})
    steps = critic.convolutions(critic.channels, (3, size, size))
    assert [step.after for step in steps] == sizes
    assert [step.before for step in steps] == [size, *sizes[:-1]]
    assert [step.outputs for step in steps] == [2, 3, 4, 5]
    assert [step.inputs for step in steps] == [3, 2, 3, 4]


@given(
    size=st.integers(1, 300),
    channels=st.lists(st.integers(1, 9), min_size=1, max_size=10),
    block=st.sampled_from(["strided", "paired"]),
    image_stride=st.sampled_from([1, 2]),
)
def test_what_fits_ends_in_a_map_and_what_does_not_is_told(
    size: int, channels: list[int], block: str, image_stride: int
) -> None:
    spec = {"channels": channels, "block": block, "image_stride": image_stride}
    critic = ConvCritic.model_validate(CRITIC | spec)
    halvings = len(channels) + image_stride - 2
    if size <= 2 ** (halvings - 1):
        with pytest.raises(ValueError, match=rf"halve images of {size} x {size} {halvings} times; allowed: at most"):
            critic.convolutions(channels, (1, size, size))
        return
    steps = critic.convolutions(channels, (1, size, size))
    for step, following in zip(steps, steps[1:], strict=False):
        assert (step.outputs, step.after) == (following.inputs, following.before)
    assert sum(step.before != step.after for step in steps) == halvings
    assert (steps[0].inputs, steps[0].before, steps[-1].outputs) == (1, size, channels[-1])
    assert steps[-1].after == max(1, -(-size // 2**halvings))


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ((2,), r"networks: generator: items have shape \(2,\); allowed: \(channels, size, size\), or a network with"),
        ((1, 8, 9), r"networks: generator: items have shape \(1, 8, 9\)"),
        ((3, 2, 2), r"generator: channels is \[16, 8\], which halve images of 2 x 2 2 times; .* most 1 times"),
    ],
)
def test_networks_tell_which_of_them_does_not_fit(shape: tuple[int, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        networks().check_shape(shape)
    networks(encoder={"hidden": [5], "activation": "relu"}).check_shape((3, 3, 3))  # these fit
