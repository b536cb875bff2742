"""A signal beside quality within a run, and as a detector of collapse across runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import mannwhitneyu, spearmanr

from modecollapse.measures import agreement as a

PAIRS = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=4, max_size=30).map(
    lambda pairs: np.array(pairs, dtype=float).T
)
GROUPS = st.tuples(*[st.lists(st.integers(0, 6), min_size=1, max_size=12).map(np.array)] * 2)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def correlation(signal: np.ndarray, quality: np.ndarray) -> float:
    return a.within_run(signal, quality, rng(), draws=2).value


@given(PAIRS)
def test_the_correlation_is_scipy_s_and_reads_order_alone(pairs: np.ndarray) -> None:
    found = a.within_run(*pairs, rng(), draws=2)
    if found.status == "flat":
        assert np.ptp(pairs[0]) == 0 or np.ptp(pairs[1]) == 0
        return
    assert found.value == pytest.approx(spearmanr(*pairs).statistic)
    np.testing.assert_allclose(correlation(np.exp(pairs[0]), pairs[1]), found.value, atol=1e-12)
    np.testing.assert_allclose(correlation(*pairs[:, ::-1]), found.value, atol=1e-12)
    np.testing.assert_allclose(correlation(-pairs[0], pairs[1]), -found.value, atol=1e-12)


def test_the_interval_covers_no_correlation_as_often_as_its_docstring_says() -> None:
    noise = rng(1).normal(size=(200, 2, 150))
    slow = lfilter([1], [1, -0.8], noise)[..., 100:]

    def coverage(pairs: np.ndarray) -> float:
        found = [a.within_run(*pair, rng(i), draws=200) for i, pair in enumerate(pairs)]
        return float(np.mean([estimate.lower <= 0 <= estimate.upper for estimate in found]))

    assert coverage(noise[..., 100:]) == pytest.approx(0.92, abs=0.05)
    assert coverage(slow) == pytest.approx(0.88, abs=0.06)
    time = np.arange(20.0)
    estimate = a.within_run(-time, time, rng())
    assert (estimate.value, estimate.status) == (-1.0, "ok")
    assert estimate.upper < -0.9


def test_what_has_no_correlation_says_why() -> None:
    for signal, quality, status in (
        ([1, 2, 3], [1, 2, 3], "short"),
        ([5] * 9, range(9), "flat"),
        (range(9), [5] * 9, "flat"),
        ([np.nan] * 9, range(9), "short"),
        ([], [], "short"),
    ):
        estimate = a.within_run(np.array(signal, dtype=float), np.array(quality, dtype=float), rng())
        assert np.isnan(estimate[:3]).all()
        assert estimate.status == a.given_time(np.array(signal, dtype=float), np.array(quality))[1] == status


def test_a_nan_tail_of_either_is_cut() -> None:
    signal, quality = rng(4).normal(size=(2, 12))
    estimate = a.within_run(np.r_[signal, np.nan, 0.0], np.r_[quality, 1.0, np.inf], rng())
    assert estimate[:3] == a.within_run(signal, quality, rng())[:3]
    assert estimate.status == "cut"
    few = a.within_run(signal[:5], quality[:5], rng())
    assert np.isfinite(few.value)
    assert np.isnan([few.lower, few.upper]).all()
    assert a.estimate_rows("x", few)[1:] == [("x:lower", (pytest.approx(np.nan, nan_ok=True), "short")),
                                             ("x:upper", (pytest.approx(np.nan, nan_ok=True), "short"))]  # fmt: skip


def test_time_explains_two_series_that_only_rise() -> None:
    time = np.arange(200.0)
    one, two = (time + rng(seed).normal(scale=20, size=200) for seed in (1, 2))
    assert correlation(one, two) > 0.8
    assert a.given_time(one, two)[0] == pytest.approx(0, abs=0.15)
    shared = rng(3).normal(scale=20, size=200)
    assert a.given_time(one + shared, two + shared)[0] > 0.3
    assert a.given_time(time, two)[1] == "flat"


@given(GROUPS)
@example((np.array([1, 1, 1, 1, 1, 1, 0, 1, 1]), np.array([0, 0])))
def test_the_auc_is_mann_and_whitney_s(groups: tuple[np.ndarray, np.ndarray]) -> None:
    value, lower, upper, status = a.detection(*groups, rng(), draws=200)
    assert value == pytest.approx(
        mannwhitneyu(*groups, method="asymptotic").statistic / (len(groups[0]) * len(groups[1]))
    )
    assert a.detection(*groups[::-1], rng(), draws=50).value == pytest.approx(1 - value)
    assert a.detection(groups[0] * 2.0 - 7, groups[1] * 2.0 - 7, rng(), draws=200) == (value, lower, upper, status)
    assert 0 <= lower <= upper <= 1


def test_perfect_separation_still_has_an_interval() -> None:
    apart = a.detection(np.arange(10.0) + 50, np.arange(20.0), rng())
    assert (apart.value, apart.upper) == (1.0, 1.0)
    assert apart.lower == pytest.approx(0.7225, abs=1e-3)  # Wilson, 10 of 10
    assert a.detection(np.arange(10.0) - 50, np.arange(20.0), rng())[:2] == (0.0, 0.0)


def test_the_bootstrap_interval_is_of_the_usual_width() -> None:
    # Normal groups a third of an sd apart: AUC .594; Hanley and McNeil's standard error is about .037 for 120 and 120.
    one, two = rng(5).normal(1 / 3, 1, 120), rng(6).normal(0, 1, 120)
    found = a.detection(one, two, rng())
    assert (found.upper - found.lower) / (2 * 1.96) == pytest.approx(0.037, abs=0.006)
    assert found.lower < found.value < found.upper


def test_ties_count_half_and_what_is_not_finite_is_the_loudest_alarm() -> None:
    assert a.detection(np.full(5, 3.0), np.full(4, 3.0), rng())[:3] == (0.5, 0.5, 0.5)
    assert a.detection(np.array([1.0, 2.0]), np.array([1.0]), rng()).value == 0.75
    assert a.detection(np.array([np.nan, np.inf]), np.array([1e30, 5]), rng()).value == 1
    assert a.detection(np.array([np.nan]), np.array([np.inf]), rng()).value == 0.5
    assert {
        a.detection(*groups, rng()).status for groups in ((np.array([]), np.ones(3)), (np.ones(3), np.array([])))
    } == {"short"}
