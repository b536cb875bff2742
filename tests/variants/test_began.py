"""BEGAN against sections 3.3 and 3.4 of the paper: the two losses, k_t, M_global, and the rate's patience."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from blocks import BlockTraining, make_block, objective
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.variants import Objective, State

LOSS = st.floats(0, 8, width=32)
FRACTION = st.floats(0, 1, width=32)


def began(**options: Any) -> Objective:
    return objective("began", **options)


def following(of: Objective, k: Any, loss_x: Any, loss_g: Any) -> State:
    """The state after a step with these losses; a state before may be given for k."""
    before = k if isinstance(k, dict) else {"k": torch.tensor(k, dtype=torch.float64)}
    aux = {"L_x": torch.tensor(loss_x, dtype=torch.float64), "L_G": torch.tensor(loss_g, dtype=torch.float64)}
    return of.next_state(before, aux)


# --- the losses ---


def by_hand() -> tuple[SimpleNamespace, dict[str, torch.Tensor]]:
    """D halves, so L(v) is half the mean of |v|: 1.375 on x, 1.5 on G(z), 2 on G(z_D)."""
    networks = SimpleNamespace(D=lambda v: (v / 2, None), G=lambda z: z)
    drawn = {"x": [[1.0, -2], [3, 5]], "z": [[2.0, -4]], "z_D": [[8.0, 0]], "k": 0.25}
    return networks, {name: torch.tensor(value) for name, value in drawn.items()}


# Each loss is given no more than it may read, so that it fails where it reads another latent.
@pytest.mark.parametrize(("z", "latent", "fake"), [("separate", "z_D", 2.0), ("shared", "z", 1.5)])
def test_losses_by_hand_read_x_k_and_their_latents_alone(z, latent, fake):
    networks, drawn = by_hand()
    batch = SimpleNamespace(**{name: drawn[name] for name in ("x", "k", latent)})
    loss, noted = began(z=z).discriminator_loss(networks, batch)
    assert loss.item() == pytest.approx(1.375 - 0.25 * fake)
    assert {name: value.item() for name, value in noted.items()} == {
        "L_x": 1.375,
        "abs_x": 2.75,
        "W1": 0.625,  # single losses .75 and 2, and of the fake one `fake`, 1.5 or 2
        "k_at_0": 0,
        "k_at_1": 0,
    }
    loss, noted = began(z=z).generator_loss(networks, SimpleNamespace(z=drawn["z"]))
    assert (loss.item(), {name: value.item() for name, value in noted.items()}) == (1.5, {"L_G": 1.5, "abs_G": 3.0})


@pytest.mark.parametrize("shape", [(4, 2), (4, 1, 2, 1)])
def test_w1_of_single_losses_does_not_depend_on_their_order_and_has_no_gradient(shape):
    """The means of the errors are 1, 4, 2, 8 and 3, 9, 0, 5: sorted they are 1, 1, 1 and 1 apart."""
    first, second = (torch.tensor(of).repeat_interleave(2).view(shape) for of in ([1.0, 4, 2, 8], [3.0, 9, 0, 5]))
    found = began().loss_distance(first.requires_grad_(), second)
    assert (found.item(), found.requires_grad) == (1.0, False)


@pytest.mark.parametrize(
    ("k", "at_0", "at_1"), [(0.0, 1, 0), (1e-7, 0, 0), (1 - 1e-7, 0, 0), (1.0, 0, 1), (-0.1, 1, 0), (1.1, 0, 1)]
)
def test_k_is_at_a_bound_there_and_beyond(k, at_0, at_1):
    noted = began().at_bounds(torch.tensor(k))
    assert (noted["k_at_0"].item(), noted["k_at_1"].item()) == (at_0, at_1)


@pytest.mark.parametrize("shape", [(2, 6), (2, 3, 2, 1), (4, 3)])
def test_autoencoder_loss_is_the_mean_absolute_error_over_pixels_and_batch(shape):
    v = torch.arange(1.0, 13).mul(torch.tensor([1.0, -1]).repeat(6)).view(shape)
    [update] = began(pretraining_steps=3).pretraining()[1]
    assert update.networks == ("D",)
    loss = update.loss(SimpleNamespace(D=lambda v: (v / 4, None)), SimpleNamespace(x=v))
    assert loss.item() == pytest.approx(0.75 * 6.5)  # not the sum, not the square


def test_latents_of_the_discriminator_are_drawn_from_the_prior_besides_those_of_the_generator():
    drawn = BlockTraining(make_block("began", prior="uniform")).draw()
    assert drawn["z_D"].abs().max() <= 1
    assert not torch.isin(drawn["z_D"], drawn["z"]).any()


def test_generator_is_led_through_the_sample_and_through_its_reconstruction():
    """With D(v) = 2v the loss is |v|. A target held constant would double the slope, a held input turn it round."""
    v = torch.tensor([[3.0, -1.0]], requires_grad=True)
    networks = SimpleNamespace(D=lambda v: (2 * v, None), G=lambda z: z)
    loss, _ = began().generator_loss(networks, SimpleNamespace(z=v))
    loss.backward()
    assert v.grad.tolist() == [[0.5, -0.5]]


# --- k_t and M_global ---


@given(
    k=st.lists(FRACTION, min_size=3, max_size=3),
    loss_x=st.lists(LOSS, min_size=3, max_size=3),
    loss_g=st.lists(LOSS, min_size=3, max_size=3),
    gamma=FRACTION,
    lambda_k=st.floats(0, 2, width=32),
    clamp=st.booleans(),
)
def test_state_of_every_seed_follows_the_papers_equations(k, loss_x, loss_g, gamma, lambda_k, clamp):
    after = following(began(gamma=gamma, lambda_k=lambda_k, clamp=clamp), k, loss_x, loss_g)
    for i in range(3):
        balance = gamma * loss_x[i] - loss_g[i]
        free = k[i] + lambda_k * balance
        assert after["k"][i].item() == pytest.approx(min(max(free, 0), 1) if clamp else free, abs=1e-12)
        assert after["M_global"][i].item() == pytest.approx(loss_x[i] + abs(balance), abs=1e-12)
    fixed = following(began(gamma=gamma, lambda_k=lambda_k, k="fixed"), k, loss_x, loss_g)
    assert fixed["k"].tolist() == k
    assert torch.equal(fixed["M_global"], after["M_global"])


# --- patience ---


def test_rate_halves_exactly_where_a_windows_mean_is_no_new_best_in_each_seed_by_itself():
    """Windows of two: their means are 3, 2, 2 (no better), 1.5, 5 (worse), 1.55 (worse than 1.5), 1."""
    measures = [4, 2, 2, 2, 3, 1, 1, 2, 5, 5, 1.5, 1.6, 1, 1]
    expected = [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.125]
    assert rates_of(began(patience=2), [[m] for m in measures]) == [[rate] for rate in expected]
    assert rates_of(began(patience=3, halve="always"), [[m] for m in (4, 2, 2, 1, 1, 1, 9)]) == [
        [rate] for rate in (1, 1, 0.5, 0.5, 0.5, 0.25, 0.25)
    ]
    measures = [[1, 3], [2, 2], [3, 1], [0.5, 2]]
    assert rates_of(began(patience=1), measures) == [[1, 1], [0.5, 1], [0.25, 1], [0.25, 0.5]]


def rates_of(of: Objective, measures: list[list[float]]) -> list[list[float]]:
    """The rate after each step whose M_global is given, (S,): L(x) is that, in balance with gamma = 1/2."""
    seeds = len(measures[0])
    state = {name: torch.full((seeds,), value, dtype=torch.float64) for name, value in of.state().items()}
    rates = []
    for m in measures:
        state = following(of, state, m, [value / 2 for value in m])
        assert state["M_global"].tolist() == m
        rates.append(state["rate"].tolist())
    return rates
