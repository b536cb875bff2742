"""Rankings on several data sets and by several measures: agreement, one data set left out, opposite findings."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from modecollapse.comparisons.agreement import DISAGREEMENT_TYPES, STABILITY_TYPES, disagreements, stability
from modecollapse.comparisons.pairs import pairs
from modecollapse.statistics.ranks import largest_change

pytestmark = pytest.mark.filterwarnings("error")
BETTER = {"modes": "more", "kl": "less"}


def ordered(names: str) -> dict[str, list[float]]:
    """Constant variants, the first letter with the smallest values."""
    return {name: [float(place)] * 3 for place, name in enumerate(names)}


def stable(values: dict, **settings) -> pd.DataFrame:
    return stability(values, BETTER, **{"draws": 199} | settings)


def test_taus_concordance_and_the_data_set_that_matters_most(endpoints_of) -> None:
    orders = {"a": "vwxyz", "b": "vwxyz", "c": "zyxwv"}
    table = endpoints_of({f"{name}/{measure}": ordered(order) for name, order in orders.items() for measure in BETTER})
    found = stable(table, draws=999)
    taus = found[(found["statistic"] == "tau_b") & (found["measure"] == "modes")]
    assert taus[["dataset", "second_dataset"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert taus["value"].tolist() == taus["lower"].tolist() == taus["upper"].tolist() == [1, -1, -1]
    assert set(found["status"]) == {"ok"}
    found = found[found["statistic"] != "tau_b"].set_index(["measure", "statistic"])
    places = [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [4, 3, 2, 1, 0]]
    for measure, direction in BETTER.items():
        agreement, left = found.loc[(measure, "kendall_w")], found.loc[(measure, "left_out")]
        assert (agreement["dataset"], agreement["second_dataset"], agreement["variants"]) == ("all", "all", 5)
        assert agreement["value"] == pytest.approx(1 / 9)
        assert 0.5 < agreement["p"] <= 1
        data_set, variant, change = largest_change(places, direction)
        assert (left["dataset"], left["variant"], left["value"]) == ("abc"[data_set], "vwxyz"[variant], change)
        assert abs(left["value"]) == pytest.approx(4 / 3)
    assert found.loc[("modes", "left_out"), "value"] == -found.loc[("kl", "left_out"), "value"]


def test_a_ranking_of_ties_is_undefined_and_says_so(endpoints_of) -> None:
    tied = {name: [8.0] * 3 for name in "xyz"}
    found = stable(endpoints_of({"a/modes": tied, "b/modes": ordered("xyz")}))
    assert found["status"].tolist() == ["all tied", "ok", "ok"]
    assert found.iloc[0][["value", "lower", "upper"]].isna().all()
    found = stable(endpoints_of({"a/modes": tied, "b/modes": tied}))
    assert found["status"].tolist() == ["all tied", "all tied", "ok"]
    assert found["value"].isna().tolist() == [True, True, False]
    assert (found["p"][1], found["value"][2]) == (1, 0)


def test_only_shared_variants_are_ranked(endpoints_of) -> None:
    table = endpoints_of({"a/modes": ordered("wxyz"), "b/modes": ordered("zxw"), "c/modes": ordered("vzy")})
    found = stable(table).set_index(["statistic", "dataset", "second_dataset"])
    assert found.index.get_level_values("statistic").tolist() == ["tau_b"] * 3 + ["kendall_w", "left_out"]
    assert found["variants"].tolist() == [3, 2, 1, 1, 1]
    assert found["status"].tolist() == ["ok", "ok"] + ["few variants"] * 3
    assert found["value"].tolist()[:2] == [-1, -1]
    assert found["value"].isna().tolist() == [False, False, True, True, True]


def test_infinite_values_rank_without_an_interval(endpoints_of) -> None:
    values = {"x": [1, 2], "y": [2, 3], "z": [4, math.inf]}
    tied = {name: [1, math.inf] for name in "xyz"}
    found = stable(endpoints_of({"a/kl": values, "b/kl": ordered("xyz"), "c/kl": tied}))
    assert found["status"].tolist()[:3] == ["infinite values", "all tied", "all tied"]
    assert found["value"].tolist()[0] == 1
    assert found["lower"].isna().tolist()[:3] == [True] * 3


def test_one_data_set_has_nothing_to_agree_with_and_the_order_of_rows_does_not_matter(endpoints_of) -> None:
    alone = stable(endpoints_of({"a/modes": ordered("xyz")}))
    assert (len(alone), list(alone)) == (0, list(STABILITY_TYPES))
    noisy = {"x": [1, 5, 2, 6], "y": [2, 5, 3, 5], "z": [4, 1, 6, 2]}
    table = endpoints_of({"a/modes": noisy, "b/modes": noisy | {"x": [7, 8]}, "c/modes": ordered("zyx")})
    assert stable(table.sample(frac=1, random_state=2)).to_csv() == stable(table).to_csv()
    assert stable(table, root=1).to_csv() != stable(table).to_csv()


def test_experiments_are_kept_apart(endpoints_of) -> None:
    one = endpoints_of({"a/modes": ordered("xyz"), "b/modes": ordered("xyz")}, "matched")
    other = endpoints_of({"a/modes": ordered("xyz"), "b/modes": ordered("zyx")}, "published")
    found = stable(pd.concat([one, other]))
    assert found[found["statistic"] == "tau_b"]["value"].tolist() == [1, -1]
    assert found[found["statistic"] == "kendall_w"]["value"].tolist() == [1, 0]


# Measures that disagree

BOTH = {"modes": "more", "hq": "more", "kl": "less"}
LOW, MIDDLE, HIGH = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], [2.0, 2.1, 2.2, 2.3, 2.4, 2.5], [6.0, 6.1, 6.2, 6.3, 6.4, 6.5]


def found_in(table: pd.DataFrame) -> pd.DataFrame:
    return disagreements(pairs(table, BOTH, lambda *_: (0, 8), 9999), table, BOTH)


def test_finds_the_pairs_on_which_measures_contradict_each_other(endpoints_of) -> None:
    """hq says b > a, modes says a > b; kl, of which less is better, agrees with modes; c is the best of all."""
    values = {"ring/modes": {"a": MIDDLE, "b": LOW, "c": HIGH}, "ring/hq": {"a": LOW, "b": MIDDLE, "c": HIGH}}
    found = found_in(endpoints_of(values | {"ring/kl": {"a": MIDDLE, "b": HIGH, "c": LOW}}))
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
    matched = endpoints_of({"ring/modes": ups, "grid/hq": downs}, "matched")
    found = found_in(pd.concat([matched, endpoints_of({"ring/hq": downs}, "published")]))
    assert (len(found), list(found)) == (0, list(DISAGREEMENT_TYPES))


def test_ties_and_variants_that_lack_a_measure(endpoints_of) -> None:
    values = {"ring/modes": {"a": LOW, "b": LOW}, "ring/hq": {"a": LOW, "b": HIGH}, "ring/kl": {"b": LOW, "c": HIGH}}
    found = found_in(endpoints_of(values)).set_index(["measure", "second_measure"])
    assert found.index.tolist() == [("hq", "kl"), ("hq", "modes"), ("kl", "modes")]
    assert found["status"].tolist() == ["few variants", "all tied", "few variants"]
    assert found["value"].isna().all()
