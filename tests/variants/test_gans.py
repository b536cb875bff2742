"""The cross-entropy games against values and gradients worked out by hand, and the theorems of the paper."""

from __future__ import annotations

from math import log
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from blocks import RECIPE
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import norm

from modecollapse.networks import build
from modecollapse.study.recipe import Training
from modecollapse.variants import create
from modecollapse.variants.cross_entropy import discriminator_loss

GANS = ("gan-minimax", "gan-nonsaturating")
LOGITS = torch.tensor([-9.0, -1.0, 0.0, 0.5, 4.0], dtype=torch.float64)
COUNTS = st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any)
TABLE = st.lists(st.floats(-20, 20), min_size=4, max_size=4)


def on_logits(real: list[float], fake: list[float]) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Networks and a batch such that D's logits are the given ones."""
    networks = SimpleNamespace(D=lambda x: x[:, 0], G=lambda z: z)
    columns = (torch.tensor(values, dtype=torch.float64).unsqueeze(1) for values in (real, fake))
    return networks, SimpleNamespace(**dict(zip("xz", columns, strict=True)))


def generator_loss(variant: str, logits: torch.Tensor) -> torch.Tensor:
    networks = SimpleNamespace(D=lambda x: x, G=lambda z: z)
    return create(variant, {}).generator_loss(networks, SimpleNamespace(z=logits))


def test_discriminator_loss_is_the_two_mean_cross_entropies():
    # sigmoid of 0 and log 3 is 1/2 and 3/4, of -log 3 it is 1/4
    loss = discriminator_loss(*on_logits([0.0, log(3)], [-log(3), log(3), 0.0]))[0]
    real, fake = (log(1 / 2) + log(3 / 4)) / 2, (log(3 / 4) + log(1 / 4) + log(1 / 2)) / 3
    assert loss.item() == pytest.approx(-real - fake, rel=1e-12)


def test_discriminator_that_cannot_tell_pays_log_4():
    assert discriminator_loss(*on_logits([0.0] * 3, [0.0] * 2))[0].item() == pytest.approx(log(4), rel=1e-12)


def test_value_of_the_minimax_game_at_equality_is_minus_log_4():
    real_part = log(1 / 2)  # E_x[log D(x)]
    assert real_part + generator_loss("gan-minimax", torch.zeros(4)).item() == pytest.approx(-log(4), rel=1e-6)


@pytest.mark.parametrize(
    ("variant", "loss"),
    [
        ("gan-minimax", lambda d: (1 - d).log()),
        ("gan-nonsaturating", lambda d: -d.log()),
    ],
)
def test_generator_loss_is_the_papers_function_of_the_probability(variant, loss):
    torch.testing.assert_close(generator_loss(variant, LOGITS), loss(LOGITS.sigmoid()).mean())


@pytest.mark.parametrize(
    ("variant", "slope"),
    [
        ("gan-minimax", lambda d: -d),  # vanishes where D rejects the sample
        ("gan-nonsaturating", lambda d: d - 1),  # vanishes where D accepts it
    ],
)
def test_generator_gradient_in_the_logit_has_its_closed_form(variant, slope):
    logits = LOGITS.clone().requires_grad_()
    generator_loss(variant, logits).backward()
    torch.testing.assert_close(logits.grad, slope(LOGITS.sigmoid()) / len(LOGITS))


@pytest.mark.parametrize("logit", [-1e4, 1e4])
@pytest.mark.parametrize("variant", GANS)
def test_losses_stay_finite_at_certain_logits(variant, logit):
    assert discriminator_loss(*on_logits([logit], [logit]))[0].isfinite()
    assert generator_loss(variant, torch.tensor([logit])).isfinite()


