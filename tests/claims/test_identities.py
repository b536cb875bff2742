"""Claims decided by computation: each answer, formulas against numbers by hand, and what wrong formulas do."""

from __future__ import annotations

import inspect
import json
import warnings
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.spatial import distance
from scipy.spatial.distance import jensenshannon

from modecollapse.claims.identities import IDENTITIES, began, cs236, lsgan, lsgan_gradients, shared, veegan
from modecollapse.claims.identities.shared import apart, best_output, discriminator_loss, pairs, within
from modecollapse.variants.began import Variant as Began

NEXT_STATE = Began.next_state
REFUTED = {"minimax-vanishes-when-accepted", "least-squares-flat-at-zero", "pearson-only-for-one-coding"}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seed", [0, 20_251_122])
@pytest.mark.parametrize("name", IDENTITIES)
def test_the_known_answers(name: str, seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        holds, numbers = IDENTITIES[name](rng(seed))
    assert holds is (name not in REFUTED)
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers


def test_the_generator_decides_the_numbers() -> None:
    check = IDENTITIES["w1-at-least-mean-gap"]
    assert check(rng(5)) == check(rng(5)) != check(rng(6))


def test_every_claim_of_the_files_is_listed_and_says_what_it_is() -> None:
    for module in (began, cs236, lsgan, lsgan_gradients, veegan):
        written = {f for _, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == module.__name__}
        assert all(f.__doc__ for f in written)
        assert written & set(IDENTITIES.values())
    assert len(IDENTITIES) == 22
    assert "within" not in IDENTITIES  # what claims share is none


def sixths(table: list[list[int]]) -> tuple:
    """The first table of the post beside another one, in sixths."""
    return began.TABLES[0], tuple(tuple(Fraction(n, 6) for n in row) for row in table)


# (claim, module or class, name there, what is wrong in its place): at least one for each claim.
MUTATIONS: list[tuple[str, ModuleType | type, str, Any]] = [
    ("kl-js-w1-on-disjoint-lines", distance, "jensenshannon", lambda p, q: 1.0),
    ("w1-at-least-mean-gap", began, "mean_gap", lambda v, p, q: 0.99 * np.abs((v * (p - q)).sum(axis=1))),
    ("w1-at-least-mean-gap", began, "cheapest_coupling", lambda v, p, q: 0.0),
    ("began-loss-unbounded", began, "autoencoder_loss", lambda v, d: np.abs(v - v @ d).sum(axis=1).clip(max=100)),
    ("began-loss-unbounded", began, "autoencoder_loss", lambda v, d: np.abs(v - v @ d).sum(axis=1) + 1),
    ("k-follows-the-balance", Began, "next_state",
     lambda own, s, aux: {"k": s["k"] + own.options.lambda_k * (aux["L_G"] - own.options.gamma * aux["L_x"])}),
    ("k-follows-the-balance", Began, "next_state",
     lambda own, s, aux: {"k": s["k"] + own.options.lambda_k * (aux["L_x"] - own.options.gamma * aux["L_G"])}),
    ("k-follows-the-balance", Began, "next_state",
     lambda own, s, aux: {"k": NEXT_STATE(own, s, aux)["k"] + 1e-6}),
    ("k-follows-the-balance", Began, "next_state",
     lambda own, s, aux: {"k": NEXT_STATE(own, s, aux)["k"].clamp(min=0.5 if own.options.clamp else None, max=9)}),
    ("k-follows-the-balance", Began, "state", lambda own: {"k": 0.5}),
    ("bernoulli-couplings", began, "TABLES", sixths([[2, 0], [1, 3]])),  # rows
    ("bernoulli-couplings", began, "TABLES", sixths([[1, 2], [2, 1]])),  # columns
    ("bernoulli-couplings", began, "TABLES", sixths([[3, 0], [-1, 4]])),  # no probabilities
    ("noise-within-log-100", cs236, "diluted", lambda p, noise: 0.001 * p + 0.999 * noise),
    ("noise-within-log-100", cs236, "diluted", lambda p, noise: 1.1 * p + noise),
    ("log-100-negligible", cs236, "relative_loss", lambda n, sd, rng: 0.001 * n / 3072),
    ("optimal-discriminator", cs236, "d_star", lambda p, q: p / (p + q) + 1e-5),
    ("half-iff-equal", shared, "discriminator_loss", lambda d, p, q: discriminator_loss(d, 2 * p, q)),
    ("cross-entropy-vanishes-when-accepted", lsgan_gradients, "cross_entropy", lsgan_gradients.minimax),
    ("cross-entropy-vanishes-when-accepted", lsgan_gradients, "least_squares",
     lambda d, c: lsgan_gradients.cross_entropy(d - c)),
    ("minimax-vanishes-when-accepted", lsgan_gradients, "minimax", lsgan_gradients.cross_entropy),
    ("least-squares-flat-once", lsgan_gradients, "least_squares", lambda d, c: d**2 / 2),
    ("least-squares-flat-once", lsgan_gradients, "cross_entropy", lsgan_gradients.minimax),
    ("least-squares-flat-at-zero", lsgan_gradients, "least_squares", lambda d, c: d**2 / 2),
    ("minimax-is-two-kl", lsgan, "two_kl", lambda p, q: jensenshannon(p, q, axis=1) ** 2),
    ("minimax-is-two-kl", shared, "discriminator_loss", lambda d, p, q: (p * (d - 1) ** 2 + q * d**2) / 2),
    ("least-squares-optimal-discriminator", lsgan, "optimal_discriminator",
     lambda p, q, a, b: (a * p + b * q) / (p + q)),
    ("least-squares-as-integral", lsgan, "optimal_discriminator", lambda p, q, a, b: b * p + a * q),
    ("least-squares-as-integral", lsgan, "integral", lambda p, q, a, b, c: lsgan.twice_c(p, q, a, b, c) / 2),
    ("least-squares-is-pearson", lsgan, "pearson", lambda p, q: ((p - q) ** 2 / (p + q)).sum(axis=1) * 1.001),
    ("least-squares-is-pearson", lsgan, "twice_c", lambda p, q, a, b, c: lsgan.integral(p, q, a, b, c + 0.1)),
    ("pearson-only-for-one-coding", lsgan, "affine_in_pearson", lambda p, q, a, b, c: lsgan.pearson(p, q)),
    ("added-term-leaves-generator", lsgan, "both_terms", lambda p, q, d, c: 2 * lsgan.fake_term(p, q, d, c)),
    ("js-is-f-divergence", lsgan, "js_generator", lambda u: u * np.log(u) / 2),
    ("logit-is-log-ratio", veegan, "log_ratio", lambda p, q: np.log(q / p) + 1e-5),
    ("veegan-bound", veegan, "cross_entropy", lambda s: np.linalg.slogdet(s)[1]),
    ("veegan-bound", veegan, "normal_kl", lambda s, t: 0.0 * s[..., 0, 0]),
    ("veegan-bound", veegan, "bound", lambda g, f, data, noise, spread: veegan.slack(g, f, data, noise, spread) - 9),
]  # fmt: skip


@pytest.mark.parametrize(("name", "module", "helper", "wrong"), MUTATIONS)
def test_a_wrong_formula_turns_the_answer(
    monkeypatch: pytest.MonkeyPatch, name: str, module: ModuleType | type, helper: str, wrong: Any
) -> None:
    monkeypatch.setattr(module, helper, wrong)
    assert IDENTITIES[name](rng()).holds is (name in REFUTED)


def test_every_claim_has_a_mutation() -> None:
    assert {name for name, *_ in MUTATIONS} == set(IDENTITIES)


# The two tables of the BEGAN post.


def test_neither_table_is_an_optimal_coupling() -> None:
    assert began.cheapest_coupling(np.arange(2.0), np.array([1, 1]) / 2, np.array([1, 2]) / 3) == pytest.approx(1 / 6)
    assert began.bernoulli_couplings(rng()).numbers == {"costs": ["1/2", "7/18"], "W1": 0.1667, "optimal": 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(began, "TABLES", sixths([[2, 1], [0, 3]]))
        assert began.bernoulli_couplings(rng()) == (True, {"costs": ["1/2", "1/6"], "W1": 0.1667, "optimal": 1})


# Formulas against numbers by hand.


def test_the_loss_by_noise_is_the_known_share_of_the_log_likelihood() -> None:
    losses = [cs236.relative_loss(n, 1.0, rng()) for n in (10, 100, 784, 3072)]
    assert losses == pytest.approx([0.323, 0.0325, 0.0041, 0.00106], rel=0.02)
    assert cs236.relative_loss(100, cs236.NO_ENTROPY, rng()) == np.inf


P, Q = np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([[0.0, 1.0], [0.5, 0.5]])  # apart, and equal


def test_pearson_is_2_for_disjoint_and_0_for_equal_densities() -> None:
    assert lsgan.pearson(P, Q).tolist() == [2.0, 0.0]
    assert lsgan.two_kl(P, Q) == pytest.approx([0.0, -np.log(4)])


def test_equation_8_is_four_times_equation_9_less_two() -> None:
    p, q = pairs(rng(), 100, gaps=True)
    eight, nine = (lsgan.twice_c(p, q, *lsgan.CODINGS[name]) for name in ("(8)", "(9)"))
    assert eight == pytest.approx(4 * nine - 2, abs=1e-12)
    assert eight == pytest.approx(lsgan.pearson(p, q), abs=1e-12)


def test_chi_square_in_the_textbooks_order_is_another_number() -> None:
    p, q = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])
    assert lsgan.pearson(p, q) == pytest.approx(1 / 12 + 1 / 20)  # (1/4)^2 over 3/4 and over 5/4
    other = (((p + q) - 2 * q) ** 2 / (2 * q)).sum(axis=1)
    assert other == pytest.approx(1 / 8 + 1 / 24)


