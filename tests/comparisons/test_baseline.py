"""Variants against the baseline: the pairs seen from the other side, and Holm over fewer of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from modecollapse.comparisons.baseline import TYPES, against
from modecollapse.comparisons.pairs import pairs
from modecollapse.statistics.detectable import detectable_superiority
from modecollapse.statistics.multiplicity import holm

pytestmark = pytest.mark.filterwarnings("error")
DRAWS = 199


def made_up(endpoints_of) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    values = {name: rng.uniform(low, 8, n).tolist() for name, low, n in [("a", 0, 7), ("m", 2, 9), ("z", 4, 12)]}
    return pairs(endpoints_of({"ring/modes": values}), {"modes": "more"}, lambda *_: (0, 8), DRAWS)


def test_turns_the_pairs_that_name_the_baseline_first(endpoints_of) -> None:
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


def test_corrects_for_the_comparisons_with_the_baseline_alone(endpoints_of) -> None:
    found = against(made_up(endpoints_of), "m", draws=DRAWS)
    assert found["p_holm"].tolist() == holm(found["p"]).tolist()
    assert found["detectable"].tolist() == [detectable_superiority(n, 9, 0.025, draws=DRAWS) for n in (7, 12)]


def test_a_clear_order_names_the_better_whoever_is_the_baseline(endpoints_of) -> None:
    values = {"a": [1, 2, 3, 1, 2], "b": [6, 7, 8, 6, 7]}
    table = pairs(endpoints_of({"ring/modes": values}), {"modes": "more"}, lambda *_: (0, 8))
    for baseline, chance in (("a", 1.0), ("b", 0.0)):
        row = against(table, baseline).iloc[0]
        assert (row["baseline"], row["superiority"], row["better"]) == (baseline, chance, "b")


def test_equal_variants_have_no_minus_zero(endpoints_of) -> None:
    table = pairs(endpoints_of({"ring/modes": {"a": [8, 8], "b": [8, 8]}}), {"modes": "more"}, lambda *_: (0, 8))
    assert "-0.0," not in against(table, "a").to_csv()


def test_without_the_baseline_it_is_empty(endpoints_of) -> None:
    found = against(made_up(endpoints_of), "nobody")
    assert (len(found), list(found)) == (0, list(TYPES))
