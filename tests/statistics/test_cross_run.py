"""Curves of the same run against curves of other runs: valid under trends, exact for few runs, undefined when flat."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import spearmanr

from modecollapse.statistics.cross_run import Shuffle, cross_run

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng


def wandering(draws: np.random.Generator, runs: int, length: int = 60) -> np.ndarray:
    """Runs of a first-order autoregression with coefficient 0.9, begun in its stationary state."""
    noise = draws.normal(size=(runs, length))
    noise[:, 0] /= np.sqrt(1 - 0.9**2)
    return lfilter([1], [1, -0.9], noise, axis=1)


@pytest.mark.parametrize("runs", [3, 5])
def test_few_runs_try_every_matching_of_spearmans_correlations(runs: int) -> None:
    for seed in range(5):
        signal, quality = rng(seed).normal(size=(2, runs, 8)) + np.arange(8) / 2
        every = np.array([[spearmanr(a, b).statistic for b in quality] for a in signal])
        means = np.array([every[np.arange(runs), list(order)].mean() for order in permutations(range(runs))])
        value, centre = every.diagonal().mean(), every.mean()
        p = np.mean(np.abs(means - centre) >= abs(value - centre) - 1e-9)
        assert cross_run(signal, quality, rng(0)) == pytest.approx((value, p, "ok", centre))


def test_curves_that_agree_within_runs_reach_the_least_p() -> None:
    signal = rng(2).normal(size=(7, 30))
    assert cross_run(signal, np.exp(signal), rng(0)) == (1, 1 / 5040, "ok", pytest.approx(1 / 7, abs=0.1))
    many = rng(2).normal(size=(30, 30))
    assert cross_run(many, -many, rng(0), draws=99)[:2] == (pytest.approx(-1), 1 / 100)


@pytest.mark.parametrize("runs", [3, 7, 12])
def test_a_shared_trend_is_no_agreement_within_runs(runs: int) -> None:
    """All curves rise: every correlation is 1, within a run as between runs."""
    rising = np.cumsum(rng(3).random((2, runs, 50)), axis=2)
    assert cross_run(*rising, rng(0), draws=5039) == (pytest.approx(1), 1, "ok", pytest.approx(1))


@pytest.mark.parametrize("runs", [5, 7, 12])
def test_matchings_that_differ_by_rounding_alone_are_alike(runs: int) -> None:
    """The same signal in every run: whatever the matching, the mean is the same sum in another order."""
    draws = rng(11)
    signal = np.tile(draws.normal(size=20), (runs, 1))
    assert cross_run(signal, draws.normal(size=(runs, 20)), rng(0), 5039).p == 1


@pytest.mark.parametrize("trend", [0.0, 0.2])
def test_independent_wandering_curves_are_rarely_significant(trend: float) -> None:
    draws, shared = rng(4), trend * np.arange(60)
    results = [cross_run(wandering(draws, 8) + shared, wandering(draws, 8) + shared, draws, 199) for _ in range(400)]
    assert 0.02 <= np.mean([result.p <= 0.05 for result in results]) <= 0.08
    if trend:
        assert np.mean([result.value for result in results]) > 0.5  # a test against zero would reject nearly always


@pytest.mark.parametrize("runs", [5, 9])
def test_the_order_of_the_runs_does_not_matter(runs: int) -> None:
    signal, quality = rng(7).integers(0, 6, (2, runs, 12))
    order = rng(8).permutation(runs)
    assert cross_run(signal[order], quality[order], rng(0), 499) == cross_run(signal, quality, rng(0), 499)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("level", [0.1, np.inf])
def test_a_curve_that_never_moves_is_undefined(which: int, level: float) -> None:
    curves = rng(10).normal(size=(2, 4, 6))
    curves[which, 2] = level
    assert cross_run(*curves, rng(0)) == Shuffle(None, None, "constant")


def test_few_runs_and_curves_of_unequal_length_are_undefined() -> None:
    whole = rng(0).normal(size=(3, 5))
    assert cross_run(whole[:2], whole[:2], rng(0)) == Shuffle(None, None, "few runs")
    assert cross_run(whole, whole[:, :4], rng(0)) == Shuffle(None, None, "unequal length")
    assert cross_run([*whole[:2], whole[2, :3]], [*whole[:2], whole[2, :3]], rng(0)).status == "unequal length"


@pytest.mark.parametrize("runs", [2, 4])
@pytest.mark.parametrize("bad", [np.nan, [], [[1.0, 2.0]]])
def test_refuses_what_are_no_curves(runs: int, bad: object) -> None:
    signal, quality = rng(0).normal(size=(2, runs, 5)).tolist()
    quality[-1] = [np.nan, *quality[-1][1:]] if bad is np.nan else bad
    with pytest.raises(ValueError, match="curve"):
        cross_run(signal, quality, rng(0))


def test_refuses_runs_that_do_not_match_and_no_draws() -> None:
    curves = rng(0).normal(size=(4, 5))
    for signal, quality in [(curves, curves[:3]), ([], [])]:
        with pytest.raises(ValueError, match="runs"):
            cross_run(signal, quality, rng(0))
    with pytest.raises(ValueError, match="draws"):
        cross_run(curves, curves, rng(0), 0)
