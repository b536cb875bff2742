"""WGAN-GP's penalty against closed forms: a critic whose slope is known, and finite differences."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import gradient, objective
from role_networks import build
from torch.func import functional_call

from modecollapse.variants import Objective

BATCH, SHAPES = 6, [(2,), (3, 8, 8)]
SMOOTH = {"hidden": [7, 5], "activation": "tanh"}


def wgan_gp(penalty: float = 10.0) -> Objective:
    return objective("wgan-gp", penalty=penalty)


def batch_of(shape: tuple[int, ...]) -> SimpleNamespace:
    """Data, latents that are items already, and one epsilon an item."""
    draw = torch.Generator().manual_seed(0)
    x, z = (torch.randn(BATCH, *shape, generator=draw, dtype=torch.float64) for _ in range(2))
    return SimpleNamespace(x=x, z=z, epsilon=torch.rand(BATCH, generator=draw, dtype=torch.float64))


def with_critic(D: Any) -> SimpleNamespace:
    return SimpleNamespace(D=D, G=lambda z: z)


def half_square(x: torch.Tensor) -> torch.Tensor:
    """A critic whose gradient at x is x."""
    return x.flatten(1).square().sum(1) / 2


def critic_of(shape: tuple[int, ...], **spec: Any) -> torch.nn.Module:
    return build("discriminator", shape, seed=5, **SMOOTH | spec)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_slope_is_taken_between_each_pair_at_its_own_epsilon_and_normed_over_the_whole_item(shape):
    b = batch_of(shape)
    each = b.epsilon.view(-1, *[1] * len(shape))
    points = (each * b.x + (1 - each) * b.z).flatten(1)
    ours = wgan_gp().gradient_penalty(with_critic(half_square), b)
    torch.testing.assert_close(ours, (points.square().sum(1).sqrt() - 1).square().mean())


@pytest.mark.parametrize("penalty", [0.0, 0.1, 10.0])
def test_critic_loss_is_equation_3_and_the_generators_has_no_penalty(penalty):
    # D, half the square, is 8 on the data (4, 0) and 1/2 on the sample (0, 1); its slope at x_hat is (3, 1/4)
    b = SimpleNamespace(x=torch.tensor([[4.0, 0.0]]), z=torch.tensor([[0.0, 1.0]]), epsilon=torch.tensor([0.75]))
    loss = wgan_gp(penalty).discriminator_loss(with_critic(half_square), b)
    assert loss.item() == pytest.approx(1 / 2 - 8 + penalty * (9.0625**0.5 - 1) ** 2)
    assert wgan_gp(penalty).updates()[1].loss(with_critic(half_square), b).item() == -1 / 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("activation", ["tanh", "elu"])
def test_gradient_of_the_penalty_in_the_critic_is_that_of_finite_differences(shape, activation):
    critic, b = critic_of(shape, activation=activation), batch_of(shape)
    names, parameters = zip(*critic.named_parameters(), strict=True)

    def penalty(*theta: torch.Tensor) -> torch.Tensor:
        named = dict(zip(names, theta, strict=True))
        return wgan_gp().gradient_penalty(with_critic(lambda x: functional_call(critic, named, (x,))), b)

    assert torch.autograd.gradcheck(penalty, parameters, fast_mode=True)
    assert any(slope.any() for slope in gradient(penalty(*parameters), critic))


def test_gradient_of_the_penalty_is_finite_where_the_critic_is_flat():
    critic = critic_of((2,), activation="relu")
    with torch.no_grad():
        for p in critic.parameters():
            p.fill_(-1.0)  # every unit of the second layer is dead
    penalty = wgan_gp().gradient_penalty(with_critic(critic), batch_of((2,)))
    assert penalty.item() == 1.0
    assert all(slope.isfinite().all() for slope in gradient(penalty, critic))
