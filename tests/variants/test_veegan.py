"""VEEGAN against the poster and Algorithm 1: distances, which network each loss reaches, noise that only G knows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import RECIPE, BlockTraining, gradient, make_block, objective, reached

from modecollapse.variants import Objective

K = RECIPE["latent"]
ADVERSARIAL = "reconstruction+adversarial"
EXTRA = 1


def veegan(**options: Any) -> Objective:
    return objective("veegan", **options)


def networks(**recipe: Any) -> SimpleNamespace:
    """Small networks for items of two numbers, in double precision."""
    return BlockTraining(make_block("veegan", **recipe)).networks()


@pytest.fixture
def n() -> SimpleNamespace:
    return networks()


@pytest.fixture
def b() -> SimpleNamespace:
    return BlockTraining(make_block("veegan", batch=5)).one_batch()


def squared(n: SimpleNamespace, b: SimpleNamespace) -> torch.Tensor:
    """|z - F(G(z))|^2 for every pair of the batch."""
    return ((b.z - n.F(n.G(b.z))) ** 2).sum(1)


def test_reconstructor_is_reached_through_the_distance_alone(n, b):
    loss = veegan().generator_loss(n, b)
    torch.testing.assert_close(gradient(loss, n.F), gradient(squared(n, b).mean(), n.F))
    assert any(g.any() for g in gradient(loss, n.F))


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


@pytest.mark.parametrize("steps", [0, 12])
def test_pretraining_moves_only_the_reconstructor_down_the_distance(n, b, steps):
    number, [update] = veegan(pretraining_steps=steps).pretraining()
    assert number == steps
    assert update.networks == ("F",)
    torch.testing.assert_close(update.loss(n, b), squared(n, b).mean())


def test_every_loss_reaches_the_networks_it_should(n, b):
    assert reached(veegan().discriminator_loss(n, b)[0], n) == {"D", "G", "F"}
    assert reached(veegan().reconstruction_loss(n, b), n) == {"G", "F"}
    for kind in ("linear-logit", "non-saturating"):
        assert reached(veegan(generator_loss=kind).generator_loss(n, b), n) == {"D", "G", "F"}
        adversary = veegan(generator_loss=kind).generator_loss(n, b) - squared(n, b).mean()
        assert reached(adversary, n) == {"D", "G"}


def changed(b: SimpleNamespace, name: str, entry: int) -> SimpleNamespace:
    """The batch with one entry of every latent moved."""
    moved = getattr(b, name).clone()
    moved[:, entry] += 0.7
    return SimpleNamespace(**{**vars(b), name: moved})


def test_extra_noise_is_read_by_the_generator_alone(b):
    n = networks(extra_noise=EXTRA)
    assert n.F(b.x).shape == (5, K - EXTRA)
    made = n.G(b.z)
    assert not torch.allclose(n.G(changed(b, "z", -1).z), made)
    n.G = lambda z: made
    objective = veegan(f_update=ADVERSARIAL)

    def discriminator_loss(n: SimpleNamespace, b: SimpleNamespace) -> torch.Tensor:
        return objective.discriminator_loss(n, b)[0]

    for loss in (discriminator_loss, objective.generator_loss, objective.reconstruction_loss):
        assert torch.equal(loss(n, b), loss(n, changed(b, "z", -1)))
        assert torch.equal(loss(n, b), loss(n, changed(b, "eps", -1)))
        for entry in range(K - EXTRA):
            assert not torch.equal(loss(n, b), loss(n, changed(b, "z", entry)))  # the negative control


@pytest.mark.parametrize(
    ("kind", "term"), [("linear-logit", lambda d: -d), ("non-saturating", lambda d: -d.sigmoid().log())]
)
def test_adversarial_option_adds_a_term_of_the_real_pairs_logit_which_only_the_reconstructor_receives(n, b, kind, term):
    plain = veegan(generator_loss=kind).generator_loss(n, b)
    adversarial = veegan(generator_loss=kind, f_update=ADVERSARIAL).generator_loss(n, b)
    added = term(n.D(n.F(b.x) + b.eps, b.x)).mean()
    torch.testing.assert_close(adversarial, plain + added)
    torch.testing.assert_close(gradient(adversarial, n.G), gradient(plain, n.G), rtol=0, atol=0)
    expected = [p + a for p, a in zip(gradient(plain, n.F), gradient(added, n.F), strict=True)]
    torch.testing.assert_close(gradient(adversarial, n.F), expected)
    assert any(g.any() for g in gradient(added, n.F))


@pytest.mark.parametrize("extra", [0, EXTRA])
@pytest.mark.parametrize("reconstruction", ["sum", "gaussian", "mean"])
def test_distance_is_the_squared_norm_of_the_inferred_latents_times_the_options_factor(b, extra, reconstruction):
    n = networks(extra_noise=extra)
    known = ((b.z[:, : K - extra] - n.F(n.G(b.z))) ** 2).sum(1).mean()
    factor = {"sum": 1.0, "gaussian": 0.5, "mean": 1 / (K - extra)}[reconstruction]
    torch.testing.assert_close(veegan(reconstruction=reconstruction).reconstruction_loss(n, b), factor * known)
