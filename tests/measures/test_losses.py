"""Oscillation and blow-up of losses: known answers on built series, and what does not change them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures import losses
from modecollapse.measures.losses import sign_changes, spectral_peak

TIME = np.arange(64)
SERIES = st.lists(st.integers(-1000, 1000), min_size=8, max_size=40).map(lambda values: np.array(values, dtype=float))
Measure = Callable[[np.ndarray], tuple[float, str]]
NONE = pytest.approx(np.nan, nan_ok=True)


def sine(period: float) -> np.ndarray:
    """Whole cycles of a sine, in the phase that has no slope."""
    return np.cos(2 * np.pi * (TIME + 0.5) / period)


@pytest.mark.parametrize("period", [4, 8, 16])
def test_a_sine_has_one_frequency_and_two_sign_changes_a_period_whatever_line_is_under_it(period: int) -> None:
    for series in (sine(period), sine(period) + 5 - 0.75 * TIME):
        assert spectral_peak(series) == (pytest.approx(1), "ok")
        assert sign_changes(series) == (2 * 64 / period / 63, "ok")
    alternating = (-1.0) ** TIME
    assert (sign_changes(alternating), spectral_peak(alternating)[0]) == ((1, "ok"), pytest.approx(1, abs=0.02))


def test_white_noise_is_the_null_of_the_docstring_and_a_random_walk_hardly_turns() -> None:
    noise = np.random.default_rng(0).normal(size=(400, 50))
    expected = sum(1 / i for i in range(1, 26)) / 25
    assert expected == pytest.approx(0.153, abs=1e-3)
    assert np.mean([spectral_peak(x)[0] for x in noise]) == pytest.approx(expected, abs=0.02)
    assert np.mean([sign_changes(x)[0] for x in noise]) == pytest.approx(0.5, abs=0.03)
    walks = noise.cumsum(axis=1)
    assert np.mean([sign_changes(x)[0] for x in walks]) < 0.2
    assert np.mean([spectral_peak(x)[0] for x in walks]) > 0.4


def test_shares_of_two_sines_are_those_of_their_variances() -> None:
    both = 3 * np.cos(2 * np.pi * 8 * TIME / 64) + np.cos(2 * np.pi * 20 * TIME / 64)
    assert spectral_peak(both)[0] == pytest.approx(0.9, abs=0.01)
    fastest = 2 * sine(8) + (-1.0) ** TIME  # variances 2 and 1; the fastest frequency has no negative twin
    assert spectral_peak(fastest)[0] == pytest.approx(2 / 3, abs=0.01)


@pytest.mark.parametrize("series", [np.full(21, 0.0), np.full(21, 0.1), np.full(21, -3e30), 0.1 * TIME - 7])
def test_a_constant_series_and_a_line_do_not_oscillate(series: np.ndarray) -> None:
    assert (sign_changes(series), spectral_peak(series)) == ((0.0, "ok"), (NONE, "flat"))


@pytest.mark.parametrize("measure", [sign_changes, spectral_peak])
def test_the_first_value_that_is_not_finite_ends_the_series_which_may_then_be_too_short(measure: Measure) -> None:
    start = np.random.default_rng(1).normal(size=20)
    for end in (np.nan, np.inf, -np.inf):
        assert measure(np.r_[start, end, 1e9, end]) == (measure(start)[0], "cut")
    for series in ([], [1.0], [np.nan, *range(9)], [1.0, 2.0, 5.0, np.inf, 3.0]):
        assert measure(np.array(series)) == (NONE, "short")


@given(SERIES, st.integers(-40, 40), st.integers(-1000, 1000))
def test_scale_shift_sign_and_direction_of_time(series: np.ndarray, power: int, constant: int) -> None:
    scaled, shifted, back = series * 2.0**power, series + constant, series[::-1]
    assert sign_changes(scaled) == sign_changes(shifted) == sign_changes(back) == sign_changes(series)
    np.testing.assert_equal(spectral_peak(scaled), spectral_peak(series))
    assert spectral_peak(back) == pytest.approx(spectral_peak(series), nan_ok=True)
    np.testing.assert_equal(loss_blowup(-scaled), loss_blowup(series))


def loss_blowup(series: np.ndarray) -> tuple[float, str]:
    """Of evaluations at every step."""
    return losses.loss_blowup(np.arange(len(series)) + 1, series)


def any_blowup(series: list[np.ndarray]) -> tuple[float, str]:
    return losses.any_blowup(np.arange(20) + 1, series)


def after(head: float, tail: list[float]) -> np.ndarray:
    return np.r_[np.full(18, head), tail]


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        *[(np.where(at == TIME, bad, 1.0), (1, "ok")) for at in (0, 5, 63) for bad in (np.nan, np.inf, -np.inf)],
        # the whole last tenth is beyond ten medians
        (after(1.0, [11, 11]), (1, "ok")),
        (after(-1.0, [-11, 500]), (1, "ok")),
        (after(1.0, [10, 10]), (0, "ok")),
        (after(1.0, [11, 1]), (0, "ok")),
        (after(-1.0, [1e9, 9]), (0, "ok")),
        (after(1.0, [0, 0]), (0, "ok")),
        (np.where(TIME == 9, 1e12, 1.0), (0, "ok")),
        (np.array([1.0, 11.0]), (1, "ok")),
        (np.zeros(20), (0, "ok")),
        # without a scale or anything before the end there is no flag
        (after(0.0, [0.1, 0.1]), (NONE, "zero")),
        (np.array([]), (NONE, "short")),
        (np.array([1.0]), (NONE, "short")),
    ],
)
def test_known_blow_ups(series: np.ndarray, expected: tuple[float, str]) -> None:
    assert loss_blowup(series) == expected


def test_the_last_tenth_is_of_the_steps() -> None:
    steps = np.array([10, 20, 30, 40, 46, 47, 48, 49, 50])
    for large in range(6):  # at the end, of which five are in the last tenth
        series = np.r_[np.ones(9 - large), np.full(large, 11.0)]
        assert losses.loss_blowup(steps, series) == (float(large == 5), "ok")


def test_a_run_blew_up_where_any_of_its_series_did() -> None:
    yes, no, unknown = after(1.0, [99.0, 99.0]), np.ones(20), after(0.0, [0.1, 0.1])
    assert any_blowup([no, unknown, yes]) == (1.0, "ok")
    assert any_blowup([no, no]) == (0.0, "ok")
    assert any_blowup([no, unknown]) == (NONE, "zero")
    assert any_blowup([]) == (NONE, "absent")
