"""Variants in which G is a formula, or made of points: losses and auxiliary values by hand, by SciPy and by NumPy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from blocks import FORMULAS, RECIPE, BlockTraining, make_block, objective
from role_networks import normal
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, pdist
from scipy.stats import spearmanr

from modecollapse.variants.moved_points import rank_correlation
from modecollapse.variants.point_distances import distances, energy_distance
from modecollapse.variants.two_discriminators import effective_rank


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(3)


# Energy distance and F


def test_energy_distance_is_that_of_all_pairs_and_a_shift_has_its_law() -> None:
    x, y = normal(40, 2).numpy(), normal(30, 2, seed=2).numpy() + 1
    expected = 2 * cdist(x, y).mean() - pdist(x).mean() - pdist(y).mean()
    assert energy_distance(torch.from_numpy(x), torch.from_numpy(y)).item() == pytest.approx(expected)
    rounds = [energy_distance(normal(500, 2, seed=s), normal(500, 2, seed=s + 50)).item() for s in range(20)]
    assert abs(np.mean(rounds)) < 2e-3  # one law: no bias
    for shift, energy in ((0.21, 0.02), (0.34, 0.05)):  # the thresholds of V1 and V2
        moved = [torch.tensor([shift, 0.0]) + normal(500, 2, seed=s) for s in range(20)]
        found = np.mean([energy_distance(own, normal(500, 2, seed=s + 50)).item() for s, own in enumerate(moved)])
        assert found == pytest.approx(energy, abs=3e-3)


def test_distances_have_a_finite_gradient_where_points_are_equal() -> None:
    x = torch.tensor([[1.0, 2.0], [1.0, 2.0], [4.0, 6.0]], requires_grad=True)
    distances(x, x).sum().backward()
    assert distances(x, x).tolist() == [[0, 0, 5], [0, 0, 5], [5, 5, 0]]
    torch.testing.assert_close(x.grad, torch.tensor([[-1.2, -1.6], [-1.2, -1.6], [2.4, 3.2]]))


@pytest.mark.parametrize("aim", ["invert", "gaussian"])
def test_f_is_trained_on_its_own_error_or_on_the_energy_of_the_data(aim: str) -> None:
    z, x, eps = normal(20, 2), normal(20, 2, seed=2), normal(20, 2, seed=3)
    n = SimpleNamespace(G=lambda z: 2 * z, F=lambda x: x + 1)
    loss, aux = objective("latent-map", aim=aim).loss(n, SimpleNamespace(z=z, x=x, eps=eps))
    expected = {"energy_data": energy_distance(x + 1, eps), "energy_fake": energy_distance(2 * z + 1, eps)}
    expected |= {"z_lost": (z + 1).square().sum(1).mean()}
    torch.testing.assert_close(aux, expected)
    torch.testing.assert_close(loss, expected["z_lost" if aim == "invert" else "energy_data"])


# The critic and exact W_1


def exact_w1(x: np.ndarray, y: np.ndarray) -> float:
    """W_1 of two equally large sets of points, by the best assignment."""
    costs = cdist(x, y)
    return float(costs[linear_sum_assignment(costs)].mean())


def test_a_linear_critic_has_the_share_of_its_slope_along_the_vector_and_exact_w1_is_its_length() -> None:
    critic, x, angle = objective("critic", game="wgan", distance=0.5), normal(60, 2), 0.7
    slope = torch.tensor([3.0, 4.0], dtype=torch.float64)  # of length 5
    n = SimpleNamespace(D=lambda v: v @ slope, G=lambda z: x)
    b = SimpleNamespace(x=x, z=None, angle=torch.tensor(angle), epsilon=torch.rand(60, dtype=torch.float64))
    loss, aux = critic.critic_loss(n, b)
    vector = 0.5 * np.array([np.cos(angle), np.sin(angle)])
    gap = -float(vector @ slope.numpy())  # E[f(x)] - E[f(x + v)]
    assert loss.item() == pytest.approx(-gap, rel=1e-6)
    assert aux["estimate"].item() == pytest.approx(gap / 0.5, rel=1e-6)
    assert aux["w1_share"].item() == pytest.approx(gap / 5 / 0.5, rel=1e-6)
    assert exact_w1(x.numpy(), x.numpy() + vector) == pytest.approx(0.5)


@pytest.mark.parametrize("game", ["wgan", "wgan-gp"])
def test_a_trained_critic_gives_less_than_the_exact_w1_of_its_batch(game: str) -> None:
    """And more than half of it. Divided by its largest slope it is 1-Lipschitz, on the lines between the points."""
    wide = RECIPE["networks"] | {
        "generator": FORMULAS["critic"],
        "discriminator": {"hidden": [32], "activation": "relu"},
    }
    options = {"game": game, "n_critic": 5}
    training = BlockTraining(make_block("critic", (900,), options=options, batch=64, networks=wide))
    training.run(60)
    n, b = training.networks(), training.one_batch()
    b.angle = torch.zeros((), dtype=torch.float64)
    aux = training.objective.critic_loss(n, b)[1]
    exact = exact_w1(b.x.numpy(), n.G(b.z).numpy() + np.array([1.0, 0.0]))
    assert 0.5 < aux["w1_share"].item() < exact * 1.05
    assert exact == pytest.approx(1.0, abs=0.3)


def test_the_critics_game_is_that_of_its_name_against_moved_samples_and_the_vector_turns() -> None:
    critic, game = objective("critic", turn=0.25), objective("wgan-gp", penalty=10.0)
    net, x, z = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0)).double(), normal(8, 2), normal(8, 2)
    b = SimpleNamespace(x=x, z=z, angle=torch.tensor(0.0), epsilon=torch.rand(8, dtype=torch.float64))
    moved = SimpleNamespace(D=net, G=lambda z: z + torch.tensor([1.0, 0.0]))
    expected = game.updates()[0].loss(moved, b)
    torch.testing.assert_close(critic.critic_loss(SimpleNamespace(D=net, G=lambda z: z), b)[0], expected)
    assert [objective("critic", game=g, n_critic=7).updates()[0].times for g in ("wgan", "wgan-gp")] == [7, 7]
    assert [objective("critic", game=g).updates()[0].project is None for g in ("wgan", "wgan-gp")] == [False, True]
    assert critic.next_state({"angle": torch.tensor(1.0)}, {})["angle"].item() == 1.25


# Moved points

START = [[-2.0, 0.0], [2.0, 0.0], [6.0, 1.0]]  # of which a D that is x_1 + 1.5 accepts the last two


class Positions(torch.nn.Module):
    """G of points that have moved by `shift` from START."""

    def __init__(self, shift: torch.Tensor) -> None:
        super().__init__()
        self.shift = torch.nn.Parameter(shift)

    def forward(self) -> torch.Tensor:
        return torch.tensor(START, dtype=torch.float64) + self.shift


def on_a_line(slope: float = 1.0, shift: Any = 0.0) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Networks and a batch: D is slope (x_1 + 1.5), the data are around (0, 0)."""
    G = Positions(torch.zeros(3, 2, dtype=torch.float64) + shift)
    n = SimpleNamespace(D=lambda v: slope * (v[:, 0] + 1.5), G=G, parameters={"G": {"shift": G.shift}})
    return n, SimpleNamespace(x=torch.zeros(4, 2, dtype=torch.float64), z=None)


