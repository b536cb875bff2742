"""VEEGAN (poster, Algorithm 1) and ALI: distances, pairs, which network each loss reaches, noise that only G knows."""

from __future__ import annotations

from collections.abc import Callable
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


@pytest.fixture
def n() -> SimpleNamespace:
    """VEEGAN's networks for points of the plane, in double precision."""
    return BlockTraining(make_block("veegan")).networks()


@pytest.fixture
def ali() -> SimpleNamespace:
    return BlockTraining(make_block("ali")).networks()


@pytest.fixture
def b() -> SimpleNamespace:
    return BlockTraining(make_block("veegan", batch=5)).one_batch()


def squared(n: SimpleNamespace, b: SimpleNamespace) -> torch.Tensor:
    """|z - F(G(z))|^2 for every pair of the batch."""
    return ((b.z - n.F(n.G(b.z))) ** 2).sum(1)


def test_reconstructor_is_reached_through_the_distance_alone(n, b):
    loss, _ = veegan().generator_loss(n, b)
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
        assert reached(veegan(generator_loss=kind).generator_loss(n, b)[0], n) == {"D", "G", "F"}
        adversary = veegan(generator_loss=kind).generator_loss(n, b)[0] - squared(n, b).mean()
        assert reached(adversary, n) == {"D", "G"}


def values(loss: Callable[..., Any], n: SimpleNamespace, b: SimpleNamespace) -> list[torch.Tensor]:
    """A loss, and its auxiliary values where it has some."""
    value = loss(n, b)
    return [value[0], *value[1].values()] if isinstance(value, tuple) else [value]


def changed(b: SimpleNamespace, name: str, entry: int) -> SimpleNamespace:
    """The batch with one entry of every latent moved."""
    moved = getattr(b, name).clone()
    moved[:, entry] += 0.7
    return SimpleNamespace(**{**vars(b), name: moved})


OF_ALI = [("ali", {}, posterior) for posterior in ("gaussian", "bounded", "implicit")]


@pytest.mark.parametrize(
    ("variant", "options", "posterior"), [("veegan", {"f_update": ADVERSARIAL}, "gaussian"), *OF_ALI]
)
def test_extra_noise_is_read_by_the_generator_alone(b, variant, options, posterior):
    specs = RECIPE["networks"] | {"encoder": RECIPE["networks"]["encoder"] | {"posterior": posterior}}
    n = BlockTraining(make_block(variant, extra_noise=EXTRA, networks=specs)).networks()
    inferred = n.F(b.x) if variant == "veegan" else n.E(b.x, b.eps)
    assert inferred.shape == (5, K - EXTRA)
    made, of = n.G(b.z), objective(variant, **options)
    assert not torch.allclose(n.G(changed(b, "z", -1).z), made)
    n.G = lambda z: made  # apart from that, no network reads it

    for loss in (of.discriminator_loss, of.generator_loss, *([of.reconstruction_loss] if variant == "veegan" else [])):
        assert values(loss, n, b) == values(loss, n, changed(changed(b, "z", -1), "eps", -1))
        for entry in range(K - EXTRA):
            assert values(loss, n, b)[0] != values(loss, n, changed(b, "z", entry))[0]  # the negative control


def test_veegan_of_its_notebook_infers_254_of_the_255_inputs_of_g() -> None:
    training = BlockTraining(make_block("veegan", latent=255, extra_noise=1))
    n, b, weights = training.networks(), training.one_batch(), training.engine.weights()
    assert (b.z.shape, n.F(b.x).shape) == ((16, 255), (16, 254))
    inputs = {symbol: weights[f"{symbol}.body.0.weight"].shape[-1] for symbol in "GDF"}
    assert inputs == {"G": 255, "D": 254 + 2, "F": 2}


@pytest.mark.parametrize(
    ("kind", "term"), [("linear-logit", lambda d: -d), ("non-saturating", lambda d: -d.sigmoid().log())]
)
def test_adversarial_option_adds_a_term_of_the_real_pairs_logit_which_only_the_reconstructor_receives(n, b, kind, term):
    plain, _ = veegan(generator_loss=kind).generator_loss(n, b)
    adversarial, _ = veegan(generator_loss=kind, f_update=ADVERSARIAL).generator_loss(n, b)
    added = term(n.D(n.F(b.x) + b.eps, b.x)).mean()
    torch.testing.assert_close(adversarial, plain + added)
    torch.testing.assert_close(gradient(adversarial, n.G), gradient(plain, n.G), rtol=0, atol=0)
    expected = [p + a for p, a in zip(gradient(plain, n.F), gradient(added, n.F), strict=True)]
    torch.testing.assert_close(gradient(adversarial, n.F), expected)
    assert any(g.any() for g in gradient(added, n.F))


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


@pytest.mark.parametrize("loss", ["discriminator_loss", "generator_loss"])
def test_discriminator_of_ali_sees_the_encoded_and_the_generated_pair(loss, ali, b):
    n, seen, D = ali, [], ali.D

    def spy(z: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        seen.append((z, x))
        return D(z, x)

    n.D = spy
    getattr(objective("ali"), loss)(n, b)
    (z_hat, x), (z, x_tilde) = seen
    torch.testing.assert_close(z_hat, n.E(b.x, b.eps))
    torch.testing.assert_close(x_tilde, n.G(b.z))
    assert x is b.x
    assert z is b.z


def test_losses_of_ali_reach_all_networks_and_each_pair_its_own_side(ali, b):
    of, n = objective("ali"), ali
    assert reached(of.discriminator_loss(n, b)[0], n) == {"D", "G", "E"}
    assert reached(of.generator_loss(n, b), n) == {"D", "G", "E"}
    assert reached(of.generated(n, b).mean(), n) == {"D", "G"}
    assert reached(of.encoded(n, b).mean(), n) == {"D", "E"}
