"""Oscillation: known answers on built series, and what does not change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures import oscillation as o

TIME = np.arange(64)
SERIES = st.lists(st.integers(-1000, 1000), min_size=8, max_size=40).map(lambda values: np.array(values, dtype=float))
ALL = [o.sign_changes, lambda x: o.spectral_peak(x)[0], o.total_variation, o.largest_drawdown]


def sine(period: float) -> np.ndarray:
    """Whole cycles of a sine, in the phase that has no slope."""
    return np.cos(2 * np.pi * (TIME + 0.5) / period)


@pytest.mark.parametrize("period", [4, 8, 16])
def test_a_sine_has_its_period_and_two_sign_changes_in_each(period: int) -> None:
    (share, status), (found, _) = o.spectral_peak(sine(period))
    assert (found, status) == (period, "ok")
    assert share == pytest.approx(1)
    assert o.sign_changes(sine(period)) == (2 * 64 / period / 63, "ok")


def test_a_straight_line_under_the_sine_changes_nothing() -> None:
    line = 5 - 0.75 * TIME
    assert o.spectral_peak(sine(8) + line)[0][0] == pytest.approx(o.spectral_peak(sine(8))[0][0])
    assert o.sign_changes(sine(8) + line) == o.sign_changes(sine(8))


def test_an_alternating_series_turns_each_time() -> None:
    series = np.array([1.0, -1.0] * 16)
    assert o.sign_changes(series) == (1.0, "ok")
    assert o.spectral_peak(series)[1] == (2.0, "ok")
    assert o.spectral_peak(series)[0][0] == pytest.approx(1, abs=0.02)
    assert o.total_variation(series) == (2.0, "ok")


def test_white_noise_is_the_null_of_the_docstring_and_a_random_walk_hardly_turns() -> None:
    noise = np.random.default_rng(0).normal(size=(400, 50))
    expected = sum(1 / i for i in range(1, 26)) / 25
    assert expected == pytest.approx(0.153, abs=1e-3)
    assert np.mean([o.spectral_peak(x)[0][0] for x in noise]) == pytest.approx(expected, abs=0.02)
    assert np.mean([o.sign_changes(x)[0] for x in noise]) == pytest.approx(0.5, abs=0.03)
    walks = noise.cumsum(axis=1)
    assert np.mean([o.sign_changes(x)[0] for x in walks]) < 0.2
    assert np.mean([o.spectral_peak(x)[0][0] for x in walks]) > 0.4


def test_shares_of_two_sines_are_those_of_their_variances() -> None:
    both = 3 * np.cos(2 * np.pi * 8 * TIME / 64) + np.cos(2 * np.pi * 20 * TIME / 64)
    assert o.spectral_peak(both)[0][0] == pytest.approx(0.9, abs=0.01)
    fastest = 2 * sine(8) + (-1.0) ** TIME  # variances 2 and 1; the fastest frequency has no negative twin
    assert o.spectral_peak(fastest)[0][0] == pytest.approx(2 / 3, abs=0.01)


def test_a_step_falls_once() -> None:
    step = np.repeat([8.0, 3.0], 10)
    assert o.largest_drawdown(step) == (5.0, "ok")
    assert o.largest_drawdown(-step) == (0.0, "ok")
    assert o.total_variation(step)[0] == pytest.approx(5 / 19)
    assert o.down_crossings(step, 8) == (1.0, "ok")
    assert o.share_at_least(step, 8) == (0.5, "ok")
    assert o.largest_drawdown(np.array([1.0, 6.0, 4.0, 9.0, 4.5, 7.0])) == (4.5, "ok")


@pytest.mark.parametrize("value", [0.0, 0.1, -3e30])
def test_a_constant_series_does_not_oscillate(value: float) -> None:
    series = np.full(21, value)
    assert [measure(series) for measure in (o.sign_changes, o.total_variation, o.largest_drawdown)] == [(0.0, "ok")] * 3
    (share, status), (period, _) = o.spectral_peak(series)
    assert np.isnan([share, period]).all()
    assert status == "flat"
    line = 0.1 * TIME - 7
    assert o.sign_changes(line) == (0.0, "ok")
    assert o.spectral_peak(line)[0][1] == "flat"


@pytest.mark.parametrize("end", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("measure", ALL)
def test_the_first_value_that_is_not_finite_ends_the_series(measure: object, end: float) -> None:
    start = np.random.default_rng(1).normal(size=20)
    assert measure(np.r_[start, end, 1e9, end]) == (measure(start)[0], "cut")


@pytest.mark.parametrize("series", [[], [1.0], [np.nan], [np.nan, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1.0, np.inf, 3.0]])
@pytest.mark.parametrize("measure", ALL)
def test_too_few_evaluations_are_undefined(measure: object, series: list[float]) -> None:
    value, status = measure(np.array(series))
    assert np.isnan(value)
    assert status == "short"


@given(SERIES, st.integers(-40, 40), st.integers(-1000, 1000))
def test_scale_shift_and_direction_of_time(series: np.ndarray, power: int, constant: int) -> None:
    scaled, shifted, back = series * 2.0**power, series + constant, series[::-1]
    assert o.sign_changes(scaled) == o.sign_changes(shifted) == o.sign_changes(back) == o.sign_changes(series)
    np.testing.assert_equal(o.spectral_peak(scaled), o.spectral_peak(series))
    assert o.spectral_peak(back)[0] == pytest.approx(o.spectral_peak(series)[0], nan_ok=True)
    for measure in (o.total_variation, o.largest_drawdown):
        assert measure(scaled)[0] == measure(series)[0] * 2.0**power
        assert measure(shifted) == measure(series)
    assert o.total_variation(back) == pytest.approx(o.total_variation(series))
    assert o.largest_drawdown(back) == o.largest_drawdown(-series)
