"""Each rule decides as it says; budget, endpoints and failed runs limit how certain a verdict may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_claims import MODES, STEPS, at, registry, rows, summary, support

from modecollapse.claims.judge import COLUMNS, judge
from modecollapse.claims.registry import Registry
from modecollapse.errors import StudyError

VALUES = [{"rule": "values", "place": "Table 1"}]
FIRST = [{"rule": "ordering", "first": "VEEGAN", "others": ["GAN", "ALI"], "datasets": ["ring"]}]
FIRST[0]["measures"] = {"modes": "more"}
RNG = np.random.default_rng(0)


def judged(table: pd.DataFrame, told: Registry, study: dict | None = None) -> pd.DataFrame:
    return judge(study or summary(), table, told, "f" * 64, support).set_index("variant")


def spread(low: float, high: float, n: int = 30) -> np.ndarray:
    return np.random.default_rng(1).uniform(low, high, n).round(3)


def test_a_value_is_reproduced_or_refuted_with_its_direction() -> None:
    table = judged(rows({"veegan": [8] * 30, "gan": spread(5, 7), "ali": [3] * 30}), registry(VALUES))
    assert table.loc["veegan", "verdict"] == "REPRODUCED"
    assert table.loc["gan", "verdict"] == "NOT_REPRODUCED(above)"
    assert table.loc["gan", "d_refute"] > 0.8
    assert table.loc["veegan", "d_repro"] <= 0.8
    assert list(table.reset_index().columns) == ["variant", *[c for c in COLUMNS if c != "variant"]]
    assert (table["n"] == 30).all()
    assert (table["registry"] == "f" * 12).all()


def test_no_verdict_is_more_certain_than_its_budget() -> None:
    table = rows({"veegan": [8] * 30, "gan": [1] * 30, "ali": [3] * 30})
    short = judged(table, registry(VALUES), summary(reference=1000)).loc["veegan"]
    assert short["verdict"] == "INCONCLUSIVE(short_budget: 800 of 1,000 steps)"
    assert short["at_this_budget"] == "REPRODUCED"


@pytest.mark.parametrize("rule", ["values", "ordering", "share"])
def test_a_recipe_that_names_no_reference_decides_nothing(rule: str) -> None:
    """A toy of 40 steps in which VEEGAN collapses: with its reference it may say so, without it nobody can tell."""
    share = {"rule": "share", "method": "VEEGAN", "datasets": ["ring"], "above": 0.5}
    share |= {"any_of": [{"measure": "modes", "at_least": 7}]}
    tests = {"values": VALUES, "ordering": FIRST, "share": [share]}[rule]
    table, told = rows({"veegan": [1] * 30, "gan": [8] * 30, "ali": [8] * 30}), registry(tests)
    toy = judged(table, told, summary(steps=40, reference=None)).loc["veegan"]
    assert toy["verdict"] == "INCONCLUSIVE(no_reference: the recipe names no reference_steps)"
    assert toy["at_this_budget"] == "NOT_REPRODUCED(below)"
    assert judged(table, told, summary(steps=40, reference=40)).loc["veegan", "verdict"] == "NOT_REPRODUCED(below)"


def test_one_recipe_without_a_reference_is_enough() -> None:
    table, study = rows({"veegan": spread(7, 8), "gan": spread(1, 5), "ali": spread(2, 6)}), summary()
    assert judged(table, registry(FIRST), study).loc["veegan", "verdict"] == "REPRODUCED"
    *others, last = study.cells
    study = replace(study, cells=[*others, replace(last, reference_steps=None)])
    assert judged(table, registry(FIRST), study).loc["veegan", "reason"].startswith("no_reference")


@pytest.mark.parametrize("seeds", [1, 2, 3, 4])
def test_few_runs_decide_nothing(seeds: int) -> None:
    table = rows({"veegan": [8] * seeds, "gan": [8] * seeds, "ali": [0] * seeds})
    for tests in (VALUES, FIRST):
        found = judged(table, registry(tests), summary(seeds=seeds))
        assert set(found["outcome"]) == {"INCONCLUSIVE"}
        assert found["reason"].str.startswith("too_few_runs").all()


def test_an_ordering_needs_every_opponent_beaten() -> None:
    best = rows({"veegan": spread(7, 8), "gan": spread(1, 5), "ali": spread(2, 6)})
    assert judged(best, registry(FIRST)).loc["veegan", "verdict"] == "REPRODUCED"
    second = rows({"veegan": spread(5, 6), "gan": spread(1, 4), "ali": spread(7, 8)})
    assert judged(second, registry(FIRST)).loc["veegan", "verdict"] == "NOT_REPRODUCED(below)"
    tied = rows({"veegan": [8] * 30, "gan": [8] * 30, "ali": [8] * 30})
    assert judged(tied, registry(FIRST)).loc["veegan", "verdict"] == "NOT_REPRODUCED(tie)"
    half = rows({"veegan": spread(7, 8), "gan": spread(1, 5), "ali": spread(7, 8)})
    assert judged(half, registry(FIRST)).loc["veegan", "verdict"].startswith("PARTIALLY(1 of 2 beaten")
    assert "ali: A12" in judged(half, registry(FIRST)).loc["veegan", "detail"]


def test_less_is_better_where_the_claim_says_so() -> None:
    tests = [FIRST[0] | {"measures": {"modes": "less"}}]
    table = rows({"veegan": spread(1, 2), "gan": spread(5, 6), "ali": spread(5, 6)})
    assert judged(table, registry(tests)).loc["veegan", "verdict"] == "REPRODUCED"


def test_equivalence_needs_a_demonstrated_tie() -> None:
    tests = [{"rule": "equivalence", "first": "VEEGAN", "second": "GAN", "datasets": ["ring"], "measures": ["modes"]}]
    same = rows({"veegan": [8] * 30, "gan": [8] * 30, "ali": [8] * 30})
    assert judged(same, registry(tests)).loc["veegan", "verdict"] == "REPRODUCED"
    few = rows({"veegan": [8] * 20, "gan": [8] * 20, "ali": [8] * 20})
    assert judged(few, registry(tests), summary(seeds=20)).loc["veegan", "verdict"] == (
        "INCONCLUSIVE(not_separated; 28 seeds)"
    )
    apart = rows({"veegan": spread(6, 8), "gan": spread(1, 3), "ali": [8] * 30})
    assert judged(apart, registry(tests)).loc["veegan", "verdict"] == "NOT_REPRODUCED(above)"


def test_a_share_counts_runs_with_the_event_failed_ones_among_them() -> None:
    tests = [{"rule": "share", "method": "GAN", "datasets": ["ring"], "above": 0.5}]
    tests[0]["any_of"] = [{"measure": "modes", "at_most": 1.0}]
    table = rows({"veegan": [8] * 30, "gan": [1] * 25 + [8] * 5, "ali": [8] * 30})
    found = judged(table, registry(tests)).loc["gan"]
    assert found["verdict"] == "REPRODUCED"
    assert found["detail"] == "25 of 30 runs"
    rare = rows({"veegan": [8] * 30, "gan": [1] * 5 + [8] * 25, "ali": [8] * 30})
    assert judged(rare, registry(tests)).loc["gan", "verdict"] == "NOT_REPRODUCED(below)"


def test_a_bound_on_what_has_no_support_says_that_its_interval_is_nominal() -> None:
    tests = [{"rule": "bound", "method": "GAN", "datasets": ["ring"], "measure": "began_ratio"}]
    tests[0] |= {"low": 0.4, "high": 0.6}
    table = rows({"gan": spread(0.45, 0.55)}, measure="began_ratio")
    found = judged(table, registry(tests), summary(variants=("gan",))).loc["gan"]
    assert found["verdict"] == "REPRODUCED"
    assert "nominal" in found["detail"]


@pytest.mark.parametrize(("sign", "verdict"), [("negative", "REPRODUCED"), ("positive", "NOT_REPRODUCED(below)")])
def test_an_association_is_of_curves_of_the_same_run(sign: str, verdict: str) -> None:
    rng = np.random.default_rng(3)
    tests = [{"rule": "association", "method": "GAN", "datasets": ["ring"], "sign": sign}]
    tests[0] |= {"signal": "mean_loss_G", "quality": "modes"}
    parts = []
    for seed in range(12):
        course = rng.permutation(len(STEPS) - 1)
        for step, place in zip(STEPS[1:], course, strict=True):
            row = {"experiment": "matched", "dataset": "ring", "variant": "gan", "seed": seed, "step": step, "n": 1}
            row |= {"status": "ok", "config_hash": "c"}
            parts += [row | {"measure": "modes", "value": float(place)}]
            parts += [row | {"measure": "mean_loss_G", "value": -float(place)}]
    found = judged(pd.DataFrame(parts), registry(tests), summary(variants=("gan",), seeds=12)).loc["gan"]
    assert found["verdict"] == verdict
    assert "mean rank correlation -1.00" in found["detail"]


def test_an_identity_is_computed_and_what_cannot_be_tested_says_why() -> None:
    tests = [
        {"rule": "identity", "check": "w1-at-least-mean-gap"},
        {"rule": "not-run", "needs": "a grid of gamma"},
        {"rule": "not-testable", "why": "an opinion"},
    ]
    found = judge(summary(), rows({"gan": [1] * 5}), registry(tests), "f" * 64, support)
    assert found["verdict"].tolist() == ["REPRODUCED", "NOT_RUN(a grid of gamma)", "NOT_TESTABLE(an opinion)"]
    assert found.loc[0, "detail"]


def test_what_the_study_lacks_is_not_run() -> None:
    table = rows({"gan": [1] * 30})
    found = judge(summary(variants=("gan",)), table, registry(VALUES + FIRST), "f" * 64, support)
    assert found["outcome"].tolist() == ["NOT_RUN", "REPRODUCED", "NOT_RUN"]
    assert "VEEGAN" in found.loc[0, "reason"]
    own = summary()
    other = replace(own, datasets={"ring": replace(own.datasets["ring"], as_published=False)})
    assert set(judge(other, table, registry(VALUES), "f" * 64, support)["outcome"]) == {"NOT_RUN"}


def test_the_window_decides_and_a_final_step_that_differs_is_told() -> None:
    table = rows({"veegan": [8] * 30, "gan": [1] * 30, "ali": [3] * 30})
    for seed in range(30):
        table = at(table, "veegan", seed, [800], value=6.0)
    found = judged(table, registry(VALUES)).loc["veegan"]
    assert found["estimate"] == 7.5  # three evaluations of 8 and one of 6
    assert found["verdict"] == "REPRODUCED"
    assert found["final_step"] == "NOT_REPRODUCED(below)"


def test_failed_runs_count_as_the_worst_and_a_verdict_that_hangs_on_them_is_open() -> None:
    table = rows({"veegan": [8] * 40, "gan": [1] * 40, "ali": [3] * 40})
    for seed in range(10):
        table = at(table, "veegan", seed, [800], status="diverged")
    found = judged(table, registry(VALUES), summary(seeds=40)).loc["veegan"]
    assert found["n_failed"] == 10
    assert found["complete_case"] == "REPRODUCED"
    assert found["outcome"] == "INCONCLUSIVE"
    assert found["reason"].startswith("failures: ")


def test_a_failed_run_has_diverged_whatever_its_losses_say() -> None:
    tests = [{"rule": "share", "method": "GAN", "datasets": ["ring"], "above": 0.5}]
    tests[0]["any_of"] = [{"measure": "diverged", "at_least": 1.0}]
    table = pd.concat([rows({"gan": [8] * 10}), rows({"gan": [0] * 10}, measure="diverged")], ignore_index=True)
    for seed in range(10):
        table = at(table, "gan", seed, [800], status="diverged")
    assert judged(table, registry(tests), summary(variants=("gan",), seeds=10)).loc["gan", "verdict"] == "REPRODUCED"


def test_a_cell_of_failures_alone_is_open() -> None:
    table = rows({"veegan": [8] * 10, "gan": [1] * 10, "ali": [3] * 10})
    for seed in range(10):
        table = at(table, "veegan", seed, [700, 800], status="diverged")
    for tests in (VALUES, FIRST):
        assert judged(table, registry(tests), summary(seeds=10)).loc["veegan", "reason"] == "all_failed"


def test_the_order_of_the_rows_changes_no_byte() -> None:
    table = rows({"veegan": spread(6, 8), "gan": spread(1, 5), "ali": spread(2, 6)})
    told = registry(VALUES + FIRST)
    shuffled = table.sample(frac=1, random_state=5)
    assert judged(table, told).to_csv() == judged(shuffled, told).to_csv()


def test_other_cells_change_no_verdict() -> None:
    table = rows({"veegan": spread(6, 8), "gan": spread(1, 5)})
    more = pd.concat([table, rows({"ali": spread(2, 6)})])
    few, many = summary(variants=("veegan", "gan")), summary()
    columns = ["lower", "upper", "verdict", "d_repro"]
    alone = judged(table, registry(VALUES), few).loc[["veegan", "gan"], columns]
    assert alone.equals(judged(more, registry(VALUES), many).loc[["veegan", "gan"], columns])


@pytest.mark.parametrize("value", [np.nan, np.inf, 9.0, -1.0])
def test_a_value_that_cannot_be_names_its_run(value: float) -> None:
    table = at(rows({"veegan": [8] * 30, "gan": [1] * 30}), "gan", 3, [800], value=value)
    with pytest.raises(StudyError, match="matched/ring/gan, seed 3, step 800, modes"):
        judged(table, registry(VALUES))


def test_a_run_given_twice_is_refused() -> None:
    table = rows({"veegan": [8] * 30, "gan": [1] * 30})
    with pytest.raises(StudyError, match="more than one value"):
        judged(pd.concat([table, table.iloc[-1:]]), registry(VALUES))


def test_what_others_measured_is_judged_by_the_same_rule() -> None:
    other = {"source": "other", "printed": "6.3", "spread": "0.5"}
    values = [MODES | {"method": "GAN", "printed": "1", "remeasured": [other]}]
    found = judged(rows({"gan": spread(6, 6.4)}), registry(VALUES, values), summary(variants=("gan",))).loc["gan"]
    assert found["verdict"] == "NOT_REPRODUCED(above)"
    assert found["remeasured"].startswith("Other 6.3 ± 0.5: ")


def test_a_single_original_may_have_been_one_of_our_bad_runs() -> None:
    """One of ten runs has the published 1 mode itself, so an original of one run is not refuted by the other nine."""
    table = rows({"veegan": [8] * 10, "gan": [1] + [8] * 9, "ali": [3] * 10})
    study = summary(seeds=10)
    assert judged(table, registry(VALUES), study).loc["gan", "reason"] == "original_n_too_small"
    told = registry(VALUES, plausible_runs=[5, 10])
    assert judged(table, told, study).loc["gan", "verdict"] == "NOT_REPRODUCED(above)"


def test_an_event_of_several_conditions_needs_them_all() -> None:
    both = [{"measure": "modes", "at_most": 1.0}, {"measure": "high_quality_percent", "at_least": 50.0}]
    table = pd.concat([rows({"gan": [1] * 10}), rows({"gan": [90] * 3 + [10] * 7}, measure="high_quality_percent")])
    study = summary(variants=("gan",), seeds=10)
    test = {"rule": "share", "method": "GAN", "datasets": ["ring"], "above": 0.0}
    assert judged(table, registry([test | {"all_of": both}]), study).loc["gan", "detail"] == "3 of 10 runs"
    assert judged(table, registry([test | {"any_of": both}]), study).loc["gan", "detail"] == "10 of 10 runs"


def test_a_run_without_a_value_is_told_and_leaves_the_verdict_open() -> None:
    test = {"rule": "bound", "method": "GAN", "datasets": ["ring"], "measure": "began_ratio", "low": 0.4, "high": 0.6}
    table = rows({"gan": [0.5, 0.51, 0.49, 0.5, 0.52, 0.48]}, measure="began_ratio")
    study = summary(variants=("gan",), seeds=8)
    found = judged(table, registry([test]), study).loc["gan"]
    assert found["verdict"] == "INCONCLUSIVE(undefined: 2 runs of 8 have no value)"
    share = {"rule": "share", "method": "GAN", "datasets": ["ring"], "above": 0.5}
    share["any_of"] = [{"measure": "began_ratio", "at_least": 0.4}]
    assert judged(table, registry([share]), study).loc["gan", "detail"] == "6 of 8 runs"


def test_times_that_no_run_reached_say_nothing_of_their_order() -> None:
    test = FIRST[0] | {"measures": {"coverage_time:1": "less"}}
    never = rows({"veegan": [800] * 30, "gan": [800] * 30, "ali": [800] * 30}, measure="coverage_time:1")
    assert judged(never, registry([test])).loc["veegan", "verdict"] == "INCONCLUSIVE(not_reached)"
    sooner = rows({"veegan": [800] * 30, "gan": [200] * 30, "ali": [800] * 30}, measure="coverage_time:1")
    assert judged(sooner, registry([test])).loc["veegan", "verdict"] == "NOT_REPRODUCED(below)"


def test_a_failed_run_is_neither_the_fastest_nor_the_most_stable() -> None:
    for measure in ("coverage_time:1", "within_sd:modes"):
        test = FIRST[0] | {"measures": {measure: "less"}}
        table = rows({"veegan": [0] * 10, "gan": [100] * 10, "ali": [100] * 10}, measure=measure)
        assert judged(table, registry([test]), summary(seeds=10)).loc["veegan", "verdict"] == "REPRODUCED"
        for seed in range(9):
            table = at(table, "veegan", seed, [800], status="diverged")
        found = judged(table, registry([test]), summary(seeds=10)).loc["veegan"]
        assert found["worst_score"] == "NOT_REPRODUCED(below)", measure


def test_a_verdict_names_the_recipe_and_what_others_printed_has_its_own_decimals() -> None:
    """Others printed 6 (5.5 to 6.5 and the margin of 0.8), where the source prints 8 for 8.0."""
    values = [MODES | {"method": "GAN", "printed": "8", "decimals": 1}]
    values[0]["remeasured"] = [{"source": "other", "printed": "6"}]
    runs = spread(6.9, 7.1, 400)
    found = judged(rows({"gan": runs}), registry(VALUES, values), summary(variants=("gan",), seeds=400)).loc["gan"]
    assert found["recipe"] == "ours"
    assert found["remeasured"] == "Other 6: REPRODUCED"