def on_points(p: list[int], q: list[int], logits: torch.Tensor) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Networks and a batch with these counts of each point of data and of G; D has one logit a point."""
    points = torch.arange(len(p))
    b = SimpleNamespace(**{name: points.repeat_interleave(torch.tensor(c)) for name, c in (("x", p), ("z", q))})
    return SimpleNamespace(D=lambda x: logits[x], G=lambda z: z), b


@settings(deadline=None, max_examples=50)
@given(p=COUNTS, q=COUNTS, other=TABLE)
def test_under_the_optimal_discriminator_the_minimax_game_is_the_jensen_shannon_divergence(p, q, other):
    """C(G) = -log 4 + 2 JSD(p, q) (their Theorem 1), and no other discriminator has a higher value."""
    p_d, p_g = (torch.tensor(c, dtype=torch.float64) / sum(c) for c in (p, q))
    n, b = on_points(p, q, (p_d / p_g).log())  # infinite where only one of them has mass
    divergence = jensenshannon(p_d, p_g) ** 2
    c_of_g = n.D(b.x).sigmoid().log().mean() + create("gan-minimax", {}).generator_loss(n, b)
    assert c_of_g.item() == pytest.approx(-log(4) + 2 * np.nan_to_num(divergence), abs=1e-9)
    assert -discriminator_loss(n, b)[0].item() == pytest.approx(c_of_g.item(), abs=1e-9)
    n, _ = on_points(p, q, torch.tensor(other, dtype=torch.float64))
    assert -discriminator_loss(n, b)[0].item() <= c_of_g.item() + 1e-9


@settings(deadline=None, max_examples=50)
@given(p=COUNTS, q=COUNTS, logits=TABLE)
def test_what_the_minimax_generator_gains_the_discriminator_loses(p, q, logits):
    n, b = on_points(p, q, torch.tensor(logits, dtype=torch.float64))
    of_data = n.D(b.x).sigmoid().log().mean()
    value = of_data + create("gan-minimax", {}).generator_loss(n, b)
    assert value.item() == pytest.approx(-discriminator_loss(n, b)[0].item(), rel=1e-6)


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        ([5, 3, 2], [1, 3, 6], [5 / 6, 1 / 2, 1 / 4]),
        ([5, 3, 2], [5, 3, 2], [1 / 2, 1 / 2, 1 / 2]),
        ([8, 1, 1], [2, 4, 4], [4 / 5, 1 / 5, 1 / 5]),
        ([1, 1], [15, 5], [2 / 5, 2 / 3]),  # of unequal numbers of samples only the shares count
    ],
)
def test_trained_discriminator_is_p_over_p_plus_q(p, q, expected):
    table = torch.full((len(p),), 0.7, dtype=torch.float64, requires_grad=True)
    n, b = on_points(p, q, table)
    optimizer = torch.optim.LBFGS([table], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = discriminator_loss(n, b)[0]
        value.backward()
        return value

    optimizer.step(loss)
    d = torch.tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(table.detach().sigmoid(), d, atol=1e-4, rtol=0)
    assert (loss().item() == pytest.approx(log(4), abs=1e-6)) == (p == q)


# Two Gaussians; the share of P is high on both sides of Q. Where both are rare, a sample says nothing of D.
P, Q = norm(-0.7, 1.0), norm(0.9, 0.6)
GRID = np.array([x for x in np.linspace(-3, 3, 121) if P.pdf(x) + Q.pdf(x) > 0.1])
SHARE = P.pdf(GRID) / (P.pdf(GRID) + Q.pdf(GRID))


def trained_perceptron(x: torch.Tensor, z: torch.Tensor, seed: int, steps: int = 300) -> np.ndarray:
    """D(x) on the grid after some steps of Adam."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # more are slower here
    spec = {"hidden": [16, 16], "activation": "tanh"}
    recipe = Training.model_validate(RECIPE | {"networks": RECIPE["networks"] | {"discriminator": spec}})
    n = SimpleNamespace(D=build("discriminator", recipe, (1,)).double(), G=lambda z: z)
    optimizer = torch.optim.Adam(n.D.parameters(), lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        discriminator_loss(n, SimpleNamespace(x=x, z=z))[0].backward()
        optimizer.step()
    return n.D(torch.from_numpy(GRID)[:, None]).sigmoid().detach().numpy()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_trained_perceptron_is_within_3_percent_of_the_optimal_discriminator_of_two_gaussians(seed):
    """Untrained, or with data and samples exchanged, it is far off."""
    quantiles = (np.arange(256) + 0.5) / 256
    x, z = (torch.from_numpy(side.ppf(quantiles))[:, None] for side in (P, Q))
    assert np.abs(trained_perceptron(x, z, seed) - SHARE).max() < 0.03
    assert np.abs(trained_perceptron(x, z, seed, steps=0) - SHARE).max() > 0.3
    exchanged = trained_perceptron(z, x, seed)
    assert np.abs(exchanged - SHARE).max() > 0.3
    assert np.abs(exchanged - (1 - SHARE)).max() < 0.03


@pytest.mark.parametrize("variant", GANS)
def test_discriminator_moves_before_the_generator_and_nothing_is_pretrained(variant):
    objective = create(variant, {})
    assert [update.networks for update in objective.updates()] == [("D",), ("G",)]
    assert objective.pretraining() == (0, [])
