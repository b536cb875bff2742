"""Noise within a run beside the differences between seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures.endpoint_noise import endpoint_noise

TABLES = st.tuples(st.integers(2, 6), st.integers(2, 6), st.integers(0, 10**6)).map(
    lambda facts: np.random.default_rng(facts[2]).integers(0, 9, size=facts[:2]).astype(float)
)


def test_an_analysis_of_variance_by_hand() -> None:
    values = np.array([[1.0, 3.0], [5.0, 7.0], [9.0, 11.0]])  # MSB = 32, MSW = 2
    noise = endpoint_noise(values)
    assert noise[:3] == (2.0, 16.0, 0.125)
    assert noise.correlation == pytest.approx((32 - 2) / (32 + 2))
    assert noise.status == "ok"


def test_the_correlation_is_the_seeds_share_of_the_variance() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(scale=2, size=(4000, 1)) + rng.normal(size=(4000, 20))
    noise = endpoint_noise(values)
    assert noise.correlation == pytest.approx(0.8, abs=0.02)
    assert noise.within == pytest.approx(1, rel=0.02)
    assert noise.ratio == pytest.approx(1 / (4 + 1 / 20), rel=0.06)


def test_without_differences_between_seeds_the_correlation_is_about_zero() -> None:
    assert endpoint_noise(np.random.default_rng(1).normal(size=(2000, 20))).correlation == pytest.approx(0, abs=0.01)


def test_runs_without_noise_and_seeds_without_differences() -> None:
    still = endpoint_noise(np.array([[0.1] * 7, [0.3] * 7]))
    assert still[0] == still.ratio == 0
    assert (still.correlation, still.status) == (1.0, "ok")
    alike = endpoint_noise(np.array([[1.0, 2, 3], [3.0, 1, 2]]))
    assert np.isnan(alike.ratio)
    assert (alike.correlation, alike.status) == (-0.5, "zero")


def test_what_has_no_variance_or_no_numbers_is_undefined() -> None:
    flat = endpoint_noise(np.full((5, 20), 0.1))
    assert (flat.within, flat.between, flat.status) == (0, 0, "flat")
    assert np.isnan([flat.ratio, flat.correlation]).all()
    assert endpoint_noise(np.ones((1, 20))).status == endpoint_noise(np.ones((5, 1))).status == "short"
    broken = np.ones((5, 20))
    broken[3, -1] = np.nan
    assert endpoint_noise(broken).status == "nonfinite"
    assert np.isnan(endpoint_noise(broken)[:4]).all()


@given(TABLES, st.integers(-20, 20), st.integers(-50, 50))
def test_ratio_and_correlation_have_neither_unit_nor_order(values: np.ndarray, power: int, shift: int) -> None:
    noise = endpoint_noise(values)
    for same in (values * 2.0**power, values + shift, values[::-1], values[:, ::-1]):
        other = endpoint_noise(same)
        if noise.status == "ok" and noise.between > 1e-9:
            np.testing.assert_allclose(other[2:4], noise[2:4], rtol=1e-9, atol=1e-12)
    assert noise.status == "flat" or -1 / (values.shape[1] - 1) - 1e-12 <= noise.correlation <= 1


def test_means_that_only_rounding_sets_apart_are_equal() -> None:
    shares = np.array([[0.0004, 0.0012, 0.002, 0.0032], [0.002, 0.0004, 0.0032, 0.0012]]) * 3
    noise = endpoint_noise(shares)
    assert noise.between == 0
    assert noise.status == "zero"
    assert np.isnan(noise.ratio)
    assert noise.correlation == pytest.approx(-1 / 3)
