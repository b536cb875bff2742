"""A12: known answers, its interval where groups are apart, ties, and the smallest effect that a test can find."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modecollapse.statistics.prob_superiority import detectable_superiority, is_tie, prob_superiority

INF = np.inf
groups = st.lists(st.sampled_from([-INF, -1.0, 0.0, 0.25, 3.0, INF]), min_size=1, max_size=8)


def tied(x: list, y: list, margin: float = 0.15, level: float = 0.90) -> bool:
    return is_tie(prob_superiority(x, y, level), margin)


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
    assert prob_superiority(x, y).value == value


def test_the_interval_is_wilsons_for_the_smaller_group() -> None:
    """Fifteen wins of twenty pairs are three of four; an independent formula is SciPy's."""
    known = stats.binomtest(3, 4).proportion_ci(0.9, method="wilson")
    found = prob_superiority([1, 2, 3, 4, 5], [-1, 0, 0, 5.5], level=0.9)
    assert found == pytest.approx((0.75, known.low, known.high))


def test_groups_that_are_apart_keep_an_interval() -> None:
    assert prob_superiority([2.0] * 30, [1.0] * 30) == pytest.approx((1, 0.88649, 1), abs=1e-5)
    assert prob_superiority([1.0] * 5, [2.0] * 5) == pytest.approx((0, 0, 0.43448), abs=1e-5)


@given(groups, groups, st.randoms())
def test_swapping_mirrors_it_and_neither_order_nor_unit_matters(x: list, y: list, random: object) -> None:
    def changed(values: list) -> list:
        return random.sample([4 * v - 8 for v in values], len(values))

    value, lower, upper = prob_superiority(x, y)
    assert 0 <= lower <= value <= upper <= 1
    assert prob_superiority(y, x) == pytest.approx((1 - value, 1 - upper, 1 - lower))
    assert prob_superiority(changed(x), changed(y)) == (value, lower, upper)


@pytest.mark.parametrize(("n", "m", "shown"), [(27, 27, False), (28, 28, True), (30, 27, False), (28, 100, True)])
def test_a_tie_takes_28_perfect_runs_a_group(n: int, m: int, shown: bool) -> None:
    assert tied([8.0] * n, [8.0] * m) is shown


def test_groups_that_differ_or_are_few_are_no_tie() -> None:
    assert not tied([8, 7, 8, 8, 7], [8, 8, 7, 7, 8])
    assert not tied([1.0] * 500, [2.0] * 500)
    assert not tied([2.0] * 500, [1.0] * 500)
    assert not tied([8.0] * 28, [8.0] * 28, level=0.95)


def test_an_interval_that_ends_on_the_margin_lies_within_it() -> None:
    _, lower, _ = prob_superiority([8.0] * 30, [8.0] * 30, 0.9)
    assert tied([8.0] * 30, [8.0] * 30, margin=0.5 - lower)
    assert not tied([8.0] * 30, [8.0] * 30, margin=0.5 - lower - 1e-6)


@pytest.mark.parametrize("margin", [0.0, 0.5, -0.1, np.nan, np.inf])
def test_refuses_an_impossible_margin(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        tied([1.0], [1.0], margin)


# Simulated with the exact rank-sum test, normal shift and a power of .8; at .05, .05/11 and .05/66.
SIMULATED = {
    5: (0.951, None, None),
    6: (0.916, 0.980, None),
    7: (0.893, 0.962, 0.993),
    10: (0.838, 0.915, 0.949),
    20: (0.746, 0.814, 0.851),
    30: (0.703, 0.761, 0.796),
}


@pytest.mark.parametrize("n", SIMULATED)
def test_the_detectable_effect_is_near_the_simulated_one(n: int) -> None:
    for known, tests in zip(SIMULATED[n], (1, 11, 66), strict=True):
        found = detectable_superiority(n, n, 0.05 / tests)
        assert found == (known if known is None else pytest.approx(known, abs=0.01))


def test_groups_may_be_swapped_and_stricter_tests_need_larger_effects() -> None:
    assert detectable_superiority(30, 5, 0.05) == detectable_superiority(5, 30, 0.05)
    assert detectable_superiority(30, 30, 0.05) < detectable_superiority(30, 5, 0.05)
    assert detectable_superiority(20, 20, 0.05) < detectable_superiority(20, 20, 0.01)
    assert detectable_superiority(20, 20, 0.05) < detectable_superiority(20, 20, 0.05, power=0.95)


@pytest.mark.parametrize(("n", "m", "alpha", "draws"), [(3, 3, 0.05, 9999), (5, 5, 2e-3, 9999), (30, 30, 0.05, 18)])
def test_none_where_even_complete_separation_is_not_significant(n: int, m: int, alpha: float, draws: int) -> None:
    assert detectable_superiority(n, m, alpha, draws=draws) is None


def test_complete_separation_may_be_just_significant() -> None:
    """Two of the 252 divisions of five against five, in either direction."""
    assert detectable_superiority(5, 5, 2 / 252) > 0.97
    assert detectable_superiority(5, 5, 2 / 252 - 1e-6) is None
    # Without ties, unequal groups have two extreme divisions as well.
    assert detectable_superiority(3, 4, 1.5 / 35) is None


@pytest.mark.parametrize(("alpha", "power"), [(0, 0.8), (0.05, 1), (0.9, 0.8), (np.nan, 0.8), (0.05, np.nan)])
def test_refuses_impossible_rates(alpha: float, power: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        detectable_superiority(5, 5, alpha, power)
