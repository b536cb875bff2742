"""Pairs of variants: known orders, ties, directions, families of tests, and what changes nothing."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from modecollapse.comparisons.families import generator
from modecollapse.comparisons.pairs import BASELINE_TYPES, TYPES, against, pairs
from modecollapse.errors import StudyError
from modecollapse.statistics.multiplicity import holm
from modecollapse.statistics.permutation import brunner_munzel, permutations
from modecollapse.statistics.prob_superiority import detectable_superiority

pytestmark = pytest.mark.filterwarnings("error")
BETTER = {"modes": "more", "kl": "less", "distance": "less", "steps": None}
BOUNDS = {"modes": (0.0, 8.0), "kl": (0.0, 2.0), "distance": (0.0, math.inf)}
DRAWS = 199


def compare(table: pd.DataFrame, **settings) -> pd.DataFrame:
    return pairs(table, BETTER, lambda dataset, measure: BOUNDS[measure], **{"draws": DRAWS} | settings)


def noise(seed: int, n: int = 8, low: float = 0, high: float = 8) -> list[float]:
    return np.random.default_rng(seed).uniform(low, high, n).tolist()


def only(found: pd.DataFrame) -> dict:
    assert len(found) == 1
    return found.iloc[0].to_dict()


def test_knows_three_variants_that_are_apart(endpoints_of) -> None:
    values = {"b": [5.0, 5.5, 5.6, 5.7, 5.8, 5.9], "a": [1, 2, 3, 2.5, 2.6, 2.7], "c": [7, 7.5, 7.6, 7.7, 7.8, 8]}
    found = compare(endpoints_of({"ring/modes": values}), draws=9999)
    assert ["".join(row) for row in found[["first", "second", "better"]].to_numpy()] == ["abb", "acc", "bcc"]
    assert found["superiority"].tolist() == [0, 0, 0]
    assert found["p"].tolist() == pytest.approx([2 / 924] * 3)
    assert found["p_holm"].tolist() == pytest.approx([6 / 924] * 3)
    assert found["least_p"].tolist() == pytest.approx([2 / 924] * 3)
    assert found["detectable"].tolist() == [detectable_superiority(6, 6, 0.05 / 3)] * 3
    assert found["difference"].tolist() == pytest.approx([2.3 - 33.5 / 6, 2.3 - 7.6, 33.5 / 6 - 7.6])
    assert (found["difference_lower"] < found["difference"]).all()
    assert (found["difference_upper"] > found["difference"]).all()
    assert found["meaningful"].all()


def test_the_smaller_is_better_where_less_is(endpoints_of) -> None:
    values = {"a": [1.0, 1.1, 1.2, 1.3, 1.4], "b": [0.1, 0.2, 0.3, 0.4, 0.5]}
    row = only(compare(endpoints_of({"ring/kl": values})))
    assert (row["better"], row["superiority"]) == ("b", 0.0)
    assert row["difference"] == pytest.approx(0.9)  # of the values themselves, not turned


def test_equal_variants_are_a_tie_with_an_interval(endpoints_of) -> None:
    row = only(compare(endpoints_of({"ring/modes": {"a": [8] * 5, "b": [8] * 5}})))
    assert (row["p"], row["p_holm"], row["p_bh"], row["superiority"], row["difference"]) == (1, 1, 1, 0.5, 0)
    assert (row["better"], row["meaningful"]) == ("", False)
    assert row["difference_lower"] < 0 < row["difference_upper"]
    assert row["superiority_lower"] < 0.5 < row["superiority_upper"]
    assert "-0.0," not in against(compare(endpoints_of({"ring/modes": {"a": [8] * 5, "b": [8] * 5}})), "a").to_csv()


def test_rounding_makes_no_order(endpoints_of) -> None:
    """The worst divergence as the mean over a window, and as the value of failed runs."""
    over = [2 - 2e-15] * 5
    row = only(compare(endpoints_of({"ring/kl": {"a": over, "b": [2.0] * 5}})))
    assert (row["p"], row["superiority"]) == (1, 0.5)


def test_is_the_studentised_test_with_the_named_splits(endpoints_of) -> None:
    x, y = noise(1, 12), noise(2, 9)
    row = only(compare(endpoints_of({"ring/modes": {"a": x, "b": y}}), root=5))
    assert row["p"] == brunner_munzel(x, y, permutations(12, 9, generator(5, "splits", 12, 9), DRAWS))
    assert (row["n_first"], row["n_second"]) == (12, 9)


def test_families_of_holm_and_of_benjamini_and_hochberg(endpoints_of) -> None:
    parts = {
        "matched": {
            "ring/modes": {"a": noise(1), "b": noise(2, low=4), "c": noise(3, high=4)},
            "ring/kl": {"a": noise(4, high=2), "b": noise(5, high=1), "c": noise(6, high=2)},
            "grid/modes": {"a": noise(7, low=5), "b": noise(8)},
        },
        "published": {"ring/modes": {"a": noise(9, low=5), "b": noise(10), "c": noise(11, high=3)}},
    }
    found = compare(pd.concat([endpoints_of(values, name) for name, values in parts.items()]))
    assert len(found) == 10
    for _, family in found.groupby(["experiment", "dataset", "measure"]):
        assert family["p_holm"].tolist() == pytest.approx(multipletests(family["p"], method="holm")[1])
    for _, experiment in found.groupby("experiment"):
        assert experiment["p_bh"].tolist() == pytest.approx(multipletests(experiment["p"], method="fdr_bh")[1])
    assert found["p_bh"].tolist() != pytest.approx(multipletests(found["p"], method="fdr_bh")[1])
    assert ((found["better"] != "") == (found["p_holm"] <= 0.05)).all()
    assert 0 < (found["better"] != "").sum() < len(found)


def test_a_stricter_alpha_names_fewer_and_sees_less(endpoints_of) -> None:
    table = endpoints_of({"ring/modes": {"a": noise(1), "b": noise(2, low=4), "c": noise(3, high=4)}})
    usual = compare(table, draws=1999)
    p = usual["p_holm"].min()
    assert p < 0.05
    strict = compare(table, draws=1999, alpha=p - 1e-9)
    assert (usual["better"] != "").any()
    assert (strict["better"] == "").all()
    assert (compare(table, draws=1999, alpha=p)["better"] != "").any()  # p = alpha is significant
    assert (strict["detectable"] > usual["detectable"]).all()
    assert strict["p_holm"].equals(usual["p_holm"])


def test_three_runs_can_show_nothing_and_the_table_says_so(endpoints_of) -> None:
    row = only(compare(endpoints_of({"ring/modes": {"a": [1, 2, 3], "b": [6, 7, 8]}})))
    assert (row["p"], row["least_p"], row["better"]) == (0.1, 0.1, "")
    assert math.isnan(row["detectable"])


def test_meaningful_needs_both_the_interval_and_the_size(endpoints_of) -> None:
    few = {"a": [1, 2, 3, 4], "b": [3.5, 4.5, 5.5, 6.5]}  # large, but the interval of four runs holds 1/2
    weak = {"a": [i % 8 for i in range(64)], "b": [min(8, i % 8 + 1.5) for i in range(64)]}  # apart from 1/2, small
    clear = {"a": [1, 2, 3, 4, 5, 6, 7, 8] * 4, "b": [0, 0, 0, 1, 1, 1, 2, 2] * 4}
    table = endpoints_of({"few/modes": few, "weak/modes": weak, "clear/modes": clear})
    found = compare(table).set_index("dataset")
    assert found["meaningful"].to_dict() == {"clear": True, "few": False, "weak": False}
    assert found["superiority"]["few"] < 0.25 < found["superiority"]["weak"]
    assert found["superiority_upper"]["weak"] < 0.5 < found["superiority_upper"]["few"]


def test_without_bounds_there_is_no_interval_and_infinite_values_rank(endpoints_of) -> None:
    values = {"a": [1.0, 2, 3, 4, 5], "b": [6.0, 7, 8, 9, math.inf], "c": [10.0, 11, 12, 13, math.inf]}
    found = compare(endpoints_of({"ring/distance": values}), draws=9999).set_index(["first", "second"])
    assert found[["difference_lower", "difference_upper"]].isna().all(axis=None)
    assert found["better"].tolist()[:2] == ["a", "a"]
    assert found.loc[("a", "b"), "difference"] == -math.inf
    assert math.isnan(found.loc[("b", "c"), "difference"])
    assert found.loc[("b", "c"), "superiority"] == pytest.approx(20.5 / 25)


def test_neither_the_order_of_rows_nor_other_cells_change_a_pair(endpoints_of) -> None:
    two = {"a": noise(1), "b": noise(2)}
    alone = only(compare(endpoints_of({"ring/modes": two})))
    table = endpoints_of({"ring/modes": two | {"c": noise(3, 5)}, "ring/kl": {"a": [0.1, 0.2], "b": [1, 2]}})
    more = compare(table)
    own = ["p", "superiority", "difference", "difference_lower", "difference_upper", "mean_first"]
    same = more[(more["measure"] == "modes") & (more["second"] == "b")].iloc[0]
    assert {column: alone[column] for column in own} == {column: same[column] for column in own}
    for seed in range(3):
        shuffled = table.sample(frac=1, random_state=seed)
        assert compare(shuffled).to_csv() == more.to_csv()
    assert compare(table, root=1).to_csv() != more.to_csv()


def test_single_runs_have_no_pairs_and_nothing_to_compare_gives_an_empty_table(endpoints_of) -> None:
    table = endpoints_of({"ring/modes": {"a": [1, 2], "b": [3], "c": [4, 5]}})
    assert compare(table)[["first", "second"]].to_numpy().tolist() == [["a", "c"]]
    empty = compare(endpoints_of({"ring/modes": {"a": [1, 2], "b": [3]}}))
    assert len(empty) == 0
    assert list(empty) == list(compare(table)) == list(TYPES)
    assert empty.dtypes.to_dict() == compare(table).dtypes.to_dict()


def test_names_the_run_whose_value_is_nan(endpoints_of) -> None:
    table = endpoints_of({"ring/modes": {"a": [1, 2, math.nan], "b": [1, math.nan, 3]}})
    for rows in (table, table[::-1]):
        with pytest.raises(StudyError, match=r"^matched/ring/a, seed 2, modes: the value is NaN"):
            compare(rows)


# Each variant against the baseline


def made_up(endpoints_of) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    values = {name: rng.uniform(low, 8, n).tolist() for name, low, n in [("a", 0, 7), ("m", 2, 9), ("z", 4, 12)]}
    return pairs(endpoints_of({"ring/modes": values}), {"modes": "more"}, lambda *_: (0, 8), DRAWS)


def test_the_baseline_turns_the_pairs_that_name_the_baseline_first(endpoints_of) -> None:
    both = made_up(endpoints_of).set_index(["first", "second"])
    found = against(made_up(endpoints_of), "m", draws=DRAWS).set_index("variant")
    assert found.index.tolist() == ["a", "z"]
    same = ["difference", "difference_lower", "superiority", "superiority_upper", "p", "meaningful"]
    assert found.loc["a", same].tolist() == both.loc[("a", "m"), same].tolist()
    before, after = both.loc[("m", "z")], found.loc["z"]
    assert (after["n"], after["n_baseline"], after["mean"]) == (12, 9, before["mean_second"])
    assert after["mean_baseline"] == before["mean_first"]
    for what in ("difference", "superiority"):
        whole = 1 if what == "superiority" else 0
        ends = [after[what], after[f"{what}_lower"], after[f"{what}_upper"]]
        mirrored = [whole - before[what], whole - before[f"{what}_upper"], whole - before[f"{what}_lower"]]
        assert ends == pytest.approx(mirrored)
    assert after["p"] == before["p"]


def test_the_baseline_corrects_for_the_comparisons_with_the_baseline_alone(endpoints_of) -> None:
    found = against(made_up(endpoints_of), "m", draws=DRAWS)
    assert found["p_holm"].tolist() == holm(found["p"]).tolist()
    assert found["detectable"].tolist() == [detectable_superiority(n, 9, 0.025, draws=DRAWS) for n in (7, 12)]


def test_a_clear_order_names_the_better_whoever_is_the_baseline(endpoints_of) -> None:
    values = {"a": [1, 2, 3, 1, 2], "b": [6, 7, 8, 6, 7]}
    table = pairs(endpoints_of({"ring/modes": values}), {"modes": "more"}, lambda *_: (0, 8))
    for baseline, chance in (("a", 1.0), ("b", 0.0)):
        row = against(table, baseline).iloc[0]
        assert (row["baseline"], row["superiority"], row["better"]) == (baseline, chance, "b")


def test_without_the_baseline_the_table_is_empty(endpoints_of) -> None:
    found = against(made_up(endpoints_of), "nobody")
    assert (len(found), list(found)) == (0, list(BASELINE_TYPES))
