"""ALI against Algorithm 1 of the paper: labels, both losses, which networks they reach, and the bounded posterior."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from math import e, log
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import RECIPE, make_block, make_dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from modecollapse import networks
from modecollapse.training.draws import Draws, initial_networks
from modecollapse.training.engine import Engine
from modecollapse.variants import Objective, create

LOGITS = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=6)
K = RECIPE["latent"]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def ali() -> Objective:
    return create("ali", {})


def losses(encoded: Any, generated: Any, objective: Objective | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """D's loss and the one of G and E where D's logits of the two kinds of pairs are the given ones."""
    n = SimpleNamespace(D=lambda z, x: x, G=lambda z: z, E=lambda x, eps: eps)
    b = SimpleNamespace(x=torch.as_tensor(encoded).double(), z=torch.as_tensor(generated).double(), eps=None)
    objective = objective or ali()
    return objective.discriminator_loss(n, b)[0], objective.generator_loss(n, b)


@pytest.fixture
def n() -> SimpleNamespace:
    """Networks for points of the plane, in double precision."""
    copies = initial_networks(make_block("ali"), ali().networks, "cpu")
    return SimpleNamespace(**{symbol: of_symbol[0].double() for symbol, of_symbol in copies.items()})


@pytest.fixture
def b() -> SimpleNamespace:
    """A batch of five."""
    stream = torch.Generator().manual_seed(4)
    shapes = {"x": (5, 2), "z": (5, K), "eps": (5, K)}
    return SimpleNamespace(
        **{name: torch.randn(s, generator=stream, dtype=torch.float64) for name, s in shapes.items()}
    )


def reached(loss: torch.Tensor, n: SimpleNamespace) -> set[str]:
    """The networks in which a loss has a gradient that is not zero."""
    found = set()
    for symbol, network in vars(n).items():
        parameters = list(network.parameters())
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)
        if any(g.any() for g in gradients):
            found.add(symbol)
    return found


# --- the losses ---


def test_losses_by_hand():
    # sigmoid of 0 and log 3 is 1/2 and 3/4, of -log 3 it is 1/4
    loss_d, loss_g = losses([0.0, log(3)], [-log(3), log(3), 0.0])
    encoded, generated = [1 / 2, 3 / 4], [1 / 4, 3 / 4, 1 / 2]
    # -E_q[log rho_q] - E_p[log(1 - rho_p)], and -E_q[log(1 - rho_q)] - E_p[log rho_p]
    assert loss_d.item() == pytest.approx(-sum(map(log, encoded)) / 2 - sum(log(1 - p) for p in generated) / 3)
    assert loss_g.item() == pytest.approx(-sum(log(1 - p) for p in encoded) / 2 - sum(map(log, generated)) / 3)


def test_label_of_an_encoded_pair_is_1_and_of_a_generated_pair_0():
    encoded, generated = (torch.zeros(4, dtype=torch.float64, requires_grad=True) for _ in range(2))
    losses(encoded, generated)[0].backward()
    torch.testing.assert_close(-encoded.grad, torch.full((4,), 0.125).double())  # the way D moves
    torch.testing.assert_close(-generated.grad, torch.full((4,), -0.125).double())


def test_with_swapped_roles_the_discriminator_moves_the_other_way():
    """A negative control: labels the other way round turn every slope at undecided logits round."""

    class Swapped(type(ali())):
        encoded, generated = staticmethod(type(ali()).generated), staticmethod(type(ali()).encoded)

    slopes = []
    for objective in (ali(), Swapped({})):
        logits = [torch.zeros(3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
        slopes.append(torch.autograd.grad(losses(*logits, objective)[0], logits))
    for ours, swapped in zip(*slopes, strict=True):
        assert ours.all()
        torch.testing.assert_close(ours, -swapped)


@settings(deadline=None)
@given(encoded=LOGITS, generated=LOGITS)
def test_generator_and_encoder_play_the_discriminators_game_with_the_labels_swapped(encoded, generated):
    loss_d, loss_g = losses(encoded, generated)
    swapped_d, swapped_g = losses(generated, encoded)
    assert loss_g.item() == pytest.approx(swapped_d.item(), rel=1e-12)
    assert loss_d.item() == pytest.approx(swapped_g.item(), rel=1e-12)


def test_both_sides_of_the_generators_loss_are_alive_where_the_discriminator_is_sure():
    """The slopes are sigmoid(l) for encoded and sigmoid(l) - 1 for generated pairs; in -L_d both would vanish."""
    encoded, generated = torch.tensor([9.0, 0.0]).double(), torch.tensor([-9.0, 0.0]).double()
    logits = [encoded.requires_grad_(), generated.requires_grad_()]
    loss_d, loss_g = losses(*logits)
    slopes, saturating = (torch.autograd.grad(loss, logits) for loss in (loss_g, -loss_d))
    sure = 1 / (1 + e**-9)
    assert slopes[0].tolist() == pytest.approx([sure / 2, 0.25])
    assert slopes[1].tolist() == pytest.approx([-sure / 2, -0.25])
    assert max(abs(slope[0].item()) for slope in saturating) < 1e-3  # the negative control


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_losses_stay_finite_at_certain_logits(logit):
    assert all(loss.isfinite() for loss in losses([logit], [logit]))


def optimum(q: list[int], p: list[int]) -> tuple[float, torch.Tensor]:
    """The least loss of a D with one logit for each of the pairs, and its logits.

    `q` counts the encoded and `p` the generated samples of each pair.
    """
    table = torch.zeros(len(q), dtype=torch.float64, requires_grad=True)
    x, z = (torch.arange(len(q)).repeat_interleave(torch.tensor(counts)) for counts in (q, p))
    n = SimpleNamespace(D=lambda z, x: table[x], G=lambda z: z, E=lambda x, eps: x)
    optimizer = torch.optim.LBFGS([table], max_iter=200, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = ali().discriminator_loss(n, SimpleNamespace(x=x, z=z, eps=None))[0]
        loss.backward()
        return loss

    optimizer.step(closure)
    return closure().item(), table.detach()


def test_least_loss_of_the_discriminator_is_log_4_where_both_joint_distributions_are_equal():
    least, logits = optimum([3, 5, 2], [6, 10, 4])
    assert least == pytest.approx(log(4), rel=1e-12)
    assert logits.abs().max() < 1e-6


def test_least_loss_is_log_4_minus_twice_the_jensen_shannon_divergence_and_its_logit_the_log_ratio():
    q, p = torch.tensor([5, 3, 2]).double() / 10, torch.tensor([1, 3, 6]).double() / 10
    least, logits = optimum([5, 3, 2], [1, 3, 6])
    middle = (q + p) / 2
    divergence = ((q * (q / middle).log()).sum() + (p * (p / middle).log()).sum()) / 2
    assert least == pytest.approx(log(4) - 2 * divergence.item(), rel=1e-9)
    torch.testing.assert_close(logits, (q / p).log(), atol=1e-4, rtol=0)


# --- the pairs, and which networks a loss reaches ---


@pytest.mark.parametrize("loss", ["discriminator_loss", "generator_loss"])
def test_discriminator_sees_the_encoded_and_the_generated_pair(loss, n, b):
    seen, D = [], n.D

    def spy(z: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        seen.append((z, x))
        return D(z, x)

    n.D = spy
    getattr(ali(), loss)(n, b)
    (z_hat, x), (z, x_tilde) = seen
    torch.testing.assert_close(z_hat, n.E(b.x, b.eps))
    torch.testing.assert_close(x_tilde, n.G(b.z))
    assert x is b.x
    assert z is b.z


def test_discriminators_loss_has_all_three_networks_in_it_and_the_other_reaches_both_sides(n, b):
    assert reached(ali().discriminator_loss(n, b)[0], n) == {"D", "G", "E"}
    assert reached(ali().generator_loss(n, b), n) == {"D", "G", "E"}


def test_generator_is_reached_through_its_own_pair_and_the_encoder_through_the_other(n, b):
    assert reached(ali().generated(n, b).mean(), n) == {"D", "G"}
    assert reached(ali().encoded(n, b).mean(), n) == {"D", "E"}


def test_generator_and_encoder_receive_the_slopes_of_one_non_saturating_game(n, b):
    """Their gradients by the chain rule, from the closed-form slopes in the logits."""
    loss = ali().generator_loss(n, b)
    for symbol, logits, slope in (
        ("G", ali().generated(n, b), lambda d: d - 1),
        ("E", ali().encoded(n, b), lambda d: d),
    ):
        parameters = list(getattr(n, symbol).parameters())
        expected = torch.autograd.grad(logits, parameters, slope(logits.detach().sigmoid()) / len(logits))
        torch.testing.assert_close(torch.autograd.grad(loss, parameters, retain_graph=True), expected)


@pytest.mark.parametrize("schedule", ["alternating", "simultaneous"])
def test_engine_moves_the_discriminator_by_one_loss_and_generator_and_encoder_together_by_the_other(schedule):
    block = make_block("ali", (0, 1), schedule=schedule)
    objective = ali()
    engine = Engine(initial_networks(block, objective.networks, "cpu"), block.cell.training, objective)
    draw = Draws(block, make_dataset(), objective.noise, "cpu").batch
    moved = {}
    for update in objective.updates():
        before = engine.weights()
        engine.step([update], draw)
        moved[update.name] = {name[0] for name, w in engine.weights().items() if not torch.equal(w, before[name])}
    assert moved == {"D": {"D"}, "GE": {"G", "E"}}


# --- the posterior ---


def encoder(posterior: str, scale: float = 1.0) -> nn.Module:
    """An encoder of points of the plane with its weights multiplied."""
    spec = RECIPE["networks"]["encoder"] | {"posterior": posterior}
    recipe = make_block("ali", networks=RECIPE["networks"] | {"encoder": spec}).cell.training
    torch.manual_seed(5)
    network = networks.build("encoder", recipe, (2,)).double()
    with torch.no_grad():
        for p in network.parameters():
            p *= scale
    return network


def mean_and_sigma(E: Callable[..., torch.Tensor], x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    zero = torch.zeros(len(x), K, dtype=torch.float64)
    return E(x, zero).detach(), (E(x, zero + 1) - E(x, zero)).detach()


X = 5 * torch.randn(200, 2, generator=torch.Generator().manual_seed(6), dtype=torch.float64)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0, 1000.0])
def test_bounded_posterior_cannot_leave_its_ranges(scale):
    mean, sigma = mean_and_sigma(encoder("bounded", scale), X)
    assert mean.abs().max() <= 1
    assert sigma.min() >= 1 / e - 1e-9
    assert sigma.max() <= e + 1e-9
    if scale >= 10:  # the bounds are reached
        assert mean.abs().max() > 0.999
        assert sigma.max() > 0.999 * e


def test_gaussian_posterior_leaves_these_ranges():
    """The negative control of the test above."""
    mean, sigma = mean_and_sigma(encoder("gaussian", 3.0), X)
    assert mean.abs().max() > 2
    assert sigma.max() > 2 * e
    assert sigma.min() < 0.5 / e


def test_bounded_posterior_is_tanh_of_the_gaussian_ones_numbers():
    gaussian, bounded = encoder("gaussian"), encoder("bounded")
    bounded.load_state_dict(gaussian.state_dict())
    (mean, sigma), (held, held_sigma) = (mean_and_sigma(E, X) for E in (gaussian, bounded))
    torch.testing.assert_close(held, mean.tanh())
    torch.testing.assert_close(held_sigma, sigma.log().tanh().exp())


@pytest.mark.parametrize("posterior", ["gaussian", "bounded"])
def test_draw_of_the_posterior_is_its_mean_and_sigma_times_the_noise(posterior):
    E = encoder(posterior)
    eps = torch.randn(len(X), K, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    mean, sigma = mean_and_sigma(E, X)
    torch.testing.assert_close(E(X, eps), mean + sigma * eps)


def test_implicit_posterior_has_the_noise_as_an_input():
    E = encoder("implicit")
    eps = torch.randn(len(X), K, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    mean, sigma = mean_and_sigma(E, X)
    assert not torch.allclose(E(X, eps), mean + sigma * eps, atol=1e-2)  # not Gaussian
    assert (E(X, eps) - E(X, 2 * eps)).abs().max() > 1e-2  # and yet it reads the noise


@pytest.mark.parametrize("posterior", ["gaussian", "bounded", "implicit"])
def test_encoder_and_discriminator_do_not_know_the_extra_noise(posterior):
    spec = RECIPE["networks"]["encoder"] | {"posterior": posterior}
    block = make_block("ali", extra_noise=1, networks=RECIPE["networks"] | {"encoder": spec})
    n = SimpleNamespace(**{s: c[0] for s, c in initial_networks(block, ali().networks, "cpu").items()})
    drawn = {name: value[0] for name, value in Draws(block, make_dataset(), ali().noise, "cpu").batch().items()}
    other = deepcopy(drawn)
    other["z"][:, -1] += 1
    other["eps"][:, -1] += 1
    assert drawn["z"].shape[1] == K
    assert n.E(drawn["x"], drawn["eps"]).shape[1] == K - 1
    made = n.G(drawn["z"])
    assert not torch.allclose(n.G(other["z"]), made)  # the generator reads it
    n.G = lambda z: made  # apart from that, nobody does
    for loss in (lambda n, b: ali().discriminator_loss(n, b)[0], ali().generator_loss):
        assert torch.equal(loss(n, SimpleNamespace(**drawn)), loss(n, SimpleNamespace(**other)))
        other_known = {**other, "z": other["z"] + torch.eye(K)[0]}
        assert not torch.equal(loss(n, SimpleNamespace(**drawn)), loss(n, SimpleNamespace(**other_known)))
