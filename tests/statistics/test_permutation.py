"""The permutation test: known answers, its error rate, what must not change it, and refusals."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.statistics.permutation import LEAST_SPREAD, brunner_munzel, permutation_p, permutations

INF = np.inf
rng = np.random.default_rng


FIVE = permutations(5, 5, rng(0))
groups = st.lists(st.sampled_from([-INF, -1.0, 0.0, 0.25, 3.0, INF]), min_size=5, max_size=5)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 4), (3, 2), (5, 5)])
def test_few_divisions_are_listed_each_once(n: int, m: int) -> None:
    found = permutations(n, m, rng(0))
    first = found.first
    assert found.exact
    assert first.dtype == bool
    assert first.shape == (comb(n + m, n), n + m)
    assert (first.sum(axis=1) == n).all()
    assert len(np.unique(first, axis=0)) == len(first)
    assert permutations(3, 3, rng(0), draws=19).exact  # there are 20
    assert not permutations(3, 3, rng(0), draws=18).exact


def test_many_divisions_are_drawn_evenly() -> None:
    found = permutations(10, 20, rng(0), draws=4000)
    first = found.first
    assert not found.exact
    assert first.shape == (4000, 30)
    assert (first.sum(axis=1) == 10).all()
    # Each place is first a third of the time, each pair of places (10 * 9) / (30 * 29) of it; 5 standard errors.
    assert np.abs(first.mean(axis=0) - 1 / 3).max() < 0.04
    pairs = first.T.astype(float) @ first / 4000
    assert np.abs(pairs[np.triu_indices(30, 1)] - 90 / 870).max() < 0.025


def test_p_is_a_share_of_all_or_counts_the_observed_division_as_one_more() -> None:
    permuted = np.array([0.0, 1.0, 2.0, 3.0])
    assert permutation_p(2.0, permuted, exact=True) == 2 / 4
    assert permutation_p(2.0, permuted, exact=False) == 3 / 5
    assert permutation_p(9.0, permuted, exact=False) == 1 / 5
    assert permutation_p(-9.0, permuted, exact=False) == 1
    with pytest.raises(ValueError, match="one of all"):
        permutation_p(9.0, permuted, exact=True)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_rounding_does_not_make_equal_statistics_differ(scale: float) -> None:
    permuted = scale * np.array([0.1 + 0.2, 0.1 + 0.2, -0.3, 0.29])
    assert permutation_p(scale * 0.3, permuted - scale * 1e-12, exact=True) == 2 / 4
    # Around 0, what counts as rounding is judged by the other values.
    assert permutation_p(scale * 1e-17, scale * np.array([0.0, -1.0]), exact=True) == 1 / 2


@pytest.mark.parametrize(
    ("observed", "permuted"), [(np.nan, [1.0]), (1.0, [1.0, np.nan]), (INF, [1.0]), (1.0, [INF]), (1.0, [])]
)
def test_a_statistic_that_is_no_number_is_refused(observed: float, permuted: list) -> None:
    with pytest.raises(ValueError, match="finite"):
        permutation_p(observed, np.array(permuted), exact=False)


@pytest.mark.parametrize("low", [1.0, -INF])
def test_complete_separation_is_the_most_extreme_of_all(low: float) -> None:
    x, y = [2.0, 3.0, 4.0, 5.0, INF], [low] * 5
    assert brunner_munzel(x, y, FIVE) == 2 / 252
    assert brunner_munzel(x, y, FIVE, "greater") == 1 / 252
    assert brunner_munzel(y, x, FIVE, "greater") == 1
    assert brunner_munzel([8.0] * 5, [7.0] * 5, FIVE) == 2 / 252
    # Either of two tied values may be the first group's, and the groups may be swapped: four divisions.
    assert brunner_munzel([2, 3, 4, 5, 6], [-2, -1, 0, 1, 2], FIVE) == 4 / 252


def test_a_small_case_by_hand() -> None:
    """X = 3 against Y = 1, 2, 4. The four divisions have the statistics -+3/2 sqrt(2), by the floor, and -+1/2."""
    four = permutations(1, 3, rng(0))
    assert brunner_munzel([3], [1, 2, 4], four) == 1
    assert brunner_munzel([4], [1, 2, 3], four) == 1 / 2
    assert brunner_munzel([3], [1, 2, 4], four, "greater") == 1 / 2
    assert brunner_munzel([2], [1, 3, 4], four, "greater") == 3 / 4


@given(groups, groups, st.randoms())
def test_neither_order_nor_unit_matters(x: list, y: list, random: object) -> None:
    drawn = permutations(5, 5, rng(0), draws=60)

    def changed(values: list) -> list:
        return random.sample([4 * v - 8 for v in values], len(values))

    for alternative in ("two-sided", "greater"):
        assert brunner_munzel(changed(x), changed(y), drawn, alternative) == brunner_munzel(x, y, drawn, alternative)


def test_no_division_but_a_complete_one_has_less_spread_than_the_floor() -> None:
    """All ways to rank three against four values with ties, straight from the definition."""
    least = INF
    for code in range(4**7):
        values = np.array([code // 4**i % 4 for i in range(7)])
        x, y = values[:3, np.newaxis], values[3:]
        below = (y < x) + (y == x) / 2
        spread = 3 * below.sum(axis=1).var(ddof=1) + 4 * (1 - below).sum(axis=0).var(ddof=1)
        least = min(least, spread) if spread > 1e-9 else least
        assert spread > 1e-9 or below.mean() in (0, 0.5, 1)
    assert least == pytest.approx(LEAST_SPREAD)


@pytest.mark.parametrize(("n", "m"), [(5, 4), (4, 5), (4, 6), (6, 4)])
def test_refuses_divisions_of_other_sizes(n: int, m: int) -> None:
    with pytest.raises(ValueError, match="permutations must be of"):
        brunner_munzel([1.0] * n, [2.0] * m, FIVE)
    with pytest.raises(ValueError, match="alternative"):
        brunner_munzel([1.0] * 5, [2.0] * 5, FIVE, "less")
