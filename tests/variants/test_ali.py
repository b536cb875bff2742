"""ALI: which pairs D reads, which networks a loss reaches, and the noise that only G knows."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from blocks import RECIPE, BlockTraining, make_block, objective, reached

ALI = objective("ali")
K = RECIPE["latent"]


@pytest.fixture
def n() -> SimpleNamespace:
    """Networks for points of the plane, in double precision."""
    return BlockTraining(make_block("ali")).networks()


@pytest.fixture
def b() -> SimpleNamespace:
    return BlockTraining(make_block("ali", batch=5)).one_batch()


@pytest.mark.parametrize("loss", ["discriminator_loss", "generator_loss"])
def test_discriminator_sees_the_encoded_and_the_generated_pair(loss, n, b):
    seen, D = [], n.D

    def spy(z: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        seen.append((z, x))
        return D(z, x)

    n.D = spy
    getattr(ALI, loss)(n, b)
    (z_hat, x), (z, x_tilde) = seen
    torch.testing.assert_close(z_hat, n.E(b.x, b.eps))
    torch.testing.assert_close(x_tilde, n.G(b.z))
    assert x is b.x
    assert z is b.z


def test_discriminators_loss_has_all_three_networks_in_it_and_the_other_reaches_both_sides(n, b):
    assert reached(ALI.discriminator_loss(n, b)[0], n) == {"D", "G", "E"}
    assert reached(ALI.generator_loss(n, b), n) == {"D", "G", "E"}


def test_generator_is_reached_through_its_own_pair_and_the_encoder_through_the_other(n, b):
    assert reached(ALI.generated(n, b).mean(), n) == {"D", "G"}
    assert reached(ALI.encoded(n, b).mean(), n) == {"D", "E"}


@pytest.mark.parametrize("posterior", ["gaussian", "bounded", "implicit"])
def test_encoder_and_discriminator_do_not_know_the_extra_noise(posterior):
    spec = RECIPE["networks"]["encoder"] | {"posterior": posterior}
    training = BlockTraining(make_block("ali", extra_noise=1, networks=RECIPE["networks"] | {"encoder": spec}))
    n, b = training.networks(), training.one_batch()
    last = torch.eye(K, dtype=torch.float64)[-1]
    other = SimpleNamespace(x=b.x, z=b.z + last, eps=b.eps + last)
    made = n.G(b.z)
    assert n.E(b.x, b.eps).shape[1] == K - 1
    assert not torch.allclose(n.G(other.z), made)  # the generator reads it
    n.G = lambda z: made  # apart from that, no network does
    for loss in (lambda n, b: ALI.discriminator_loss(n, b)[0], ALI.generator_loss):
        assert torch.equal(loss(n, b), loss(n, other))
        known = SimpleNamespace(x=b.x, z=other.z + last.roll(1), eps=other.eps)
        assert not torch.equal(loss(n, b), loss(n, known))  # the negative control
