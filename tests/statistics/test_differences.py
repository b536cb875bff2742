"""Differences of means: the formula by hand, coverage where Welch's interval fails, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics.differences import mean_difference
from modecollapse.statistics.intervals import reach_of_perfect_runs


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_constants_by_hand() -> None:
    """X at the upper bound reaches down, Y at the lower one up; neither can be exceeded on the other side."""
    what = mean_difference([8.0] * 5, [0.0] * 5, (0, 8), rng())
    assert (what.value, what.upper) == (8, 8)
    assert what.lower == pytest.approx(8 - np.sqrt(2) * reach_of_perfect_runs(5, 8), abs=0.1)


def test_equal_perfect_groups_are_not_known_to_be_equal() -> None:
    value, lower, upper = mean_difference([8.0] * 30, [8.0] * 30, (0, 8), rng())
    reach = reach_of_perfect_runs(30, 8)
    assert value == 0
    assert (lower, upper) == pytest.approx((-reach, reach), abs=0.05)


def test_shares_by_hand() -> None:
    """With 0/1 values Gaffke's is the interval of Clopper and Pearson: 6 of 10 against 1 of 10."""
    x, y = stats.binomtest(6, 10).proportion_ci(), stats.binomtest(1, 10).proportion_ci()
    value, lower, upper = mean_difference([1.0] * 6 + [0.0] * 4, [1.0] + [0.0] * 9, (0, 1), rng())
    assert value == pytest.approx(0.5)
    assert lower == pytest.approx(0.5 - np.hypot(0.6 - x.low, y.high - 0.1), abs=0.01)
    assert upper == pytest.approx(0.5 + np.hypot(x.high - 0.6, 0.1 - y.low), abs=0.01)


def test_swapping_the_groups_mirrors_the_interval() -> None:
    x, y = [3.0, 5.0, 7.5, 8.0], [0.0, 1.0, 1.0, 6.0]
    value, lower, upper = mean_difference(x, y, (0, 8), rng())
    assert mean_difference(y, x, (0, 8), rng()) == pytest.approx((-value, -upper, -lower), abs=0.1)


def test_moves_with_the_unit_and_not_with_the_origin() -> None:
    x, y = np.array([0.3, 0.5, 0.9]), np.array([0.0, 0.2])
    here = mean_difference(x, y, (0, 1), rng())
    assert mean_difference(10 * x - 3, 10 * y - 3, (-3, 7), rng()) == pytest.approx([10 * end for end in here])


def test_the_order_does_not_matter() -> None:
    x, y = [0.1, 7.3, 3.3, 1e-9], [0.3, 6.1, 0.2]
    assert mean_difference(x, y, (0, 8), rng()) == mean_difference(x[::-1], y[::-1], (0, 8), rng())


def test_a_higher_level_is_wider() -> None:
    narrow, wide = (mean_difference([3.0, 5.0], [1.0, 6.0], (0, 8), rng(), level) for level in (0.8, 0.99))
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_covers_a_rare_failure_that_welch_misses() -> None:
    """One run of ten fails outright in one group, none in the other; five runs each."""
    draw, truth = rng(3), 0.9 * 7.95 - 7
    covered = welch = 0
    for _ in range(200):
        x = np.where(draw.random(5) < 0.1, 0.0, draw.uniform(7.9, 8, 5))
        y = draw.uniform(6.9, 7.1, 5)
        _, lower, upper = mean_difference(x, y, (0, 8), draw)
        covered += lower <= truth <= upper
        known = stats.ttest_ind(x, y, equal_var=False).confidence_interval()
        welch += known.low <= truth <= known.high
    assert covered / 200 >= 0.95
    assert welch / 200 < 0.6


@pytest.mark.parametrize("bad", [[], [np.nan], [np.inf], [-0.1], [8.1], [[1.0]]])
def test_refuses_what_is_no_sample_from_the_support(bad: list) -> None:
    with pytest.raises(ValueError, match="values must"):
        mean_difference(bad, [1.0], (0, 8), rng())
    with pytest.raises(ValueError, match="values must"):
        mean_difference([1.0], bad, (0, 8), rng())


@pytest.mark.parametrize("support", [(0, np.inf), (1, 1), (np.nan, 1)])
def test_refuses_an_impossible_support(support: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="support"):
        mean_difference([1.0], [1.0], support, rng())


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_refuses_an_impossible_level(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        mean_difference([1.0], [1.0], (0, 8), rng(), level)
