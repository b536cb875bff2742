"""A frozen generator: batch norm with the statistics of one batch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from blocks import RECIPE
from torch import nn

from modecollapse import networks
from modecollapse.measures.frozen import frozen
from modecollapse.study.recipe import Training

K, N, SHAPE = 3, 40, (2, 8, 8)
CONV = {"channels": [6, 5], "kernel": 4, "dense": [7], "activation": "relu", "output": "tanh"}
KINDS: dict[str, dict[str, Any]] = {
    "perceptron": {"hidden": [9, 8], "activation": "tanh"},
    "convolutional": CONV,
    "paired": CONV | {"block": "paired", "image_stride": 1, "kernel": 3, "activation": "elu"},
}


def build(kind: str, normalisation: str) -> nn.Module:
    """A generator whose batch norms have weights and biases of their own, as after training."""
    spec = KINDS[kind] | {"normalisation": normalisation}
    recipe = Training.model_validate(RECIPE | {"latent": K, "networks": RECIPE["networks"] | {"generator": spec}})
    torch.manual_seed(0)
    generator = networks.build("generator", recipe, SHAPE).double()
    with torch.no_grad():
        for p in generator.parameters():
            p.add_(0.3 * torch.randn_like(p))
    return generator


def latents(n: int = N, seed: int = 1, scale: float = 1.0) -> torch.Tensor:
    return scale * torch.randn((n, K), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("kind", KINDS)
def test_on_its_own_batch_it_makes_what_the_generator_makes(kind: str) -> None:
    generator, z = build(kind, "batch"), latents()
    torch.testing.assert_close(frozen(generator, z)(z), generator(z))


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_depends_on_its_own_latents_alone(kind: str) -> None:
    generator, z = build(kind, "batch"), latents()
    alone = frozen(generator, z)
    other = latents(N, seed=2)
    together = alone(torch.cat([z, other]))
    for row in range(3):
        torch.testing.assert_close(alone(z[row : row + 1]), together[row : row + 1])
        torch.testing.assert_close(alone(z[row : row + 1]), generator(z)[row : row + 1])
        torch.testing.assert_close(alone(other[row : row + 1]), together[N + row : N + row + 1])
    assert not torch.allclose(generator(torch.cat([z, other]))[:3], together[:3])


@pytest.mark.parametrize("kind", KINDS)
def test_the_statistics_are_those_of_the_given_batch(kind: str) -> None:
    generator, z = build(kind, "batch"), latents()
    assert not torch.allclose(frozen(generator, latents(N, seed=2, scale=3))(z), frozen(generator, z)(z))


@pytest.mark.parametrize("kind", KINDS)
def test_without_batch_norm_it_is_the_generator(kind: str) -> None:
    generator = build(kind, "none")
    assert torch.equal(frozen(generator, latents(5, seed=2))(latents()), generator(latents()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_generator_stays_as_it_was(kind: str) -> None:
    generator, z = build(kind, "batch"), latents()
    before, made = {name: value.clone() for name, value in generator.state_dict().items()}, generator(z)
    copy = frozen(generator, z)
    after = generator.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert generator.training
    assert all(p.requires_grad for p in generator.parameters())
    assert not any(p.requires_grad for p in copy.parameters())
    assert torch.equal(generator(z), made)


def test_latents_can_be_sought_through_it() -> None:
    """As inference via optimisation does: the derivative of one image is zero in every other's latents."""
    alone = frozen(build("convolutional", "batch"), latents())
    z = latents(4, seed=3).requires_grad_()
    (slope,) = torch.autograd.grad(alone(z)[1].sum(), z)
    assert (slope[1] != 0).all()
    assert not slope[[0, 2, 3]].any()
    assert torch.autograd.gradcheck(alone, latents(1, seed=4).requires_grad_())
