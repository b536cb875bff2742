"""BEGAN's equilibrium from what a trace has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures import balance as b

LOSSES = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=20).map(np.array)


def m_global(real: np.ndarray, fake: np.ndarray, gamma: float) -> np.ndarray:
    return real + np.abs(gamma * real - fake)


@given(LOSSES, st.floats(0, 0.95), st.floats(0, 5))
def test_m_global_gives_the_real_loss_back(real: np.ndarray, gamma: float, factor: float) -> None:
    fake = real * factor
    np.testing.assert_allclose(b.real_loss(m_global(real, fake, gamma), fake, gamma), real, rtol=1e-9, atol=1e-9)


def test_single_precision_is_enough() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.uniform(0.01, 1, (2, 1000)).astype(np.float32)
    for gamma, error in ((0.3, 1e-5), (0.5, 1e-5), (0.9, 1e-4)):
        stored = m_global(real, fake, np.float32(gamma)).astype(float)
        np.testing.assert_allclose(b.real_loss(stored, fake.astype(float), gamma), real, rtol=error, atol=error)


def test_gamma_one_determines_it_only_where_the_fake_loss_is_smaller() -> None:
    real, fake = np.array([2.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(b.real_loss(m_global(real, fake, 1.0), fake, 1.0), [2.0, np.nan, np.nan])


def test_what_is_not_finite_gives_no_loss() -> None:
    found = b.real_loss(np.array([np.nan, np.inf, 1.0, 3.0]), np.array([1.0, 1.0, np.inf, 1.0]), 0.5)
    np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan, 8 / 3])


def test_the_ratio_is_of_means_over_the_last_fifth() -> None:
    real, fake = np.r_[np.full(8, 9.0), 1.0, 3.0], np.r_[np.full(8, 1.0), 1.0, 1.0]
    assert b.loss_ratio(real, fake) == (0.5, "ok")
    assert b.ratio_deviation((0.55, "ok"), 0.5) == (pytest.approx(0.1), "ok")
    assert b.ratio_deviation((0.4, "ok"), 0.5)[0] == pytest.approx(-0.2)


def test_a_ratio_that_does_not_exist_says_why() -> None:
    assert b.loss_ratio(np.array([]), np.array([]))[1] == "short"
    assert b.loss_ratio(np.array([1.0, np.nan]), np.array([1.0, 1.0]))[1] == "nonfinite"
    assert b.loss_ratio(np.zeros(5), np.ones(5))[1] == "zero"
    assert b.ratio_deviation((np.nan, "nonfinite"), 0.5)[1] == "nonfinite"
    assert b.ratio_deviation((0.3, "ok"), 0.0)[1] == "zero"


@given(LOSSES, st.floats(0.01, 5), st.integers(-20, 20))
def test_the_ratio_has_no_unit(real: np.ndarray, factor: float, power: int) -> None:
    assert b.loss_ratio(real * 2.0**power, real * factor * 2.0**power)[0] == pytest.approx(factor)


def test_saturation_counts_the_bounds_and_beyond() -> None:
    assert b.saturation(np.array([0.0, 0.0, 0.5, 1.0])) == ((0.5, "ok"), (0.25, "ok"))
    assert b.saturation(np.array([-0.1, 1e-9, 0.5, 1.5])) == ((0.25, "ok"), (0.25, "ok"))
    assert [status for _, status in b.saturation(np.array([]))] == ["short"] * 2
    assert [status for _, status in b.saturation(np.array([0.1, np.nan]))] == ["nonfinite"] * 2


def test_early_fakes_are_compared_in_the_first_fifth() -> None:
    fake = np.r_[0.5, 1.5, np.zeros(8)]
    assert b.fake_is_easier(np.ones(10), fake) == (0.5, "ok")
    assert b.fake_is_easier(np.ones(10), np.ones(10)) == (0.0, "ok")
    assert b.fake_is_easier(np.array([]), np.array([]))[1] == "short"
    assert b.fake_is_easier(np.r_[np.nan, np.ones(9)], fake)[1] == "nonfinite"
