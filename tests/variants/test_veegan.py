"""VEEGAN against the poster and Algorithm 1: labels, linearity, and which network each loss reaches."""

from __future__ import annotations

from math import log
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import networks as recipe_networks

from modecollapse import networks
from modecollapse.variants import Objective, create

K = 3
DEFAULTS = {"reconstruction": "sum", "f_noise": True, "f_update": "reconstruction", "pretraining_steps": 0}


def veegan(**options: Any) -> Objective:
    return create("veegan", DEFAULTS | options)


@pytest.fixture
def n() -> SimpleNamespace:
    """Small networks with K = 3 latents and items of two numbers."""
    torch.manual_seed(3)
    roles = veegan().networks.items()
    return SimpleNamespace(
        **{symbol: networks.build(role, recipe_networks(), K, (2,)).double() for symbol, role in roles}
    )


@pytest.fixture
def b() -> SimpleNamespace:
    """A batch of five."""
    draw = torch.Generator().manual_seed(4)
    shapes = {"x": (5, 2), "z": (5, K), "eps": (5, K)}
    return SimpleNamespace(**{name: torch.randn(s, generator=draw, dtype=torch.float64) for name, s in shapes.items()})


def gradient(loss: torch.Tensor, network: torch.nn.Module) -> list[torch.Tensor]:
    """The gradient in a network's parameters, zero where the loss does not reach them."""
    parameters = list(network.parameters())
    return torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)


def squared(n: SimpleNamespace, b: SimpleNamespace) -> torch.Tensor:
    """|z - F(G(z))|^2 for every pair of the batch."""
    return ((b.z - n.F(n.G(b.z))) ** 2).sum(1)


def test_discriminator_loss_pays_log_4_where_it_cannot_tell(n, b):
    n.D = lambda z, x: torch.zeros(len(z))
    assert veegan().discriminator_loss(n, b).item() == pytest.approx(log(4))


def test_generated_pair_is_labelled_1_and_the_real_pair_0():
    # F answers 0 and G draws 1, so a table of two logits is all that D needs
    batch = SimpleNamespace(x=torch.zeros(4, 1), z=torch.ones(4, 1))
    logits = torch.zeros(2, requires_grad=True)
    n = SimpleNamespace(D=lambda z, x: logits[z[:, 0].long()], G=lambda z: z, F=lambda x: x)
    veegan(f_noise=False).discriminator_loss(n, batch).backward()
    real, generated = -logits.grad  # the way D moves
    assert real < 0 < generated


def test_optimal_discriminator_is_the_log_ratio_of_the_two_joint_densities():
    # pairs (z, z) with z in {0, 1}: generated with probability (1/4, 3/4), real with (3/4, 1/4)
    batch = SimpleNamespace(z=torch.tensor([[0.0], [1], [1], [1]]), x=torch.tensor([[0.0], [0], [0], [1]]))
    logits = torch.zeros(2, requires_grad=True)
    n = SimpleNamespace(D=lambda z, x: logits[z[:, 0].long()], G=lambda z: z, F=lambda x: x)
    optimizer = torch.optim.SGD([logits], lr=2.0)
    for _ in range(200):
        optimizer.zero_grad()
        veegan(f_noise=False).discriminator_loss(n, batch).backward()
        optimizer.step()
    torch.testing.assert_close(logits.detach(), torch.tensor([-log(3), log(3)]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("f_update", ["reconstruction", "reconstruction+adversarial"])
def test_generator_loss_is_linear_in_the_logit(n, b, f_update):
    objective, D = veegan(f_update=f_update), n.D
    values = []
    for scale in (0.0, 1.0, 1000.0):
        n.D = lambda z, x, scale=scale: scale * D(z, x)
        values.append(objective.generator_loss(n, b).item())
    assert values[0] == pytest.approx(squared(n, b).mean().item())
    assert values[1] != values[0]
    assert values[2] - values[0] == pytest.approx(1000 * (values[1] - values[0]), rel=1e-9)


def test_generator_moves_to_pairs_that_look_real(n, b):
    """A generated pair has a high logit, so G goes down: the loss is plus the mean logit."""
    adversarial = veegan().generator_loss(n, b) - squared(n, b).mean()
    torch.testing.assert_close(adversarial, n.D(b.z, n.G(b.z)).mean())


def test_reconstructor_is_reached_through_the_distance_alone(n, b):
    loss = veegan().generator_loss(n, b)
    torch.testing.assert_close(gradient(loss, n.F), gradient(squared(n, b).mean(), n.F))
    assert any(g.any() for g in gradient(loss, n.F))


def test_adversarial_option_adds_minus_the_real_pairs_mean_logit_which_only_the_reconstructor_receives(n, b):
    plain = veegan().generator_loss(n, b)
    adversarial = veegan(f_update="reconstruction+adversarial").generator_loss(n, b)
    added = -n.D(n.F(b.x) + b.eps, b.x).mean()
    torch.testing.assert_close(adversarial, plain + added)
    torch.testing.assert_close(gradient(adversarial, n.G), gradient(plain, n.G), rtol=0, atol=0)
    expected = [p + a for p, a in zip(gradient(plain, n.F), gradient(added, n.F), strict=True)]
    torch.testing.assert_close(gradient(adversarial, n.F), expected)
    assert any(g.any() for g in gradient(added, n.F))


@pytest.mark.parametrize(("reconstruction", "factor"), [("sum", 1.0), ("gaussian", 0.5), ("mean", 1 / K)])
def test_distance_is_the_squared_norm_times_the_options_factor(n, b, reconstruction, factor):
    torch.testing.assert_close(
        veegan(reconstruction=reconstruction).reconstruction_loss(n, b), factor * squared(n, b).mean()
    )


@pytest.mark.parametrize("f_noise", [True, False])
def test_discriminator_sees_the_reconstructors_draw_or_its_mean(n, b, f_noise):
    seen = {}

    def D(z, x):
        seen["generated" if "generated" not in seen else "real"] = (z, x)
        return torch.zeros(len(z))

    n.D = D
    veegan(f_noise=f_noise).discriminator_loss(n, b)
    assert torch.equal(seen["generated"][0], b.z)
    torch.testing.assert_close(seen["generated"][1], n.G(b.z))
    torch.testing.assert_close(seen["real"][0], n.F(b.x) + b.eps if f_noise else n.F(b.x))
    assert torch.equal(seen["real"][1], b.x)


def test_distance_does_not_see_the_noise(n, b):
    with_noise = veegan(f_noise=True).generator_loss(n, b)
    torch.testing.assert_close(with_noise, veegan(f_noise=False).generator_loss(n, b), rtol=0, atol=0)


def test_discriminator_moves_first_then_generator_and_reconstructor_together():
    assert [update.networks for update in veegan().updates()] == [("D",), ("G", "F")]


@pytest.mark.parametrize("steps", [0, 12])
def test_pretraining_moves_only_the_reconstructor_down_the_distance(n, b, steps):
    number, [update] = veegan(pretraining_steps=steps).pretraining()
    assert number == steps
    assert update.networks == ("F",)
    torch.testing.assert_close(update.loss(n, b), squared(n, b).mean())
