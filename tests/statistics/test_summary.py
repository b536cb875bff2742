"""Groups of values in seven numbers and differences of means: by hand, coverage where Welch's interval fails."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics import describe, reach_of_perfect_runs
from modecollapse.statistics.intervals import Estimate
from modecollapse.statistics.summary import mean_difference

pytestmark = pytest.mark.filterwarnings("error")


def difference(x: list[float], y: list[float], support: tuple[float, float] = (0, 8)) -> Estimate:
    return mean_difference(describe(x, support), describe(y, support), support)


def test_describe_knows_the_plain_numbers_whatever_the_order() -> None:
    found = describe([6.0, 2.0, 4.0], (0, 8))
    assert (found.n, found.mean, found.sd, found.minimum, found.maximum) == (3, 4.0, 2.0, 2.0, 6.0)
    assert found.lower < 2.5
    assert found.upper > 5.5
    assert describe([2.0, 4.0, 6.0], (0, 8)) == found


def test_constants_have_no_spread_and_one_value_has_no_sd() -> None:
    found = describe([0.1] * 3, (0, 1))
    assert (found.sd, found.mean) == (0.0, 0.1)
    assert found.lower < 0.1 < found.upper
    assert describe([3.0], (0, 8)).sd is None


def test_without_bounds_there_is_no_interval_and_values_may_be_infinite() -> None:
    finite, infinite = describe([1.0, 2.0], (0, math.inf)), describe([1.0, math.inf], (0, math.inf))
    assert (finite.lower, finite.upper, finite.sd) == (None, None, pytest.approx(math.sqrt(0.5)))
    assert (infinite.mean, infinite.sd, infinite.maximum) == (math.inf, None, math.inf)
    for bad in ([], [-1.0], [math.nan, 1.0]):
        with pytest.raises(ValueError, match="values must"):
            describe(bad, (0, math.inf))


def test_the_difference_of_constants_by_hand() -> None:
    """X at the upper bound reaches down, Y at the lower one up; neither can be exceeded on the other side."""
    found = difference([8.0] * 5, [0.0] * 5)
    assert (found.value, found.upper) == (8, 8)
    assert found.lower == pytest.approx(8 - np.sqrt(2) * reach_of_perfect_runs(5, 8))
    reach = reach_of_perfect_runs(30, 8)
    assert difference([8.0] * 30, [8.0] * 30) == pytest.approx((0, -reach, reach))


def test_the_difference_of_shares_by_hand() -> None:
    """With 0/1 values Gaffke's is the interval of Clopper and Pearson: 6 of 10 against 1 of 10."""
    x, y = stats.binomtest(6, 10).proportion_ci(), stats.binomtest(1, 10).proportion_ci()
    lower, upper = 0.5 - np.hypot(0.6 - x.low, y.high - 0.1), 0.5 + np.hypot(x.high - 0.6, 0.1 - y.low)
    assert difference([1.0] * 6 + [0.0] * 4, [1.0] + [0.0] * 9, (0, 1)) == pytest.approx((0.5, lower, upper))


def test_the_difference_has_no_ends_without_bounds_and_is_nothing_where_both_are_infinite() -> None:
    bounds = (0.0, math.inf)
    low, high = describe([1.0, 2.0], bounds), describe([1.0, math.inf], bounds)
    assert mean_difference(low, low, bounds) == pytest.approx((0, math.nan, math.nan), nan_ok=True)
    assert mean_difference(high, low, bounds)[0] == math.inf
    assert np.isnan(mean_difference(high, high, bounds)).all()


def test_the_difference_covers_a_rare_failure_that_welch_misses() -> None:
    """One run of ten fails outright in one group, none in the other; five runs each."""
    draw, truth = np.random.default_rng(3), 0.9 * 7.95 - 7
    covered = welch = 0
    for _ in range(200):
        x, y = np.where(draw.random(5) < 0.1, 0.0, draw.uniform(7.9, 8, 5)), draw.uniform(6.9, 7.1, 5)
        _, lower, upper = difference(x, y)
        covered += lower <= truth <= upper
        known = stats.ttest_ind(x, y, equal_var=False).confidence_interval()
        welch += known.low <= truth <= known.high
    assert covered / 200 >= 0.95
    assert welch / 200 < 0.6
