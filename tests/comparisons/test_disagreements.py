"""Two measures of the same runs: opposite verdicts on a pair, and how alike the rankings are."""

from __future__ import annotations

import pandas as pd
import pytest

from modecollapse.comparisons.disagreements import TYPES, disagreements
from modecollapse.comparisons.pairs import pairs

pytestmark = pytest.mark.filterwarnings("error")
BETTER = {"modes": "more", "hq": "more", "kl": "less"}
LOW, MIDDLE, HIGH = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], [2.0, 2.1, 2.2, 2.3, 2.4, 2.5], [6.0, 6.1, 6.2, 6.3, 6.4, 6.5]


def found_in(table: pd.DataFrame) -> pd.DataFrame:
    return disagreements(pairs(table, BETTER, lambda *_: (0, 8), 9999), table, BETTER)


def test_finds_the_pairs_on_which_measures_contradict_each_other(endpoints_of) -> None:
    """hq says b > a, modes says a > b; kl, of which less is better, agrees with modes; c is the best of all."""
    table = endpoints_of(
        {
            "ring/modes": {"a": MIDDLE, "b": LOW, "c": HIGH},
            "ring/hq": {"a": LOW, "b": MIDDLE, "c": HIGH},
            "ring/kl": {"a": MIDDLE, "b": HIGH, "c": LOW},
        }
    )
    found = found_in(table)
    flips = found[found["kind"] == "flip"]
    names = ["measure", "second_measure", "variant", "second_variant"]
    assert flips[names].to_numpy().tolist() == [["hq", "kl", "b", "a"], ["hq", "modes", "b", "a"]]
    assert flips["superiority"].tolist() == [1, 1]
    assert flips["second_superiority"].tolist() == [0, 0]
    assert flips["value"].isna().all()
    taus = found[found["kind"] == "tau_b"]
    assert taus[names[:2]].to_numpy().tolist() == [["hq", "kl"], ["hq", "modes"], ["kl", "modes"]]
    assert taus["value"].tolist() == pytest.approx([1 / 3, 1 / 3, 1])
    assert taus["status"].tolist() == ["ok"] * 3


def test_what_is_not_significant_contradicts_nobody(endpoints_of) -> None:
    close = [value + 0.05 for value in LOW]
    found = found_in(endpoints_of({"ring/modes": {"a": HIGH, "b": LOW}, "ring/hq": {"a": LOW, "b": close}}))
    assert found["kind"].tolist() == ["tau_b"]
    assert found["value"].tolist() == [-1]


def test_data_sets_and_experiments_are_kept_apart(endpoints_of) -> None:
    ups, downs = {"a": HIGH, "b": LOW}, {"a": LOW, "b": HIGH}
    parts = [
        endpoints_of({"ring/modes": ups, "grid/hq": downs}, "matched"),
        endpoints_of({"ring/hq": downs}, "published"),
    ]
    found = found_in(pd.concat(parts))
    assert (len(found), list(found)) == (0, list(TYPES))


def test_ties_and_variants_that_lack_a_measure(endpoints_of) -> None:
    values = {"ring/modes": {"a": LOW, "b": LOW}, "ring/hq": {"a": LOW, "b": HIGH}, "ring/kl": {"b": LOW, "c": HIGH}}
    found = found_in(endpoints_of(values)).set_index(["measure", "second_measure"])
    assert found["status"].to_dict() == {
        ("hq", "kl"): "few variants",
        ("hq", "modes"): "all tied",
        ("kl", "modes"): "few variants",
    }
    assert found["value"].isna().all()