def test_the_bound_in_one_dimension_by_hand() -> None:
    """The KL of [[1, 1], [1, 2]] from [[2, 1], [1, 1]] is 1/2, the distance 1, and -E log p_theta is 1.5155."""
    one = np.ones((1, 1))
    assert veegan.bound(one, one, one, one, one) == pytest.approx(0.5 + (np.log(2 * np.pi) + 1) / 2 + 1)
    assert veegan.cross_entropy(2 * one) == pytest.approx((np.log(4 * np.pi) + 0.5) / 2)
    assert veegan.slack(one, one, one, one, one) == pytest.approx(2.9189 - 1.5155, abs=1e-4)


def test_the_bound_is_tight_but_for_d_where_the_models_are_each_others_inverse() -> None:
    g, noise = np.array([[2.0]]), np.array([[0.5]])
    data = g @ g.T + noise
    f, spread = g.T / data, 1 - g.T @ g / data  # the posterior of z given x
    distance = float(((1 - f @ g) ** 2 + noise * f**2).item())
    assert veegan.slack(g, f, data, noise, spread) == pytest.approx(distance)
    entropy = (np.log(2 * np.pi) + 1) / 2
    assert veegan.bound(g, f, data, noise, spread) == pytest.approx(entropy + distance)


# What the checks are built of.


