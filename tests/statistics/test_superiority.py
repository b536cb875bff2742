"""A12: known answers, the coverage of its interval where groups are apart, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modecollapse.statistics.superiority import superiority

INF = np.inf
groups = st.lists(st.sampled_from([-INF, -1.0, 0.0, 0.25, 3.0, INF]), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("x", "y", "value"),
    [
        ([1, 2, 3], [0], 1),
        ([0], [1, 2, 3], 0),
        ([1, 2, 3], [2], 0.5),
        ([3, 1], [2, 1], 5 / 8),
        ([8, 8, 8, 8, 8], [8, 8, 8, 8, 7], 0.6),
        ([INF, 0], [INF, -INF], 5 / 8),
        ([0.0], [-0.0], 0.5),
    ],
)
def test_counts_wins_and_half_the_ties(x: list, y: list, value: float) -> None:
    assert superiority(x, y).value == value


def test_the_interval_is_wilsons_for_the_smaller_group() -> None:
    """Fifteen wins of twenty pairs are three of four; an independent formula is scipy's."""
    known = stats.binomtest(3, 4).proportion_ci(0.9, method="wilson")
    what = superiority([1, 2, 3, 4, 5], [-1, 0, 0, 5.5], level=0.9)
    assert what.value == 0.75
    assert what[1:] == pytest.approx((known.low, known.high))


def test_groups_that_are_apart_keep_an_interval() -> None:
    assert superiority([2.0] * 30, [1.0] * 30) == pytest.approx((1, 0.88649, 1), abs=1e-5)
    assert superiority([1.0] * 5, [2.0] * 5) == pytest.approx((0, 0, 0.43448), abs=1e-5)


@given(groups, groups)
def test_swapping_the_groups_mirrors_everything(x: list, y: list) -> None:
    value, lower, upper = superiority(x, y)
    assert superiority(y, x) == pytest.approx((1 - value, 1 - upper, 1 - lower))
    assert 0 <= lower <= value <= upper <= 1


@given(groups, groups, st.randoms())
def test_neither_order_nor_unit_matters(x: list, y: list, random: object) -> None:
    def changed(values: list) -> list:
        return random.sample([4 * v - 8 for v in values], len(values))

    assert superiority(changed(x), changed(y)) == superiority(x, y)


@given(groups, groups)
def test_a_better_seed_never_lowers_it(x: list, y: list) -> None:
    better = max(x + y)
    assert superiority([*x, better], y).value >= superiority(x, y).value


@pytest.mark.parametrize(
    ("n", "m", "truth", "spread"), [(5, 5, 0.95, 1.0), (30, 5, 0.95, 1.0), (5, 30, 0.8, 4.0), (10, 10, 0.5, 6.0)]
)
def test_covers_the_truth(n: int, m: int, truth: float, spread: float) -> None:
    rng = np.random.default_rng(5)
    shift = stats.norm.ppf(truth) * np.hypot(1, spread)
    samples = [superiority(rng.normal(shift, 1, n), rng.normal(0, spread, m)) for _ in range(1500)]
    assert np.mean([lower <= truth <= upper for _, lower, upper in samples]) >= 0.95


@pytest.mark.parametrize("bad", [[], [np.nan], [1.0, np.nan], [[1.0]], 3.0])
def test_refuses_what_is_no_group(bad: list) -> None:
    with pytest.raises(ValueError, match="values must"):
        superiority(bad, [1.0])
    with pytest.raises(ValueError, match="values must"):
        superiority([1.0], bad)


@pytest.mark.parametrize("level", [0.0, 1.0, 95, np.nan])
def test_refuses_an_impossible_level(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        superiority([1.0], [2.0], level)
