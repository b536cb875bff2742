"""VEEGAN (poster, Algorithm 1) and ALI: distances, pairs, which network each loss reaches, noise that only G knows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import RECIPE, BlockTraining, make_block, objective, reached

from modecollapse.variants import Objective

K = RECIPE["latent"]
ADVERSARIAL = "reconstruction+adversarial"
EXTRA = 1


def veegan(**options: Any) -> Objective:
    return objective("veegan", **options)


@pytest.fixture
def n() -> SimpleNamespace:
    """VEEGAN's networks for points of the plane, in double precision."""
    return BlockTraining(make_block("veegan")).networks()


@pytest.fixture
def b() -> SimpleNamespace:
    return BlockTraining(make_block("veegan", batch=5)).one_batch()


def squared(n: SimpleNamespace, b: SimpleNamespace) -> torch.Tensor:
    """|z - F(G(z))|^2 for every pair of the batch."""
    return ((b.z - n.F(n.G(b.z))) ** 2).sum(1)


@pytest.mark.parametrize("loss", ["discriminator_loss", "generator_loss"])
@pytest.mark.parametrize(
    ("variant", "options"), [("veegan", {"f_noise": True}), ("veegan", {"f_noise": False}), ("ali", {})]
)
def test_discriminator_sees_the_generated_and_the_inferred_pair(b, variant, options, loss):
    n, seen = BlockTraining(make_block(variant)).networks(), []
    D = n.D

    def spy(z: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        seen.append((z, x))
        return D(z, x)

    n.D = spy
    getattr(objective(variant, **options | ({"f_update": ADVERSARIAL} if options else {})), loss)(n, b)
    (z, x_tilde), (z_hat, x) = sorted(seen, key=lambda pair: pair[1] is b.x)
    assert x is b.x
    assert z is b.z
    torch.testing.assert_close(x_tilde, n.G(b.z))
    inferred = n.E(b.x, b.eps) if variant == "ali" else n.F(b.x) + options["f_noise"] * b.eps
    torch.testing.assert_close(z_hat, inferred)


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
        assert reached(veegan(generator_loss=kind).generator_loss(n, b)[0], n) == {"D", "G", "F"}
        plain = veegan(generator_loss=kind).generator_loss(n, b)[0]
        assert reached(plain - squared(n, b).mean(), n) == {"D", "G"}  # F is reached through the distance alone
        added = veegan(generator_loss=kind, f_update=ADVERSARIAL).generator_loss(n, b)[0] - plain
        assert reached(added, n) == {"D", "F"}


OF_ALI = [("ali", {}, posterior) for posterior in ("gaussian", "bounded", "implicit")]


@pytest.mark.parametrize(
    ("variant", "options", "posterior"), [("veegan", {"f_update": ADVERSARIAL}, "gaussian"), *OF_ALI]
)
def test_extra_noise_is_read_by_the_generator_alone(b, variant, options, posterior):
    specs = RECIPE["networks"] | {"encoder": RECIPE["networks"]["encoder"] | {"posterior": posterior}}
    n = BlockTraining(make_block(variant, extra_noise=EXTRA, networks=specs)).networks()
    inferred = n.F(b.x) if variant == "veegan" else n.E(b.x, b.eps)
    assert inferred.shape == (5, K - EXTRA)
    for latents in (b.z, b.eps):
        latents.requires_grad_()
    made, of = n.G(b.z), objective(variant, **options)
    assert torch.autograd.grad(made.sum(), b.z)[0][:, -EXTRA:].any()
    n.G = lambda z: made.detach()  # apart from that, no network reads it
    losses = [loss(n, b) for loss in (of.discriminator_loss, of.generator_loss)]
    losses = [loss[0] if isinstance(loss, tuple) else loss for loss in losses]
    losses += [of.reconstruction_loss(n, b)] if variant == "veegan" else []
    for loss in losses:
        read, noise = torch.autograd.grad(loss, (b.z, b.eps), allow_unused=True, materialize_grads=True)
        assert not read[:, -EXTRA:].any()
        assert not noise[:, -EXTRA:].any()
        assert read[:, :-EXTRA].all()  # the negative control


def test_veegan_of_its_notebook_infers_254_of_the_255_inputs_of_g() -> None:
    training = BlockTraining(make_block("veegan", latent=255, extra_noise=1))
    n, b, weights = training.networks(), training.one_batch(), training.engine.weights()
    assert (b.z.shape, n.F(b.x).shape) == ((16, 255), (16, 254))
    inputs = {symbol: weights[f"{symbol}.body.0.weight"].shape[-1] for symbol in "GDF"}
    assert inputs == {"G": 255, "D": 254 + 2, "F": 2}


@pytest.mark.parametrize("extra", [0, EXTRA])
@pytest.mark.parametrize("reconstruction", ["sum", "gaussian", "mean"])
def test_distance_is_the_squared_norm_of_the_inferred_latents_times_the_options_factor(b, extra, reconstruction):
    n = BlockTraining(make_block("veegan", extra_noise=extra)).networks()
    known = ((b.z[:, : K - extra] - n.F(n.G(b.z))) ** 2).sum(1).mean()
    factor = {"sum": 1.0, "gaussian": 0.5, "mean": 1 / (K - extra)}[reconstruction]
    torch.testing.assert_close(veegan(reconstruction=reconstruction).reconstruction_loss(n, b), factor * known)
    error = veegan(reconstruction=reconstruction).generator_loss(n, b)[1]["z_error"]
    torch.testing.assert_close(error, known / (b.z[:, : K - extra] ** 2).sum(1).mean())  # in no unit of the option's


def test_z_error_is_0_of_an_inverse_and_1_of_a_reconstructor_that_knows_nothing(n, b):
    n.G, n.D = (lambda z: 3 * z), (lambda z, x: z.sum(1))
    for inverse, expected in ((lambda x: x / 3, 0.0), (torch.zeros_like, 1.0)):
        n.F = inverse
        assert veegan().generator_loss(n, b)[1]["z_error"].item() == pytest.approx(expected, abs=1e-12)


def test_losses_of_ali_reach_all_networks_and_each_pair_its_own_side(b):
    of, n = objective("ali"), BlockTraining(make_block("ali")).networks()
    assert reached(of.discriminator_loss(n, b)[0], n) == {"D", "G", "E"}
    assert reached(of.generator_loss(n, b), n) == {"D", "G", "E"}
    assert reached(of.generated(n, b).mean(), n) == {"D", "G"}
    assert reached(of.encoded(n, b).mean(), n) == {"D", "E"}