@pytest.mark.parametrize("gaps", [False, True])
def test_pairs_are_densities(gaps: bool) -> None:
    p, q = pairs(rng(), 500, gaps=gaps)
    assert p.shape == q.shape == (500, 8)
    assert np.allclose([p.sum(axis=1), q.sum(axis=1)], 1)
    assert min(p.min(), q.min(), (p + q).min() - 1e-9) >= 0
    assert ((p == 0).any(), (q == 0).any()) == (gaps, gaps)
    assert ((p > 0) & (q > 0)).any(axis=1).all()


def test_the_best_output_is_found_by_search() -> None:
    p, q = pairs(rng(), 20)
    found = best_output(lambda d, p, q, code: (d - code) ** 2, p, q, 3 * p - q)
    assert found == pytest.approx(3 * p - q, abs=1e-6)


def test_a_loss_without_a_minimum_is_an_error() -> None:
    p, q = pairs(rng(), 2)
    with pytest.raises(RuntimeError, match="search"):
        best_output(lambda d, p, q: -d, p, q)


def test_apart_is_absolute_below_1_and_relative_above() -> None:
    assert apart([0.5, 0.0], [0.5, 0.25]) == 0.25
    assert apart([1000.0], [999.0]) == pytest.approx(1e-3)
    assert apart([-4.0], [4.0]) == 2.0


@pytest.mark.parametrize("second", [[np.nan], [np.inf], [1.0, 2.0]])
def test_apart_refuses_what_cannot_be_compared(second: list[float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        apart([1.0], second)
    with pytest.raises(ValueError, match="must be"):
        apart([], [])


def test_agreement_is_up_to_the_tolerance() -> None:
    assert within(1e-9, 1e-8, {"cases": 1}) == (True, {"largest error": 1e-9, "tolerance": 1e-8, "cases": 1})
    assert not within(1e-9, 1e-10, {}).holds
    assert not within(0.0, 1e-10, {}, also=False).holds