@pytest.mark.parametrize(
    ("game", "pull"),
    [
        ("non-saturating", lambda d: -1 / (1 + np.exp(d))),
        ("minimax", lambda d: -1 / (1 + np.exp(-d))),
        ("equation-9", lambda d: d - 1),
        ("equation-8", lambda d: d),
    ],
)
def test_each_point_has_its_own_gradient_of_the_games_loss_of_g(game: str, pull: Any) -> None:
    n, b = on_a_line()
    loss, _ = objective("moved-points", game=game).points_loss(n, b)
    [gradient] = torch.autograd.grad(loss, [n.G.shift])
    outputs = np.array(START)[:, 0] + 1.5
    np.testing.assert_allclose(gradient.numpy(), np.stack([pull(outputs), 0 * outputs], axis=1), rtol=1e-9)


def test_distances_are_means_over_the_points_that_d_accepts_where_they_begin() -> None:
    shift = torch.tensor([[9.0, 9.0], [-3.0, 0.0], [0.0, -1.0]], dtype=torch.float64)
    n, b = on_a_line(shift=shift)  # the accepted are now at (-1, 0) and (6, 0), and the boundary is x_1 = -1.5
    _, aux = objective("moved-points", game="non-saturating").points_loss(n, b)
    assert aux["moved"].item() == pytest.approx((3 + 1) / 2)
    assert aux["to_boundary"].item() == pytest.approx((0.5 + 7.5) / 2, abs=1e-3)
    assert aux["to_data"].item() == pytest.approx((1 + 6) / 2)
    assert aux["nearer_boundary"].item() == pytest.approx(1 / 2)
    assert aux["gain_boundary"].item() == pytest.approx((3 + 0) / 2, abs=1e-3)  # from 3.5 to .5, and 7.5 all the time
    assert aux["gain_data"].item() == pytest.approx((1 + 37**0.5 - 6) / 2)
    assert aux["accepted"].item() == pytest.approx(2 / 3)
    assert aux["pull_rank"].item() == pytest.approx(-1)  # the gradient of -log D falls with D
    assert objective("moved-points", game="equation-9").points_loss(n, b)[1]["pull_rank"].item() == pytest.approx(1)
    none = on_a_line(slope=-1.0)[0]
    none.D = lambda v: torch.full((len(v),), -9.0, dtype=torch.float64)
    _, aux = objective("moved-points").points_loss(none, b)
    assert aux.pop("accepted") == 0
    assert all(value.isnan() for value in aux.values())


