"""Oscillation and blow-up of losses: known answers on built series, and what does not change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures import losses
from modecollapse.measures.losses import oscillation, peak_p, power_shares

TIME = np.arange(64)
SERIES = st.lists(st.integers(-1000, 1000), min_size=8, max_size=40).map(lambda values: np.array(values, dtype=float))


def sine(period: float) -> np.ndarray:
    """Whole cycles of a sine, in the phase that has no slope."""
    return np.cos(2 * np.pi * (TIME + 0.5) / period)


@pytest.mark.parametrize("period", [4, 8, 16])
def test_a_sine_has_one_frequency_whatever_line_is_under_it(period: int) -> None:
    for series in (sine(period), sine(period) + 5 - 0.75 * TIME):
        shares = power_shares(series)
        assert (shares.argmax() + 1, shares.max()) == (64 // period, pytest.approx(1))


def test_shares_of_two_sines_are_those_of_their_variances() -> None:
    both = 3 * np.cos(2 * np.pi * 8 * TIME / 64) + np.cos(2 * np.pi * 20 * TIME / 64)
    assert power_shares(both).max() == pytest.approx(0.9, abs=0.01)
    fastest = 2 * sine(8) + (-1.0) ** TIME  # variances 2 and 1; the fastest frequency has no negative twin
    assert power_shares(fastest).max() == pytest.approx(2 / 3, abs=0.01)


@pytest.mark.parametrize("series", [np.full(21, 0.0), np.full(21, 0.1), np.full(21, -3e30), 0.1 * TIME - 7])
def test_a_constant_series_and_a_line_do_not_oscillate(series: np.ndarray) -> None:
    assert power_shares(series) is None
    assert oscillation(series) == (0.0, "ok")


@given(SERIES, st.integers(-40, 40))
def test_scale_and_sign_change_nothing(series: np.ndarray, power: int) -> None:
    scaled = series * 2.0**power
    np.testing.assert_equal(oscillation(-scaled), oscillation(series))
    np.testing.assert_equal(loss_blowup(-scaled), loss_blowup(series))


def loss_blowup(series: np.ndarray) -> tuple[float, str]:
    """Of evaluations at every step."""
    return losses.loss_blowup(np.arange(len(series)) + 1, series)


def any_blowup(series: list[np.ndarray]) -> tuple[float, str]:
    return losses.any_blowup(np.arange(20) + 1, series)


def after(head: float, tail: list[float]) -> np.ndarray:
    return np.r_[np.full(18, head), tail]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("index", [0, 5, -1])
def test_any_value_that_is_not_finite_is_a_blow_up(bad: float, index: int) -> None:
    series = np.ones(20)
    series[index] = bad
    assert loss_blowup(series) == (1.0, "ok")


@pytest.mark.parametrize(
    ("tail", "flag"), [([11, 11], 1), ([-11, 500], 1), ([10, 10], 0), ([11, 1], 0), ([1e9, 9], 0), ([0, 0], 0)]
)
def test_the_whole_last_tenth_is_beyond_ten_medians(tail: list[float], flag: int) -> None:
    assert loss_blowup(after(1.0, tail)) == loss_blowup(after(-1.0, tail)) == (flag, "ok")
    steps = np.array([10, 20, 30, 40, 46, 47, 48, 49, 50])
    for large in range(6):  # at the end, of which five are in the last tenth
        series = np.r_[np.ones(9 - large), np.full(large, 11.0)]
        assert losses.loss_blowup(steps, series) == (float(large == 5), "ok")
    spike = after(1.0, [1.0, 1.0])
    spike[9] = 1e12
    assert loss_blowup(spike) == (0.0, "ok")


def test_without_a_scale_or_anything_before_the_end_there_is_no_flag() -> None:
    assert loss_blowup(np.zeros(20)) == (0.0, "ok")
    value, status = loss_blowup(after(0.0, [0.1, 0.1]))
    assert (np.isnan(value), status) == (True, "zero")
    for series in ([], [1.0]):
        assert loss_blowup(np.array(series))[1] == "short"
    assert loss_blowup(np.array([1.0, 11.0])) == (1.0, "ok")


def test_a_run_blew_up_where_any_of_its_series_did() -> None:
    yes, no, unknown = after(1.0, [99.0, 99.0]), np.ones(20), after(0.0, [0.1, 0.1])
    assert any_blowup([no, unknown, yes]) == (1.0, "ok")
    assert any_blowup([no, no]) == (0.0, "ok")
    assert any_blowup([no, unknown])[1] == "zero"
    assert any_blowup([]) == (0.0, "ok")


def test_a_swing_is_found_before_the_loss_blows_up_and_a_blow_up_is_no_swing() -> None:
    swing, rise = np.cos(2 * np.pi * np.arange(40) / 8), np.geomspace(20, 1e6, 10)
    assert oscillation(np.r_[swing, rise]) == oscillation(np.r_[swing, np.nan]) == (1.0, "ok")
    assert oscillation(np.r_[np.ones(40), rise]) == (0.0, "ok")
    assert oscillation(np.r_[1.0, np.geomspace(1, 1e6, 49)])[0] == 0
    assert oscillation(np.r_[swing[:5], np.nan, rise])[1] == "short"
    assert oscillation([])[1] == "short"


def test_neither_noise_nor_a_drift_is_an_oscillation() -> None:
    """Noise at the level of the test; random walks less often, since they have few cycles."""
    noise = np.random.default_rng(2).normal(size=(1000, 50))
    assert np.mean([oscillation(x)[0] for x in noise]) == pytest.approx(0.05, abs=0.02)
    assert np.mean([oscillation(x)[0] for x in noise.cumsum(axis=1)]) < 0.05
    assert np.mean([oscillation(x + 1.5 * np.cos(np.arange(50)))[0] for x in noise]) > 0.9


def test_the_chance_of_a_peak_is_that_of_white_noise() -> None:
    """At an odd length all frequencies are alike; 5 % of the shares of the largest of ten are above .445 (tables)."""
    shares = [power_shares(x).max() for x in np.random.default_rng(3).normal(size=(2000, 21))]
    p = np.array([peak_p(share, 10) for share in shares])
    assert peak_p(0.445, 10) == pytest.approx(0.05, abs=1e-3)
    assert np.quantile(p, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.04)
    assert (peak_p(1.0, 10), peak_p(0.1, 10)) == (0.0, pytest.approx(1.0))
