"""The ranks that tests leave possible, and how often a variant comes out first when seeds are resampled."""

from __future__ import annotations

import numpy as np
import pytest

from modecollapse.statistics.rank_sets import first_places, rank_sets

pytestmark = pytest.mark.filterwarnings("error")

APART = [[1.0, 1.1], [2.0, 2.1, 2.2], [3.0, 3.1], [4.0, 4.1]]


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


def test_the_best_and_the_first_three_of_variants_apart() -> None:
    assert first_places(APART, rng(), draws=50).tolist() == [[0, 0], [0, 1], [0, 1], [1, 1]]
    assert first_places(APART, rng(), draws=50, better="less").tolist() == [[1, 1], [0, 1], [0, 1], [0, 0]]
    assert first_places(APART[:2], rng(), draws=50).tolist() == [[0, 1], [1, 1]]
    assert first_places([[1.0], [2.0, 3.0]], rng()) is None  # a single run shows no spread


def test_tied_variants_share_the_places_also_where_rounding_would_break_ties() -> None:
    five = [[8.0] * 4, [8.0] * 3, [8.0] * 2, [8.0] * 5, [7.0] * 4]
    np.testing.assert_allclose(first_places(five, rng(), draws=20), [[1 / 4, 3 / 4]] * 4 + [[0, 0]])
    # One is ahead, so three share two places.
    six = [[9.0] * 2, *five[:3], [1.0] * 2, [2.0] * 2]
    np.testing.assert_allclose(first_places(six, rng(), draws=20), [[1, 1], *[[0, 2 / 3]] * 3, [0, 0], [0, 0]])
    alike = [[0.1] * n for n in (3, 10, 30)]
    assert len({np.mean(runs) for runs in alike}) > 1
    np.testing.assert_allclose(first_places(alike, rng(), draws=50), [[1 / 3, 1]] * 3)


def test_the_places_add_up_and_follow_the_resamples_whatever_the_order_of_the_seeds() -> None:
    groups = [rng(3).integers(0, 3, 5) for _ in range(6)]
    shares = first_places(groups, rng(), draws=500)
    assert shares.sum(axis=0) == pytest.approx([1, 3])
    np.testing.assert_array_equal(first_places([rng(4).permutation(g) for g in groups], rng(), draws=500), shares)
    # [0, 3] against 1 and 1: both zeros lose, one of them or none wins.
    assert first_places([[0.0, 3.0], [1.0, 1.0]], rng(), draws=8000)[:, 0] == pytest.approx([0.75, 0.25], abs=0.02)


@pytest.mark.parametrize(
    "values", [[], [[1.0, 2.0]], [[1.0], []], [[1.0, np.nan], [1.0]], [[1.0, np.inf], [1.0]], [[[1.0]], [1.0]]]
)
def test_refuses_what_are_no_runs_of_variants(values: list) -> None:
    with pytest.raises(ValueError, match="variants|scores|values"):
        first_places(values, rng())
    with pytest.raises(ValueError, match="better"):
        first_places(APART, rng(), better="most")
