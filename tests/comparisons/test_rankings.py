"""Ranks within a family: by mean, by tests, by drawing seeds again."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from modecollapse.comparisons.pairs import pairs
from modecollapse.comparisons.rankings import ranks

pytestmark = pytest.mark.filterwarnings("error")
BETTER = {"modes": "more", "kl": "less"}


def ranked(table: pd.DataFrame, high: float = 8.0, **settings) -> pd.DataFrame:
    return ranks(table, pairs(table, BETTER, lambda *_: (0.0, high)), BETTER, **settings)


APART = {"b": [5, 5.5, 5.6, 5.7, 5.8, 5.9], "a": [1, 2, 3, 2.5, 2.6, 2.7], "c": [7, 7.5, 7.6, 7.7, 7.8, 8]}


@pytest.mark.parametrize(("measure", "places"), [("modes", [3, 2, 1]), ("kl", [1, 2, 3])])
def test_knows_variants_that_are_apart(endpoints_of, measure: str, places: list[int]) -> None:
    found = ranked(endpoints_of({f"ring/{measure}": APART}))
    assert found["variant"].tolist() == ["a", "b", "c"]
    assert found["rank"].tolist() == found["rank_low"].tolist() == found["rank_high"].tolist() == places
    assert found["best_share"].tolist() == [float(place == 1) for place in places]
    assert found["best_three_share"].tolist() == [1, 1, 1]
    assert found["mean"].tolist() == pytest.approx([2.3, 33.5 / 6, 7.6])


def test_only_significant_pairs_narrow_the_ranks(endpoints_of) -> None:
    """a is worse than both; b and c are not told apart."""
    values = {"a": [0, 0.1, 0.2, 0.3, 0.4, 0.5], "b": [4, 5, 6, 7, 7.5, 8], "c": [4.1, 5.1, 6.1, 6.9, 7.4, 7.8]}
    found = ranked(endpoints_of({"ring/modes": values}))
    assert found[["rank_low", "rank_high"]].to_numpy().tolist() == [[3, 3], [1, 2], [1, 2]]
    assert found["rank"].tolist() == [3, 1, 2]
    assert 0.3 < found["best_share"][1] < 0.7
    assert found["best_share"].sum() == pytest.approx(1)


def test_equal_means_share_rank_and_places(endpoints_of) -> None:
    values = {"a": [0.1, 0.2, 0.3, 0.6], "b": [0.3] * 4, "c": [0.05] * 4}
    found = ranked(endpoints_of({"ring/modes": values}))
    assert found["rank"].tolist() == [1.5, 1.5, 3]
    found = ranked(endpoints_of({"ring/modes": {name: [8, 8] for name in "abcd"}}))
    assert found["rank"].tolist() == [2.5] * 4
    assert found["best_share"].tolist() == [0.25] * 4
    assert found["best_three_share"].tolist() == [0.75] * 4
    assert found[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 4]] * 4


def test_infinite_values_rank_last_and_leave_no_shares(endpoints_of) -> None:
    values = {"a": [1, 2, 3], "b": [1, 2, math.inf], "c": [2, 2, math.inf]}
    found = ranked(endpoints_of({"ring/kl": values, "grid/kl": {"a": [1, 2], "b": [2, 3]}}), high=math.inf)
    assert found.loc[found["dataset"] == "ring", "rank"].tolist() == [1, 2.5, 2.5]
    assert found["best_share"].isna().tolist() == [False, False, True, True, True]


def test_the_order_of_rows_changes_nothing_and_the_root_the_shares(endpoints_of) -> None:
    table = endpoints_of({"ring/modes": {"a": [1, 5, 3, 7], "b": [2, 6, 4, 1], "c": [5, 1, 8, 3]}})
    first = ranked(table)
    assert ranked(table.sample(frac=1, random_state=1)).to_csv() == first.to_csv()
    assert ranked(table, root=1)["best_share"].tolist() != first["best_share"].tolist()
    assert ranked(table, root=1)["best_share"].tolist() == pytest.approx(first["best_share"].tolist(), abs=0.06)
