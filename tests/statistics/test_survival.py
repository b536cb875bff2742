"""Times to a goal that some runs never reach: known medians and areas, statsmodels as oracle, and the tests' p."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from modecollapse.statistics.permutation import permutations
from modecollapse.statistics.survival import median_time, restricted_mean, restricted_mean_difference

pytestmark = pytest.mark.filterwarnings("error")

# Remission of 21 patients under 6-mercaptopurine in weeks (Freireich et al. 1963); False is censored.
REMISSION = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = np.isin(np.arange(21), [0, 1, 2, 4, 6, 9, 10, 14, 15])
rng = np.random.default_rng


def area(times: np.ndarray, events: np.ndarray, horizon: float) -> float:
    """The area under statsmodels' Kaplan-Meier curve, carried on from its last time to the horizon."""
    curve = SurvfuncRight(times, events)
    edges = np.concatenate([[0.0], np.minimum(curve.surv_times, horizon), [horizon]])
    return float(np.diff(edges) @ np.append(1.0, curve.surv_prob))


def test_medians_and_areas_are_those_of_known_patients_and_of_statsmodels() -> None:
    assert median_time(REMISSION, RELAPSED) == 23
    draws = rng(1)
    for _ in range(50):
        times, events = draws.integers(0, 15, 20) / 2, draws.random(20) < 0.7
        theirs = SurvfuncRight(times, events).quantile(0.5)
        assert median_time(times, events) == (None if np.isnan(theirs) else theirs)
        assert restricted_mean(times, events, 3.5) == pytest.approx(area(times, events, 3.5))


def test_early_censoring_counts_against_a_plain_enumeration() -> None:
    """The areas of permuted groups, one by one."""
    times, events = np.array([1, 2, 2, 5, 3, 4, 6]), np.array([1, 1, 0, 1, 0, 1, 0], dtype=bool)
    groups = [np.isin(np.arange(7), group) for group in combinations(range(7), 4)]
    permuted = [area(times[g], events[g], 6) - area(times[~g], events[~g], 6) for g in groups]
    value, p = restricted_mean_difference(times[:4], events[:4], times[4:], events[4:], 6, permutations(4, 3, rng(0)))
    assert value == pytest.approx(permuted[0])
    assert p == pytest.approx(np.mean(np.abs(permuted) >= abs(value) - 1e-9))


@pytest.mark.parametrize("n", range(2, 60, 2))
def test_the_median_is_reached_by_exactly_half(n: int) -> None:
    """The product of the steps is one half but for rounding."""
    reached = np.arange(n) < n // 2
    assert median_time(np.where(reached, np.arange(n), n), reached) == n // 2 - 1


def test_the_median_is_not_reached_by_less_than_half() -> None:
    assert median_time([1, 2, 9, 9, 9], [True, True, False, False, False]) is None
    assert median_time([9] * 5, [False] * 5) is None
    assert median_time([0] * 5, [True] * 5) == 0


def test_knows_the_area_by_hand() -> None:
    # 1 until time 1, 3/4 until 2, 1/2 until 5, then nothing.
    assert restricted_mean([1, 2, 2, 5], [True, True, False, True], 5) == pytest.approx(1 + 0.75 + 1.5)
    assert restricted_mean([1, 2, 2, 5], [True, True, False, True], 9) == pytest.approx(3.25)
    assert restricted_mean([1, 2, 2, 5], [True, True, False, True], 1.5) == pytest.approx(1 + 0.75 / 2)


def test_refuses_impossible_horizons_and_splits_of_other_sizes() -> None:
    for horizon in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="horizon"):
            restricted_mean([1], [True], horizon)
    for n, m in [(2, 1), (1, 3)]:
        with pytest.raises(ValueError, match="permutations"):
            restricted_mean_difference([1], [True], [1, 2], [True, True], 1, permutations(n, m, rng(0)))
    with pytest.raises(ValueError, match=r"censored at 4\.0, before the horizon 5"):
        restricted_mean([1, 4, 4], [True, True, False], 5)
    with pytest.raises(ValueError, match="before the horizon"):
        restricted_mean_difference([5], [False], [4], [False], 5, permutations(1, 1, rng(0)))


def test_the_difference_tries_every_division() -> None:
    """Against a plain enumeration; with the censoring at the horizon each group is a mean of capped times."""
    draws = rng(3)
    for _ in range(5):
        times = draws.integers(0, 9, 8).astype(float)
        x, y = times[:5], times[5:]
        value, p = restricted_mean_difference(
            np.minimum(x, 6), x < 6, np.minimum(y, 6), y < 6, 6, permutations(5, 3, rng(0))
        )
        capped = np.minimum(times, 6)
        chosen = [np.isin(np.arange(8), group) for group in combinations(range(8), 5)]
        permuted = np.array([capped[group].mean() - capped[~group].mean() for group in chosen])
        assert value == pytest.approx(capped[:5].mean() - capped[5:].mean())
        assert p == pytest.approx(np.mean(np.abs(permuted) >= abs(value) - 1e-9))


def test_the_difference_does_not_depend_on_order_or_unit() -> None:
    draws = rng(4)
    x, y = draws.exponential(size=12), draws.exponential(2, size=12)
    order = draws.permutation(12)
    results = [
        restricted_mean_difference(np.minimum(unit * a, unit), a < 1, np.minimum(unit * b, unit), b < 1, unit, part)
        for part in [permutations(12, 12, rng(0), draws=999)]
        for unit, a, b in [(1, x, y), (1, x[order], y[order]), (1000, x, y)]
    ]
    assert results[1] == results[0]
    assert results[2] == pytest.approx((1000 * results[0][0], results[0][1]))


@pytest.mark.parametrize(("time", "reached"), [(6.0, False), (3.0, True), (0.0, True)])
def test_equal_groups_differ_by_nothing(time: float, reached: bool) -> None:
    for draws in (9999, 99):
        part = permutations(5, 4, rng(0), draws)
        assert restricted_mean_difference([time] * 5, [reached] * 5, [time] * 4, [reached] * 4, 6, part) == (0, 1)


def test_rejects_equal_distributions_as_often_as_it_says() -> None:
    draws, part, rejected = rng(5), permutations(8, 12, rng(0), draws=199), 0
    for _ in range(400):
        x, y = (np.minimum(draws.exponential(size=n), 1) for n in (8, 12))
        rejected += restricted_mean_difference(x, x < 1, y, y < 1, 1, part)[1] <= 0.05
    assert 0.02 <= rejected / 400 <= 0.075


@pytest.mark.parametrize("times", [[], [1, 2], [[1]], [np.nan], [np.inf], [-1]])
def test_refuses_what_are_no_times_and_events(times: list) -> None:
    for function in (median_time, lambda *sample: restricted_mean(*sample, 1)):
        with pytest.raises(ValueError, match="times"):
            function(times, [True] * (len(times) == 1))
        with pytest.raises(ValueError, match="events must be True or False"):
            function([1, 2], [True, np.nan])
