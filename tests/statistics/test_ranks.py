"""Rank sets and the agreement of rankings: known answers, SciPy as oracle, ties, resampled seeds, and refusals."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare, kendalltau, rankdata

from modecollapse.statistics.ranks import (
    concordance,
    first_places,
    kendall_tau,
    largest_change,
    rank_sets,
    tau_interval,
)

pytestmark = pytest.mark.filterwarnings("error")

APART = [[1.0, 1.1], [2.0, 2.1, 2.2], [3.0, 3.1], [4.0, 4.1]]
tables = st.tuples(st.integers(2, 5), st.integers(2, 6)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 3), min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    )
)
rng = np.random.default_rng


def test_rank_sets_know_a_mixed_table() -> None:
    # 0 beats 1 and 2, 1 beats 2; nothing is known of 3 but that 0 beats it.
    better = np.zeros((4, 4), dtype=bool)
    better[0, 1:] = better[1, 2] = True
    assert rank_sets(better).tolist() == [[1, 1], [2, 3], [3, 4], [2, 4]]


def test_rank_sets_without_and_with_every_test_significant() -> None:
    assert rank_sets(np.zeros((3, 3), dtype=bool)).tolist() == [[1, 3]] * 3
    assert rank_sets(np.triu(np.ones((3, 3), dtype=bool), 1)).tolist() == [[1, 1], [2, 2], [3, 3]]


def test_rank_sets_refuse_what_is_no_table_of_wins() -> None:
    no, yes = np.zeros((2, 3), dtype=bool), np.ones((2, 2), dtype=bool)
    for better in (no, no[:0, :0], no[0], np.zeros((2, 2)), np.eye(2, dtype=bool), yes ^ np.eye(2, dtype=bool)):
        with pytest.raises(ValueError, match="better"):
            rank_sets(better)


def test_the_best_and_the_first_three_of_variants_apart() -> None:
    assert first_places(APART, rng(0), draws=50).tolist() == [[0, 0], [0, 1], [0, 1], [1, 1]]
    assert first_places(APART, rng(0), draws=50, better="less").tolist() == [[1, 1], [0, 1], [0, 1], [0, 0]]
    assert first_places(APART[:2], rng(0), draws=50).tolist() == [[0, 1], [1, 1]]
    assert first_places([[1.0], [2.0, 3.0]], rng(0)) is None  # a single run shows no spread


def test_tied_variants_share_the_places_also_where_rounding_would_break_ties() -> None:
    five = [[8.0] * 4, [8.0] * 3, [8.0] * 2, [8.0] * 5, [7.0] * 4]
    np.testing.assert_allclose(first_places(five, rng(0), draws=20), [[1 / 4, 3 / 4]] * 4 + [[0, 0]])
    # One is ahead, so three share two places.
    six = [[9.0] * 2, *five[:3], [1.0] * 2, [2.0] * 2]
    np.testing.assert_allclose(first_places(six, rng(0), draws=20), [[1, 1], *[[0, 2 / 3]] * 3, [0, 0], [0, 0]])
    alike = [[0.1] * n for n in (3, 10, 30)]
    assert len({np.mean(runs) for runs in alike}) > 1
    np.testing.assert_allclose(first_places(alike, rng(0), draws=50), [[1 / 3, 1]] * 3)


def test_the_places_add_up_and_follow_the_resamples_whatever_the_order_of_the_seeds() -> None:
    groups = [rng(3).integers(0, 3, 5) for _ in range(6)]
    shares = first_places(groups, rng(0), draws=500)
    assert shares.sum(axis=0) == pytest.approx([1, 3])
    np.testing.assert_array_equal(first_places([rng(4).permutation(g) for g in groups], rng(0), draws=500), shares)
    # [0, 3] against 1 and 1: both zeros lose, one of them or none wins.
    assert first_places([[0.0, 3.0], [1.0, 1.0]], rng(0), draws=8000)[:, 0] == pytest.approx([0.75, 0.25], abs=0.02)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=12))
def test_tau_agrees_with_scipy(pairs: list[tuple[int, int]]) -> None:
    a, b = zip(*pairs, strict=True)
    is_tied = len(set(a)) == 1 or len(set(b)) == 1
    assert kendall_tau(a, b) == (None if is_tied else pytest.approx(kendalltau(a, b).statistic))


def test_tau_of_equal_and_opposite_orders_is_exactly_one_and_ranks_infinite_scores() -> None:
    for size in range(2, 30):
        ascending = np.arange(size) / 7
        assert kendall_tau(ascending, np.exp(ascending)) == 1
        assert kendall_tau(ascending, -ascending) == -1
    assert kendall_tau([-np.inf, 0, 1, np.inf, np.inf], [1, 2, 3, 4, 4]) == 1
    assert kendall_tau([np.inf, np.inf], [1, 2]) is None
    assert kendall_tau([1], [2]) is None


@pytest.mark.parametrize(("a", "b"), [([], []), ([1, 2], [1]), ([1, np.nan], [1, 2]), ([[1, 2]], [[1, 2]])])
def test_tau_refuses_what_are_no_two_rankings(a: list, b: list) -> None:
    with pytest.raises(ValueError, match="scores"):
        kendall_tau(a, b)


def test_tau_is_that_of_the_means_whatever_the_order_of_the_seeds() -> None:
    draws = rng(1)
    first, second = ([draws.normal(size=n) for n in (3, 5, 4, 6, 2)] for _ in range(2))
    result = value, lower, upper = tau_interval(first, second, rng(0))
    assert value == pytest.approx(kendall_tau([v.mean() for v in first], [v.mean() for v in second]))
    assert -1 <= lower <= upper <= 1
    assert tau_interval([draws.permutation(values) for values in first], second, rng(0)) == result


@pytest.mark.parametrize(("lifting", "lower"), [(1, -1), (4, 1)])
def test_the_interval_leaves_out_equal_tails(lifting: int, lower: int) -> None:
    """Some runs of ten lift variant 0 past the other: tau is 1 where one is drawn, -1 with chance .9^10 or .6^10."""
    lifted, plain = [[0.0] * (10 - lifting) + [100.0] * lifting, [1.0] * 10], [[1.0] * 10, [0.0] * 10]
    assert tau_interval(lifted, plain, rng(0), draws=8000)[1:] == (lower, 1)


def test_the_interval_resamples_seeds_within_each_variant_and_data_set() -> None:
    """Two variants of two runs each: tau is 1, -1 or undefined (4 of 16 resamples)."""
    first, second = [[0.0, 3.0], [1.0, 2.0]], [[5.0, 5.0], [4.0, 4.0]]
    assert tau_interval(first, second, rng(0), draws=8000) == (None, -1, 1)


def test_ties_that_rounding_would_break_stay_ties_and_single_runs_show_no_spread() -> None:
    """The mean of 0.1 is not the same number for 3, 10 and 30 runs."""
    alike = [[0.1] * n for n in (3, 10, 30)]
    assert tau_interval(alike, APART[:3], rng(0), draws=50) == (None, None, None)
    assert tau_interval([[1.0], [2.0, 3.0]], APART[:2], rng(0)) == (1, None, None)


@pytest.mark.parametrize("values", [[], [[1.0, 2.0]], [[1.0], []], [[1.0, np.nan], [1.0]], [[1.0, np.inf], [1.0]]])
def test_refuses_what_are_no_runs_of_variants(values: list) -> None:
    for function in (first_places, lambda runs, rng: tau_interval(runs, runs, rng)):
        with pytest.raises(ValueError, match="variants|values"):
            function(values, rng(0))
    with pytest.raises(ValueError, match="variants"):
        tau_interval(APART, APART[:3], rng(0))
    with pytest.raises(ValueError, match="better"):
        first_places(APART, rng(0), better="most")


def w(table: list | np.ndarray) -> float | None:
    return concordance(table, rng(0), draws=1)[0]


def test_w_knows_the_plain_answers() -> None:
    assert w([[1, 2, 3], [10, 20, 30], [0.1, 0.2, np.inf]]) == 1
    assert w([[1, 2, 3], [3, 2, 1]]) == 0
    # Sums of ranks 4, 6.5, 10.5, 9 with mean 7.5, and one tie: 12 * 24.5 / (9 * 60 - 3 * 6).
    assert w([[1, 2, 4, 3], [2, 1, 3, 4], [1, 3.5, 3.5, 2]]) == pytest.approx(12 * 24.5 / 522)


@settings(deadline=None)
@given(tables)
def test_w_is_friedmans_statistic_rescaled(table: list[list[int]]) -> None:
    ranks = np.array(table)
    rows, columns = ranks.shape
    if (ranks == ranks[:, :1]).all():
        assert w(ranks) is None
        return
    assert 0 <= w(ranks) <= 1 + 1e-12
    assert w(ranks) == pytest.approx(w(-ranks))
    if columns > 2:  # SciPy's least
        assert w(ranks) == pytest.approx(friedmanchisquare(*ranks.T).statistic / (rows * (columns - 1)))


def test_concordance_counts_ties_like_a_plain_enumeration() -> None:
    table = np.array([[1, 1, 2], [3, 1, 2], [2, 2, 5]])
    orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    every = [w([row[o] for row, o in zip(table, some, strict=True)]) for some in product(orders, repeat=3)]
    found = concordance(table, rng(0), draws=9999)
    assert found == (w(table), pytest.approx(np.mean(np.array(every) >= w(table) - 1e-9), abs=0.02))
    assert concordance(table[::-1, [2, 0, 1]], rng(0), draws=9999) == found


def test_concordance_of_ties_is_undefined_and_full_agreement_is_never_certain() -> None:
    assert concordance([[1, 1, 1], [2, 2, 2]], rng(0), draws=99) == (None, 1)
    assert concordance(np.tile(np.arange(12), (6, 1)), rng(0), draws=99) == (1, 1 / 100)


@pytest.mark.parametrize("table", [[], [[1, 2]], [[1, np.nan], [1, 2]], [1, 2], [[], []]])
def test_refuses_what_is_no_table_of_scores(table: list) -> None:
    for function in (largest_change, lambda scores: concordance(scores, rng(0))):
        with pytest.raises(ValueError, match="scores"):
            function(table)


def test_the_largest_change_names_the_data_set_and_the_variant() -> None:
    # Without the last data set variant 3 falls from (4 + 4 + 1) / 3 to 4; the others move by 1/3.
    assert largest_change([[4, 3, 2, 1], [4, 3, 2, 1], [3, 2, 1, 4]]) == (2, 3, 1)
    # Of two that change alike, variants 0 and 2, the first is named.
    assert largest_change([[9, 5, 1], [9, 5, 1], [9, 5, 1], [1, 5, 9]]) == (3, 0, -0.5)
    # Here two change by 7/12, give or take a rounding error.
    assert largest_change([[2, 0, 1, 3], [3, 2, 1, 0], [1, 3, 0, 2], [0, 2, 3, 1]])[:2] == (0, 1)
    with pytest.raises(ValueError, match="better"):
        largest_change([[1, 2], [1, 2]], better="most")


@settings(deadline=None)
@given(tables, st.sampled_from(["more", "less"]))
def test_no_other_change_is_larger(table: list[list[int]], better: str) -> None:
    ranks = rankdata(np.negative(table) if better == "more" else table, axis=1)
    before = ranks.mean(axis=0)
    after = np.array([np.delete(ranks, row, axis=0).mean(axis=0) for row in range(len(ranks))])
    data_set, variant, change = largest_change(table, better)
    assert abs(change) == pytest.approx(np.abs(after - before).max())
    assert change == pytest.approx(after[data_set, variant] - before[variant])
