"""Ranks and their agreement: known answers, SciPy as oracle, ties, and refusals."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare, kendalltau, rankdata

from modecollapse.statistics.ranks import (
    concordance,
    kendall_tau,
    kendall_w,
    largest_change,
    profile,
    rank_sets,
    without_each,
)

pytestmark = pytest.mark.filterwarnings("error")

scores = st.lists(st.integers(0, 4), min_size=2, max_size=9)
tables = st.tuples(st.integers(2, 5), st.integers(2, 6)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 3), min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    )
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_rank_sets_know_a_mixed_table() -> None:
    # 0 beats 1 and 2, 1 beats 2; nothing is known of 3 but that 0 beats it.
    better = np.zeros((4, 4), dtype=bool)
    better[0, 1:] = better[1, 2] = True
    assert rank_sets(better).tolist() == [[1, 1], [2, 3], [3, 4], [2, 4]]


def test_rank_sets_without_and_with_every_test_significant() -> None:
    assert rank_sets(np.zeros((3, 3), dtype=bool)).tolist() == [[1, 3]] * 3
    assert rank_sets(np.triu(np.ones((3, 3), dtype=bool), 1)).tolist() == [[1, 1], [2, 2], [3, 3]]
    assert rank_sets([[False]]).tolist() == [[1, 1]]


def test_rank_sets_hold_the_true_ranks_while_no_test_errs() -> None:
    draws = rng(1)
    for _ in range(100):
        truth = draws.permutation(6)
        found = (truth[:, np.newaxis] < truth) & (draws.random((6, 6)) < 0.5)
        sets = rank_sets(found)
        assert ((sets[:, 0] <= truth + 1) & (truth + 1 <= sets[:, 1])).all()


@pytest.mark.parametrize(
    "better",
    [
        np.zeros((2, 3), dtype=bool),
        np.zeros((0, 0), dtype=bool),
        np.zeros(4, dtype=bool),
        np.zeros((2, 2)),
        np.eye(2, dtype=bool),
        np.ones((2, 2), dtype=bool) ^ np.eye(2, dtype=bool),
    ],
)
def test_rank_sets_refuse_what_is_no_table_of_wins(better: np.ndarray) -> None:
    with pytest.raises(ValueError, match="better"):
        rank_sets(better)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=12))
def test_tau_agrees_with_scipy(pairs: list[tuple[int, int]]) -> None:
    a, b = zip(*pairs, strict=True)
    ours = kendall_tau(a, b)
    if len(set(a)) == 1 or len(set(b)) == 1:
        assert ours is None
    else:
        assert ours == pytest.approx(kendalltau(a, b).statistic)


def test_tau_of_equal_and_opposite_orders_is_exactly_one() -> None:
    for size in range(2, 30):
        ascending = np.arange(size) / 7
        assert kendall_tau(ascending, np.exp(ascending)) == 1
        assert kendall_tau(ascending, -ascending) == -1


def test_tau_ranks_infinite_scores() -> None:
    assert kendall_tau([-np.inf, 0, 1, np.inf, np.inf], [1, 2, 3, 4, 4]) == 1
    assert kendall_tau([np.inf, np.inf], [1, 2]) is None


def test_tau_of_a_single_variant_is_undefined() -> None:
    assert kendall_tau([1], [2]) is None


@pytest.mark.parametrize(("a", "b"), [([], []), ([1, 2], [1]), ([1, np.nan], [1, 2]), ([[1, 2]], [[1, 2]])])
def test_tau_refuses_what_are_no_two_rankings(a: list, b: list) -> None:
    with pytest.raises(ValueError, match="scores"):
        kendall_tau(a, b)


def test_w_knows_the_plain_answers() -> None:
    assert kendall_w([[1, 2, 3], [10, 20, 30], [0.1, 0.2, np.inf]]) == 1
    assert kendall_w([[1, 2, 3], [3, 2, 1]]) == 0
    # Sums of ranks 4, 6.5, 10.5, 9 with mean 7.5, and one tie: 12 * 24.5 / (9 * 60 - 3 * 6).
    assert kendall_w([[1, 2, 4, 3], [2, 1, 3, 4], [1, 3.5, 3.5, 2]]) == pytest.approx(12 * 24.5 / 522)


@settings(deadline=None)
@given(tables)
def test_w_is_friedmans_statistic_rescaled(table: list[list[int]]) -> None:
    ranks = np.array(table)
    rows, columns = ranks.shape
    w = kendall_w(ranks)
    if (ranks == ranks[:, :1]).all():
        assert w is None
        return
    assert 0 <= w <= 1 + 1e-12
    assert w == pytest.approx(kendall_w(-ranks))
    if columns > 2:  # SciPy's least
        assert w == pytest.approx(friedmanchisquare(*ranks.T).statistic / (rows * (columns - 1)))


def test_concordance_tries_the_independent_orders() -> None:
    """Two rows of three: of the 36 pairs of orders, every sixth agrees throughout."""
    for seed in range(3):
        w, p = concordance([[1, 2, 3], [4, 5, 6]], rng(seed), draws=6000)
        assert (w, p) == (1, pytest.approx(1 / 6, abs=0.02))


def test_concordance_counts_ties_like_a_plain_enumeration() -> None:
    table = np.array([[1, 1, 2], [3, 1, 2], [2, 2, 5]])
    observed = kendall_w(table)
    orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    every = [kendall_w([row[o] for row, o in zip(table, some, strict=True)]) for some in product(orders, repeat=3)]
    w, p = concordance(table, rng(), draws=9999)
    assert w == observed
    assert p == pytest.approx(np.mean(np.array(every) >= observed - 1e-9), abs=0.02)


def test_concordance_does_not_depend_on_the_order_of_rows_and_columns() -> None:
    draws = rng(2)
    table = draws.integers(0, 4, (4, 6))
    mixed = table[draws.permutation(4)][:, draws.permutation(6)]
    assert concordance(mixed, rng()) == concordance(table, rng())


def test_concordance_of_ties_is_undefined_and_never_significant() -> None:
    assert concordance([[1, 1, 1], [2, 2, 2]], rng(), draws=99) == (None, 1)


def test_concordance_is_never_certain() -> None:
    assert concordance(np.tile(np.arange(12), (6, 1)), rng(), draws=99) == (1, 1 / 100)


def test_concordance_of_random_orders_is_rarely_significant() -> None:
    draws = rng(3)
    found = [concordance(draws.random((4, 5)), draws, draws=199)[1] <= 0.05 for _ in range(400)]
    assert 0.025 <= np.mean(found) <= 0.08


def test_concordance_refuses_no_draws() -> None:
    with pytest.raises(ValueError, match="draws"):
        concordance([[1, 2], [1, 2]], rng(), draws=0)


@pytest.mark.parametrize("table", [[], [[1, 2]], [[1, np.nan], [1, 2]], [1, 2], [[], []]])
def test_refuses_what_is_no_table_of_scores(table: list) -> None:
    for function in (kendall_w, without_each, largest_change, lambda scores: concordance(scores, rng())):
        with pytest.raises(ValueError, match="scores"):
            function(table)


def test_without_each_knows_the_other_rows() -> None:
    table = [[9, 5, 1], [7, 8, 1], [3, 3, 1]]  # ranks 1 2 3, 2 1 3, 1.5 1.5 3
    assert without_each(table).tolist() == [[1.75, 1.25, 3], [1.25, 1.75, 3], [1.5, 1.5, 3]]
    assert without_each(np.negative(table), better="less").tolist() == without_each(table).tolist()
    assert without_each(table, better="less").tolist() == [[2.25, 2.75, 1], [2.75, 2.25, 1], [2.5, 2.5, 1]]


def test_refuses_an_unknown_direction() -> None:
    with pytest.raises(ValueError, match="better"):
        without_each([[1, 2], [1, 2]], better="most")


def test_the_largest_change_names_the_data_set_and_the_variant() -> None:
    # Without the last data set variant 3 falls from (4 + 4 + 1) / 3 to 4; the others move by 1/3.
    assert largest_change([[4, 3, 2, 1], [4, 3, 2, 1], [3, 2, 1, 4]]) == (2, 3, 3, 4)
    # Of two that change alike, variants 0 and 2, the first is named.
    assert largest_change([[9, 5, 1], [9, 5, 1], [9, 5, 1], [1, 5, 9]]) == (3, 0, 1.5, 1)
    # Here two change by 7/12, give or take a rounding error.
    assert largest_change([[2, 0, 1, 3], [3, 2, 1, 0], [1, 3, 0, 2], [0, 2, 3, 1]])[:2] == (0, 1)


def test_data_sets_that_agree_change_nothing() -> None:
    change = largest_change(np.tile([0.3, 0.1, 0.2], (7, 1)))
    assert change.before == pytest.approx(change.after)
    assert (change.data_set, change.variant) == (0, 0)


@settings(deadline=None)
@given(tables)
def test_no_other_change_is_larger(table: list[list[int]]) -> None:
    ranks = rankdata(np.negative(table), axis=1)
    before = ranks.mean(axis=0)
    after = np.array([np.delete(ranks, row, axis=0).mean(axis=0) for row in range(len(ranks))])
    np.testing.assert_allclose(without_each(table), after)
    change = largest_change(table)
    assert abs(change.after - change.before) == pytest.approx(np.abs(after - before).max())
    assert change[2:] == pytest.approx((before[change.variant], after[change.data_set, change.variant]))


def test_the_profile_counts_data_sets_alike() -> None:
    # Above 0.5: one run of two, and three of four; the runs together would give 4/6.
    sample = [[0.2, 0.9], [0.6, 0.7, 0.8, 0.5]]
    assert profile(sample, [0.95, 0.5, 0.0]).tolist() == [0, 0.625, 1]


@settings(deadline=None)
@given(st.lists(scores, min_size=1, max_size=4), st.lists(st.integers(-1, 5), min_size=1, max_size=6))
def test_the_profile_never_rises(sample: list[list[int]], thresholds: list[int]) -> None:
    shares = profile(sample, sorted(thresholds))
    assert (np.diff(shares) <= 0).all()
    assert ((shares >= 0) & (shares <= 1)).all()
    assert profile(sample, [-1, 4]).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("sample", "thresholds"), [([], [0]), ([[1], []], [0]), ([[np.nan]], [0]), ([[1]], []), ([[1]], [np.nan])]
)
def test_the_profile_refuses_what_it_cannot_count(sample: list, thresholds: list) -> None:
    with pytest.raises(ValueError, match="scores"):
        profile(sample, thresholds)
