"""Times to a goal that some runs never reach: known curves, the edges where bands are undefined, and the tests' p."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm
from statsmodels.duration.survfunc import SurvfuncRight

from modecollapse.statistics.permutation import splits
from modecollapse.statistics.survival import median_time, restricted_mean, restricted_mean_difference, survival

pytestmark = pytest.mark.filterwarnings("error")

# Remission of 21 patients under 6-mercaptopurine in weeks (Freireich et al. 1963); False is censored.
REMISSION = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = np.isin(np.arange(21), [0, 1, 2, 4, 6, 9, 10, 14, 15])

runs = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=12).map(
    lambda pairs: [*zip(*pairs, strict=True)]
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_knows_the_remission_curve() -> None:
    curve = survival(REMISSION, RELAPSED)
    at = dict(zip(curve.times, curve.share, strict=True))
    expected = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448, 35: 0.448}
    assert {time: at[time] for time in expected} == pytest.approx(expected, abs=5e-4)
    assert dict(zip(curve.times, curve.at_risk, strict=True))[10] == 15
    assert median_time(REMISSION, RELAPSED) == 23


def test_agrees_with_statsmodels() -> None:
    draws = rng(1)
    for _ in range(50):
        times, events = draws.integers(0, 15, 20) / 2, draws.random(20) < 0.7
        theirs = SurvfuncRight(times, events)
        curve = survival(times, events)
        ours = np.isin(curve.times, times[events])
        np.testing.assert_allclose(curve.share[ours], theirs.surv_prob, atol=1e-12)
        assert curve.at_risk[ours] == pytest.approx(theirs.n_risk)
        share, error = theirs.surv_prob, theirs.surv_prob_se
        inner = (share > 1e-9) & (share < 1)
        power = np.exp(norm.isf(0.025) * error[inner] / np.abs(share[inner] * np.log(share[inner])))
        np.testing.assert_allclose(curve.lower[ours][inner], share[inner] ** power, atol=1e-9)
        np.testing.assert_allclose(curve.upper[ours][inner], share[inner] ** (1 / power), atol=1e-9)


@pytest.mark.parametrize("time", [0.0, 5.0])
@pytest.mark.parametrize("n", [1, 5, 30])
def test_nobody_and_everybody_get_the_band_of_clopper_and_pearson(n: int, time: float) -> None:
    for reached in (False, True):
        curve = survival([time] * n, [reached] * n)
        exact = binomtest(0 if reached else n, n).proportion_ci(0.95, method="exact")
        assert curve.share.tolist() == [float(not reached)]
        assert (curve.lower[0], curve.upper[0]) == pytest.approx((exact.low, exact.high))


def test_the_last_step_counts_the_runs_that_censoring_left() -> None:
    curve = survival([1, 2, 3], [True, False, True])
    assert curve.share == pytest.approx([2 / 3, 2 / 3, 0])
    assert curve.upper[-1] == pytest.approx(1 - 0.025 ** (1 / 1.5))  # one at risk where 2/3 were still waiting
    assert survival([1, 2, 3], [False, False, False]).lower == pytest.approx(0.025 ** (1 / np.array([3, 2, 1])))


def test_the_band_covers_where_nearly_nobody_has_reached_the_goal() -> None:
    """Ten runs, 0.95 wait longer than 1: in six of ten samples all do, and a band of width zero would miss.

    The log-log band by itself misses with two or more that do not wait, so 0.91 is what it can reach.
    """
    draws, covered = rng(2), 0
    for _ in range(400):
        times = np.minimum(draws.exponential(size=10) / -np.log(0.95), 1)
        curve = survival(times, times < 1)
        covered += curve.lower[-1] <= 0.95 <= curve.upper[-1]
    assert covered / 400 >= 0.88


@settings(deadline=None)
@given(runs)
def test_a_curve_falls_within_its_band(sample: list) -> None:
    curve = survival(*sample)
    assert np.isfinite(np.concatenate(curve)).all()
    assert ((curve.lower >= 0) & (curve.lower <= curve.share) & (curve.share <= curve.upper) & (curve.upper <= 1)).all()
    assert (curve.lower < curve.upper).all()
    assert (np.diff(curve.times) > 0).all()
    assert (np.diff(np.append(1.0, curve.share)) <= 0).all()


def test_a_higher_level_gives_a_wider_band() -> None:
    wide, narrow = (survival([1, 2, 3, 4], [True] * 4, level) for level in (0.95, 0.5))
    assert (np.maximum(wide.lower, 1e-9) < np.maximum(narrow.lower, 2e-9)).all()
    assert (wide.upper > narrow.upper).all()


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


@settings(deadline=None)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=12), st.floats(0.1, 10))
def test_without_early_censoring_it_is_the_mean_of_capped_times(times: list[float], horizon: float) -> None:
    capped = np.minimum(times, horizon)
    reached = np.asarray(times) < horizon
    assert restricted_mean(capped, reached, horizon) == pytest.approx(capped.mean())
    assert restricted_mean(times, reached, horizon) == pytest.approx(capped.mean())


@settings(deadline=None)
@given(runs)
def test_it_is_the_area_under_the_curve(sample: list) -> None:
    curve = survival(*sample)
    horizon = float(curve.times[-1]) if curve.times[-1] > 0 else 1.0
    assume(curve.times[-1] > 0 or curve.share[-1] == 0)
    edges = np.concatenate([[0.0], curve.times, [horizon]])
    expected = np.diff(edges) @ np.append(1.0, curve.share)
    assert restricted_mean(*sample, horizon) == pytest.approx(expected)


@pytest.mark.parametrize(("times", "reached", "mean"), [([8, 8], False, 8), ([3, 3], True, 3), ([0, 0], True, 0)])
def test_alike_runs_have_a_plain_mean(times: list[float], reached: bool, mean: float) -> None:
    assert restricted_mean(times, [reached] * 2, 8) == mean


def test_refuses_a_horizon_beyond_what_was_watched() -> None:
    with pytest.raises(ValueError, match=r"censored at 4\.0, before the horizon 5"):
        restricted_mean([1, 4, 4], [True, True, False], 5)
    with pytest.raises(ValueError, match="before the horizon"):
        restricted_mean_difference([5], [False], [4], [False], 5, splits(1, 1, rng()))


def test_the_difference_tries_every_division() -> None:
    """Against a plain enumeration; with the censoring at the horizon each group is a mean of capped times."""
    draws = rng(3)
    for _ in range(5):
        times = draws.integers(0, 9, 8).astype(float)
        x, y = times[:5], times[5:]
        value, p = restricted_mean_difference(np.minimum(x, 6), x < 6, np.minimum(y, 6), y < 6, 6, splits(5, 3, rng()))
        capped = np.minimum(times, 6)
        chosen = [np.isin(np.arange(8), group) for group in combinations(range(8), 5)]
        permuted = np.array([capped[group].mean() - capped[~group].mean() for group in chosen])
        assert value == pytest.approx(capped[:5].mean() - capped[5:].mean())
        assert p == pytest.approx(np.mean(np.abs(permuted) >= abs(value) - 1e-9))


def test_the_difference_is_that_of_the_two_areas() -> None:
    x, y = ([1, 2, 2, 5], [True, True, False, True]), ([2, 3, 7], [False, True, False])
    value, p = restricted_mean_difference(*x, *y, 6, splits(4, 3, rng()))
    assert value == pytest.approx(restricted_mean(*x, 6) - restricted_mean(*y, 6))
    swapped = restricted_mean_difference(*y, *x, 6, splits(3, 4, rng()))
    assert swapped == pytest.approx((-value, p))


def test_swapped_groups_of_one_size_have_the_same_p() -> None:
    draws, part = rng(6), splits(9, 9, rng(), draws=199)
    for _ in range(5):
        x, y = draws.exponential(size=(2, 9))
        value, p = restricted_mean_difference(x, x < 1, y, y < 1, 1, part)
        assert restricted_mean_difference(y, y < 1, x, x < 1, 1, part) == (pytest.approx(-value), p)


def test_early_censoring_counts_against_a_plain_enumeration() -> None:
    """The areas of permuted groups, taken one by one from the curve and carried on to the horizon."""
    times, events = np.array([1, 2, 2, 5, 3, 4, 6]), np.array([1, 1, 0, 1, 0, 1, 0], dtype=bool)

    def area(group: np.ndarray) -> float:
        curve = survival(times[group], events[group])
        return float(np.diff(np.concatenate([[0.0], curve.times, [6.0]])) @ np.append(1.0, curve.share))

    permuted = [area(np.array(g)) - area(np.setdiff1d(np.arange(7), g)) for g in combinations(range(7), 4)]
    value, p = restricted_mean_difference(times[:4], events[:4], times[4:], events[4:], 6, splits(4, 3, rng()))
    assert value == pytest.approx(permuted[0])
    assert p == pytest.approx(np.mean(np.abs(permuted) >= abs(value) - 1e-9))


def test_the_difference_does_not_depend_on_order_or_unit() -> None:
    draws = rng(4)
    x, y = draws.exponential(size=12), draws.exponential(2, size=12)
    order = draws.permutation(12)
    results = [
        restricted_mean_difference(np.minimum(unit * a, unit), a < 1, np.minimum(unit * b, unit), b < 1, unit, part)
        for part in [splits(12, 12, rng(), draws=999)]
        for unit, a, b in [(1, x, y), (1, x[order], y[order]), (1000, x, y)]
    ]
    assert results[1] == results[0]
    assert results[2] == pytest.approx((1000 * results[0][0], results[0][1]))


@pytest.mark.parametrize(("time", "reached"), [(6.0, False), (3.0, True), (0.0, True)])
def test_equal_groups_differ_by_nothing(time: float, reached: bool) -> None:
    for draws in (9999, 99):
        part = splits(5, 4, rng(), draws)
        assert restricted_mean_difference([time] * 5, [reached] * 5, [time] * 4, [reached] * 4, 6, part) == (0, 1)


def test_groups_apart_reach_the_least_p() -> None:
    value, p = restricted_mean_difference([1] * 5, [True] * 5, [6] * 5, [False] * 5, 6, splits(5, 5, rng()))
    assert (value, p) == (-5, 2 / 252)


def test_rejects_equal_distributions_as_often_as_it_says() -> None:
    draws, part, rejected = rng(5), splits(8, 12, rng(), draws=199), 0
    for _ in range(400):
        x, y = (np.minimum(draws.exponential(size=n), 1) for n in (8, 12))
        rejected += restricted_mean_difference(x, x < 1, y, y < 1, 1, part)[1] <= 0.05
    assert 0.02 <= rejected / 400 <= 0.075


@pytest.mark.parametrize(
    ("times", "events"),
    [([], []), ([1, 2], [True]), ([[1]], [[True]]), ([np.nan], [True]), ([np.inf], [False]), ([-1], [True])],
)
def test_refuses_what_are_no_times(times: list, events: list) -> None:
    for function in (survival, median_time, lambda *sample: restricted_mean(*sample, 1)):
        with pytest.raises(ValueError, match="times"):
            function(times, events)


@pytest.mark.parametrize("event", [2, np.nan, 0.5])
def test_refuses_events_that_are_neither_true_nor_false(event: float) -> None:
    with pytest.raises(ValueError, match="events"):
        survival([1, 2], [True, event])


@pytest.mark.parametrize("horizon", [0, -1, np.inf, np.nan])
def test_refuses_an_impossible_horizon(horizon: float) -> None:
    with pytest.raises(ValueError, match="horizon"):
        restricted_mean([1], [True], horizon)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_refuses_an_impossible_level(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        survival([1], [True], level)


def test_refuses_splits_of_other_sizes() -> None:
    for n, m in [(2, 1), (1, 3)]:
        with pytest.raises(ValueError, match="splits"):
            restricted_mean_difference([1], [True], [1, 2], [True, True], 1, splits(n, m, rng()))
