"""Intervals of a share: published values, their coverage counted out, and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics.proportions import clopper_pearson, wilson

INTERVALS = [clopper_pearson, wilson]


def test_published_values() -> None:
    """Newcombe 1998, table I: 81 of 263 and 15 of 148, to four places."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert clopper_pearson(15, 148) == pytest.approx((0.0578, 0.1617), abs=5e-5)


@pytest.mark.parametrize("n", [1, 5, 30])
def test_perfect_runs_by_hand(n: int) -> None:
    z2 = stats.norm.ppf(0.975) ** 2
    assert clopper_pearson(n, n) == pytest.approx((0.025 ** (1 / n), 1), abs=1e-12)
    assert wilson(n, n) == pytest.approx((n / (n + z2), 1), abs=1e-12)
    assert wilson(n, n)[1] == clopper_pearson(n, n)[1] == 1
    assert wilson(0, n)[0] == clopper_pearson(0, n)[0] == 0


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("n", [1, 2, 3, 5, 30])
def test_ends_are_ordered_mirrored_and_rise_with_the_successes(interval: Callable, n: int) -> None:
    ends = np.array([interval(k, n) for k in range(n + 1)])
    share = np.arange(n + 1) / n
    assert (ends >= 0).all()
    assert (ends <= 1).all()
    assert (ends[:, 0] <= share).all()
    assert (share <= ends[:, 1]).all()
    assert (ends[:, 0] < ends[:, 1]).all()
    assert (np.diff(ends, axis=0) > 0).all()
    assert ends[::-1] == pytest.approx(1 - ends[:, ::-1], abs=1e-12)


def test_half_a_success_lies_between() -> None:
    low, half, high = (wilson(k, 5) for k in (2, 2.5, 3))
    assert low < half < high
    assert half[0] + half[1] == pytest.approx(1)


@pytest.mark.parametrize(("interval", "least"), [(clopper_pearson, 0.95), (wilson, 0.83)])
@pytest.mark.parametrize("n", [5, 30])
def test_coverage_counted_over_all_outcomes(interval: Callable, least: float, n: int) -> None:
    """Exact never covers less than 95 %; Wilson's does so on average only."""
    truths = np.linspace(0.02, 0.98, 97)
    chances = stats.binom.pmf(np.arange(n + 1)[:, np.newaxis], n, truths)
    ends = np.array([interval(k, n) for k in range(n + 1)])
    coverage = (chances * ((ends[:, :1] <= truths) & (truths <= ends[:, 1:]))).sum(axis=0)
    assert coverage.min() >= least
    assert coverage.mean() >= 0.945


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_higher_level_is_wider(interval: Callable) -> None:
    (low, high), (lower, higher) = interval(3, 7, 0.9), interval(3, 7, 0.99)
    assert lower < low < high < higher


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 5), (6, 5), (np.nan, 5), (1, np.nan), (1, 2.5), (1, -2)])
def test_refuses_impossible_counts(interval: Callable, k: float, n: float) -> None:
    with pytest.raises(ValueError, match="successes"):
        interval(k, n)


def test_exact_trials_have_no_halves() -> None:
    with pytest.raises(ValueError, match="whole"):
        clopper_pearson(2.5, 5)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("level", [0.0, 1.0, 95, np.nan])
def test_refuses_an_impossible_level(interval: Callable, level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        interval(1, 2, level)