def test_the_boundary_of_codes_is_half_way_between_them() -> None:
    n, b = on_a_line()
    for game, place in (("equation-9", -1.0), ("equation-8", -1.5)):  # where x_1 + 1.5 is .5, and 0
        found = objective("moved-points", game=game).boundary(n.D, b.x)
        torch.testing.assert_close(found[:, 0], torch.full((61,), place, dtype=torch.float64), atol=1e-4, rtol=0)


def test_d_learns_from_data_and_translated_data_before_the_points_move() -> None:
    steps, [update] = objective("moved-points", game="equation-9", fakes=-3.0, pretraining_steps=70).pretraining()
    x = normal(30, 2)
    n, b = SimpleNamespace(D=lambda v: v[:, 0]), SimpleNamespace(x=x, z=None)
    expected = ((x[:, 0] - 1) ** 2).mean() / 2 + ((x[:, 0] - 3) ** 2).mean() / 2
    torch.testing.assert_close(update.loss(n, b), expected)
    assert (steps, update.networks) == (70, ("D",))


def test_rank_correlation_is_spearmans_with_ties_over_the_chosen_places() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        x, y, among = rng.integers(0, 6, 30), rng.integers(0, 6, 30), rng.random(30) < 0.6
        found = rank_correlation(*(torch.from_numpy(v.astype(float)) for v in (x, y, among)))
        assert found.item() == pytest.approx(spearmanr(x[among], y[among]).statistic, abs=1e-9)


# Two discriminators


def test_effective_rank_counts_directions_whatever_their_lengths() -> None:
    assert effective_rank(torch.diag(torch.tensor([1.0, 5.0, 1e-3, 2.0]))).item() == pytest.approx(4, rel=1e-5)
    assert effective_rank(torch.tensor([[1.0, 2.0], [-3.0, -6.0], [0.5, 1.0]])).item() == pytest.approx(1, abs=1e-3)
    rows = normal(12, 5)
    s = np.linalg.svd((rows / rows.norm(dim=1, keepdim=True)).numpy(), compute_uv=False)
    expected = np.sum(s**2) ** 2 / np.sum(s**4)
    assert effective_rank(rows).item() == pytest.approx(expected)
    assert effective_rank(rows.where(rows < 1, torch.inf)).isnan()
    assert effective_rank(torch.zeros(3, 2)).item() == 1


@pytest.mark.parametrize(("leads", "game"), [("scalar", "gan-nonsaturating"), ("autoencoder", "ebgan")])
def test_g_follows_the_loss_of_the_game_that_leads_and_both_ranks_are_at_its_samples(leads: str, game: str) -> None:
    of, base = objective("two-discriminators", leads=leads), objective(game)
    linear, fixed = torch.nn.Linear(3, 1).double(), torch.nn.Linear(3, 3).double()
    n = SimpleNamespace(G=lambda z: z, D=lambda x: linear(x).squeeze(1), A=lambda x: (fixed(x), x))
    b = SimpleNamespace(z=normal(10, 3), x=normal(10, 3, seed=2))
    loss, aux = of.generator_loss(n, b)
    own = SimpleNamespace(G=n.G, D=n.D if leads == "scalar" else n.A)
    torch.testing.assert_close(loss, base.updates()[1].loss(own, b))
    assert aux["rank_scalar"].item() == pytest.approx(1, abs=1e-3)  # a linear D has one gradient for all samples
    assert aux["rank_autoencoder"].item() > 1.5
    assert aux["rank_ratio"].item() == pytest.approx(aux["rank_autoencoder"].item(), rel=1e-3)
    assert aux["rank_followed"] == aux[f"rank_{leads}"]
    for index, other in enumerate(("gan-nonsaturating", "ebgan")):
        theirs = objective(other).updates()[0].loss(SimpleNamespace(G=n.G, D=(n.D, n.A)[index]), b)
        ours = of.updates()[index].loss(n, b)
        first = [value[0] if isinstance(value, tuple) else value for value in (ours, theirs)]
        torch.testing.assert_close(*first)
