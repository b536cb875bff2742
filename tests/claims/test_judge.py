"""Each rule decides as it says; budget, endpoints and failed runs limit how certain a verdict may be."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_claims import MODES, at, registry, rows, summary, support, text
from made_up_study import MEASURES

from modecollapse.claims.claim_verdicts import claim_verdicts
from modecollapse.claims.judge import COLUMNS, judge
from modecollapse.claims.registry import Registry
from modecollapse.errors import StudyError

VALUES = [{"rule": "values", "place": "Table 1"}]
FIRST = {"rule": "ordering", "first": "VEEGAN", "others": ["GAN", "ALI"], "datasets": ["ring"]}
FIRST |= {"measures": {"modes": "more"}}
SHARE = {"rule": "share", "method": "GAN", "datasets": ["ring"], "above": 0.5}
BOUND = {"rule": "bound", "method": "GAN", "datasets": ["ring"], "measure": "began_ratio", "low": 0.4, "high": 0.6}
SAME = {"rule": "equivalence", "first": "VEEGAN", "second": "GAN", "datasets": ["ring"], "measures": ["modes"]}


def judged(table: pd.DataFrame, told: Registry, **study) -> pd.DataFrame:
    """The verdicts by variant; `study` changes the summary. Where no modes are given, all runs have one throughout."""
    if "modes" not in set(table["measure"]):
        table = pd.concat([table, table.assign(measure="modes", value=1.0)])
    return judge(summary(**study), table, told, "f" * 64, support).set_index("variant")


def of(method: str, table: pd.DataFrame, tests: list[dict], view: str = "", work: float | None = 0.8, **study) -> str:
    """The verdict on the part of one variant; `work` is the source's."""
    return text(judged(table, registry(tests, work=work), **study).loc[method], view)


def spread(low: float, high: float, n: int = 30) -> np.ndarray:
    return np.random.default_rng(1).uniform(low, high, n).round(3)


def diverged(table: pd.DataFrame, variant: str, seeds: int, steps: tuple[int, ...] = (800,)) -> pd.DataFrame:
    """The table with the first runs of a variant diverged at some steps."""
    for seed in range(seeds):
        table = at(table, variant, seed, list(steps), status="diverged")
    return table


def test_a_value_is_reproduced_or_refuted_with_its_direction() -> None:
    table = judged(rows({"veegan": [8] * 30, "gan": spread(5, 7), "ali": [3] * 30}), registry(VALUES))
    assert text(table.loc["veegan"]) == "REPRODUCED"
    assert text(table.loc["gan"]) == "NOT_REPRODUCED(above)"
    assert table.loc["gan", "d_refute"] > 0.8
    assert table.loc["veegan", "d_repro"] <= table.loc["veegan", "margin"] == 0.8
    assert list(table.reset_index().columns) == ["variant", *[c for c in COLUMNS if c != "variant"]]
    assert (table["n"] == 30).all()
    assert (table["registry"] == "f" * 12).all()


@pytest.mark.parametrize("tests", [VALUES, [FIRST], [SHARE | {"any_of": [{"measure": "modes", "at_most": 1}]}]])
def test_runs_that_did_less_than_a_quarter_of_the_work_decide_nothing(tests: list[dict]) -> None:
    """A toy of 40 steps in which VEEGAN collapses: it decides against a work of 40 to 160 steps, not of 161."""
    tests = [test | ({"method": "VEEGAN"} if "method" in test else {}) for test in tests]
    tests = [test | ({"any_of": [{"measure": "modes", "at_least": 7}]} if "any_of" in test else {}) for test in tests]
    table = rows({"veegan": [1] * 30, "gan": [8] * 30, "ali": [8] * 30})
    for work in (0.04, 0.16):
        assert of("veegan", table, tests, steps=40, work=work) == "NOT_REPRODUCED(below)"
    toy = judged(table, registry(tests, work=0.161), steps=40).loc["veegan"]
    assert text(toy) == "INCONCLUSIVE(still_moving)"
    assert text(toy, "at_budget_") == "NOT_REPRODUCED(below)"
    assert (toy["work"], toy["source_work"], toy["steps"]) == (0.04, 0.161, 40)
    assert json.loads(toy["numbers"]).items() >= {"work": 0.04, "of": 0.161}.items()


def test_only_a_published_number_needs_to_know_the_work_behind_it() -> None:
    table = rows({"veegan": spread(7, 8), "gan": spread(1, 5), "ali": spread(2, 6)})
    assert of("veegan", table, VALUES, work=None) == "INCONCLUSIVE(no_reference)"
    assert of("veegan", table, [FIRST], work=None) == "REPRODUCED"


def moving(variant: str, last: float, noise: float = 0.0, n: int = 30, first: float = 0.0, **changes) -> pd.DataFrame:
    """Runs whose mean is `first` up to half of the training, then half-way to `last`, and `last` from 3/4 on."""
    table = rows({variant: [0] * n}, **changes)
    value = np.select([table["step"] <= 400, table["step"] <= 600], [first, (first + last) / 2], last)
    return table.assign(value=value + noise * np.random.default_rng(4).standard_normal(n)[table["seed"]])


@pytest.mark.parametrize("tests", [VALUES, [FIRST | {"others": ["GAN"]}], [SHARE | {"above": 0.0, "method": "VEEGAN"}]])
def test_a_cell_that_still_moves_decides_nothing_and_one_that_arrived_does(tests: list[dict]) -> None:
    """The margin of modes is .8, so that runs may move by .4 from third to fourth quarter."""
    tests = [test | ({"any_of": [{"measure": "modes", "at_least": 7}]} if "above" in test else {}) for test in tests]
    gan = rows({"gan": [1] * 30})
    for first, verdict in ((7.3, "REPRODUCED"), (7.1, "INCONCLUSIVE(still_moving)")):
        table = pd.concat([moving("veegan", 8.0, first=first), gan])
        found = judged(table, registry(tests), variants=("veegan", "gan")).loc["veegan"]
        assert text(found, "at_budget_") == "REPRODUCED"
        assert text(found) == verdict
    numbers = json.loads(found["numbers"])
    assert numbers.items() >= {"cell": "matched/ring/veegan", "measure": "modes", "bound": 0.4}.items()
    assert numbers["drift"] == numbers["lower"] == numbers["upper"] == pytest.approx(0.45)


def test_the_opponents_have_to_arrive_too() -> None:
    table = pd.concat([rows({"veegan": [8] * 30}), moving("gan", 2.0)])
    found = judged(table, registry([FIRST | {"others": ["GAN"]}]), variants=("veegan", "gan")).loc["veegan"]
    assert text(found) == "INCONCLUSIVE(still_moving)"
    assert json.loads(found["numbers"])["cell"] == "matched/ring/gan"


def test_a_single_run_never_arrives_and_failed_runs_are_left_out() -> None:
    """Nine of ten runs diverge on the way: their last modes are 0, but they count as failed, not as moving."""
    table = rows({"gan": [1] * 10})
    late = diverged(table, "gan", 2, (740, 760, 780, 800))
    test = [SHARE | {"any_of": [{"measure": "modes", "at_most": 1}]}]
    assert of("gan", late.assign(value=late["value"].where(late["status"] == "ok", 0)), test, seeds=10) == "REPRODUCED"
    assert of("gan", diverged(table, "gan", 9), test, seeds=10) == "INCONCLUSIVE(still_moving)"


@pytest.mark.parametrize(("quality", "verdict"), [(1.0, "REPRODUCED"), (8.0, "INCONCLUSIVE(still_moving)")])
def test_what_has_no_curve_is_held_to_modes_and_quality(quality: float, verdict: str) -> None:
    """The time of coverage is one number a run; 8 % more of the samples is a move, 1 % from 50 % is none."""
    time = rows({"gan": [100] * 10}, measure="coverage_time:1")
    table = [time[time["step"] == 800], rows({"gan": [8] * 10})]
    table += [moving("gan", 50 + 2 * quality, n=10, first=50.0, measure="high_quality_percent")]
    share = SHARE | {"any_of": [{"measure": "coverage_time:1", "at_most": 500.0}]}
    assert of("gan", pd.concat(table), [share], variants=("gan",), seeds=10) == verdict
    alone = judge(summary(("gan",), seeds=10), time[time["step"] == 800], registry([share]), "f", support)
    assert json.loads(alone.loc[0, "numbers"])["cell"] == "matched/ring/gan"
    assert text(alone.loc[0]) == "INCONCLUSIVE(still_moving)"


def test_near_zero_a_percentage_may_move_less_than_at_half() -> None:
    """Half of the margin at .5 % is .13 points, at 50 % five: a drift of a point is none there, and all here."""
    for printed, value, verdict in (("0.5", 0.5, "still_moving"), ("50.0", 50.0, "ci_straddles_margin")):
        values = [MODES | {"method": "GAN", "printed": printed, "measure": "high_quality_percent"}]
        table = moving("gan", value + 0.4, n=10, first=value - 0.4, measure="high_quality_percent")
        found = judged(table, registry(VALUES, values), variants=("gan",), seeds=10).loc["gan"]
        assert found["reason"] in (verdict, "n_below_resolution_floor"), printed
        assert (found["margin"], found["margin_kind"]) == (1.5, "odds")


METHODS = {"VEEGAN": ["veegan"], "GAN": ["gan", "gan-minimax"], "ALI": ["ali"]}


def test_the_first_stand_in_of_a_method_decides_and_the_others_are_a_sensitivity() -> None:
    """Minimax beats VEEGAN and has 8 modes; the claim is about the non-saturating GAN, which has 1."""
    table = rows({"veegan": spread(6, 7), "gan": [1] * 30, "ali": [1] * 30, "gan-minimax": [8] * 30})
    study, told = summary(("veegan", "gan-minimax", "gan", "ali")), registry([*VALUES, FIRST], methods=METHODS)
    judged = judge(study, table, told, "f", support)
    found = {(row["variant"], row["against"]): (row["role"], text(row)) for _, row in judged.iterrows()}
    assert found == {
        ("veegan", ""): ("primary", "NOT_REPRODUCED(below)"),
        ("gan", ""): ("primary", "REPRODUCED"),
        ("gan-minimax", ""): ("sensitivity", "NOT_REPRODUCED(above)"),
        ("veegan", "gan, ali"): ("primary", "REPRODUCED"),
        ("veegan", "gan, gan-minimax, ali"): ("sensitivity", "NOT_REPRODUCED(below)"),
    }
    [claim] = claim_verdicts(judged, told).to_dict("records")
    assert (claim["parts"], json.loads(claim["numbers"])) == (3, {"REPRODUCED": 2, "NOT_REPRODUCED": 1})
    alone = judge(summary(("veegan", "gan-minimax", "ali")), table, told, "f", support)
    assert set(alone["role"]) == {"primary"}


def test_few_runs_decide_nothing() -> None:
    table = rows({"veegan": [8] * 4, "gan": [8] * 4, "ali": [0] * 4})
    found = judged(table, registry([*VALUES, FIRST]), seeds=4)
    assert {text(row) for _, row in found.iterrows()} == {"INCONCLUSIVE(too_few_runs)"}


@pytest.mark.parametrize(
    ("veegan", "gan", "ali", "verdict"),
    [
        (spread(7, 8), spread(1, 5), spread(2, 6), "REPRODUCED"),
        (spread(5, 6), spread(1, 4), spread(7, 8), "NOT_REPRODUCED(below)"),
        ([8] * 30, [8] * 30, [8] * 30, "NOT_REPRODUCED(tie)"),
        (spread(7, 8), spread(1, 5), spread(7, 8), "PARTIALLY(some_beaten)"),
    ],
)
def test_an_ordering_needs_every_opponent_beaten(veegan: list, gan: list, ali: list, verdict: str) -> None:
    found = judged(rows({"veegan": veegan, "gan": gan, "ali": ali}), registry([FIRST])).loc["veegan"]
    assert text(found) == verdict
    numbers = json.loads(found["numbers"])
    assert set(numbers["against ali"]) == {"A12", "lower", "upper", "p"}
    if found["outcome"] == "PARTIALLY":
        assert (numbers["beaten"], numbers["opponents"]) == (1, 2)
    mirrored = rows({"veegan": 8 - np.array(veegan), "gan": 8 - np.array(gan), "ali": 8 - np.array(ali)})
    assert of("veegan", mirrored, [FIRST | {"measures": {"modes": "less"}}]) == verdict


def test_equivalence_needs_a_demonstrated_tie() -> None:
    same = rows({"veegan": [8] * 30, "gan": [8] * 30})
    assert of("veegan", same, [SAME]) == "REPRODUCED"
    few = judged(rows({"veegan": [8] * 20, "gan": [8] * 20}), registry([SAME]), seeds=20).loc["veegan"]
    assert (text(few), few["seeds_needed"]) == ("INCONCLUSIVE(not_separated)", 28)
    apart = rows({"veegan": spread(6, 8), "gan": spread(1, 3)})
    assert of("veegan", apart, [SAME]) == "NOT_REPRODUCED(above)"


@pytest.mark.parametrize(("events", "verdict"), [(25, "REPRODUCED"), (5, "NOT_REPRODUCED(below)")])
def test_a_share_counts_runs_with_the_event(events: int, verdict: str) -> None:
    table = rows({"gan": [1] * events + [8] * (30 - events)})
    test = SHARE | {"any_of": [{"measure": "modes", "at_most": 1.0}]}
    found = judged(table, registry([test]), variants=("gan",)).loc["gan"]
    assert text(found) == verdict
    assert json.loads(found["numbers"]) == {"events": events, "runs": 30}


def test_an_event_of_several_conditions_needs_them_all() -> None:
    both = [{"measure": "modes", "at_most": 1.0}, {"measure": "high_quality_percent", "at_least": 50.0}]
    table = pd.concat([rows({"gan": [1] * 10}), rows({"gan": [90] * 3 + [10] * 7}, measure="high_quality_percent")])
    for key, events in (("all_of", 3), ("any_of", 10)):
        found = judged(table, registry([SHARE | {key: both, "above": 0.0}]), variants=("gan",), seeds=10).loc["gan"]
        assert json.loads(found["numbers"]) == {"events": events, "runs": 10}
        assert found["rule"] == "occurrence"


def test_a_bound_on_what_has_no_support_says_that_its_interval_is_nominal() -> None:
    table = rows({"gan": spread(0.45, 0.55)}, measure="began_ratio")
    found = judged(table, registry([BOUND]), variants=("gan",)).loc["gan"]
    assert text(found) == "REPRODUCED"
    assert json.loads(found["numbers"])["interval"] == "nominal"


def test_what_computation_decides_and_what_nothing_decides() -> None:
    tests = [
        {"rule": "identity", "check": "w1-at-least-mean-gap"},
        {"rule": "not-run", "needs": "a grid of gamma"},
        {"rule": "not-testable", "why": "an opinion"},
        SHARE | {"any_of": [{"measure": "modes", "at_most": 1.0}]},
    ]
    found = judge(summary(), rows({"gan": [1] * 30}), registry(tests), "f" * 64, support)
    assert found["decided_by"].tolist() == ["computation", "nothing", "nothing", "runs"]
    assert [text(row) for _, row in found.iterrows()] == [
        "REPRODUCED(computed)", "NOT_RUN(needs_experiment)", "NOT_TESTABLE(no_experiment_decides)", "REPRODUCED",
    ]  # fmt: skip
    numbers = [json.loads(content) for content in found["numbers"]]
    assert numbers[0]["largest error"] <= numbers[0]["tolerance"]
    assert numbers[1:3] == [{"needs": "a grid of gamma"}, {"why": "an opinion"}]


def test_what_the_study_lacks_is_not_run() -> None:
    table, told = rows({"gan": [1] * 30}), registry([*VALUES, FIRST])
    own = summary(variants=("gan",))
    found = judge(own, table, told, "f" * 64, support)
    assert [text(row) for _, row in found.iterrows()] == ["NOT_RUN(no_variant)", "REPRODUCED", "NOT_RUN(no_variant)"]
    assert json.loads(found.loc[0, "numbers"]) == {"method": "VEEGAN", "dataset": "ring"}
    ring = own.datasets["ring"]
    for changes, reason in (({"as_published": False}, "no_dataset"), ({"measures": []}, "not_measured")):
        other = replace(own, datasets={"ring": replace(ring, **changes)})
        assert judge(other, table, registry(VALUES), "f" * 64, support).loc[1, "reason"] == reason
    apart = [replace(cell, experiment=cell.variant) for cell in summary().cells]
    found = judge(replace(summary(), cells=apart), table, registry([FIRST]), "f" * 64, support)
    assert found.loc[0, "reason"] == "no_experiment"


def test_every_part_has_an_id_of_its_own() -> None:
    tests = [FIRST | {"datasets": ["ring", "grid"]}, FIRST, FIRST, *VALUES]
    tests += [SHARE | {"any_of": [{"measure": "modes", "at_most": 1.0}], "datasets": ["ring", "mnist"]}] * 2
    values = [MODES | {"dataset": d, "method": m, "printed": "8"} for d in ("ring", "grid") for m in ("ALI", "GAN")]
    for variants in (("veegan", "gan", "ali"), ("gan",)):
        found = judge(summary(variants), rows({v: [8] * 5 for v in variants}), registry(tests, values), "f", support)
        assert found["part"].is_unique
    assert {"V1/ring/modes/ALI/3", "V1/grid/modes/ALI/3", "V1/matched/ring/gan/modes/GAN/3"} <= set(found["part"])


def test_the_last_tenth_decides_and_a_last_step_that_differs_stands_beside_it() -> None:
    table = rows({"veegan": [8] * 30, "gan": [1] * 30, "ali": [3] * 30})
    for seed in range(30):
        table = at(table, "veegan", seed, [800], value=6.0)
    found = judged(table, registry(VALUES)).loc["veegan"]
    assert found["estimate"] == 7.5  # three evaluations of 8 and one of 6
    assert text(found) == "REPRODUCED"
    assert text(found, "final_step_") == "NOT_REPRODUCED(below)"


def test_failed_runs_count_as_the_worst_and_a_verdict_that_depends_on_them_is_open() -> None:
    table = diverged(rows({"veegan": [8] * 40, "gan": [1] * 40}), "veegan", 10)
    found = judged(table, registry(VALUES), seeds=40).loc["veegan"]
    assert found["n_failed"] == 10
    assert text(found, "complete_case_") == "REPRODUCED" != text(found, "worst_score_")
    assert text(found) == "INCONCLUSIVE(failures)"


def test_a_failed_run_has_diverged_whatever_its_losses_say() -> None:
    test = SHARE | {"any_of": [{"measure": "loss_blowup", "at_least": 1.0}]}
    table = pd.concat([rows({"gan": [8] * 10}), rows({"gan": [0] * 10}, measure="loss_blowup")], ignore_index=True)
    assert of("gan", diverged(table, "gan", 10), [test], variants=("gan",), seeds=10) == "REPRODUCED"


@pytest.mark.parametrize("failed", [28, 29, 30])
def test_runs_that_blew_up_decide_without_a_last_one_that_did_not(failed: int) -> None:
    """One run alone never arrives, and what it would still do changes nothing here."""
    test = SHARE | {"any_of": [{"measure": "loss_blowup", "at_least": 1.0}]}
    table = pd.concat([rows({"gan": [4] * 30}), rows({"gan": [0] * 30}, "loss_blowup")])
    assert of("gan", diverged(table, "gan", failed), [test], variants=("gan",)) == "REPRODUCED"


def test_a_cell_of_failures_alone_is_open() -> None:
    table = diverged(rows({"veegan": [8] * 10, "gan": [1] * 10, "ali": [3] * 10}), "veegan", 10, (700, 800))
    for tests in (VALUES, [FIRST]):
        assert of("veegan", table, tests, seeds=10) == "INCONCLUSIVE(all_failed)"


def test_an_infinite_value_leaves_a_mean_open_and_a_rank_not() -> None:
    """Of a time that a failed run never reached."""
    test = BOUND | {"measure": "coverage_time:1", "low": 0.0, "high": 500.0}
    order = FIRST | {"measures": {"coverage_time:1": "less"}, "others": ["ALI"]}
    fast, slow = spread(90, 110, 10), spread(290, 310, 10)
    table = rows({"veegan": fast, "gan": fast, "ali": slow}, measure="coverage_time:1")
    assert of("gan", table, [test], seeds=10) == "REPRODUCED"
    assert of("gan", diverged(table, "gan", 1), [test], seeds=10) == "INCONCLUSIVE(failures)"
    assert of("veegan", diverged(table, "ali", 1), [order], seeds=10) == "REPRODUCED"


def test_the_order_of_the_rows_changes_no_byte() -> None:
    table = rows({"veegan": spread(6, 8), "gan": spread(1, 5), "ali": spread(2, 6)})
    told = registry([*VALUES, FIRST])
    assert judged(table, told).to_csv() == judged(table.sample(frac=1, random_state=5), told).to_csv()


def test_other_cells_change_no_verdict() -> None:
    table = rows({"veegan": spread(6, 8), "gan": spread(1, 5)})
    more, names = pd.concat([table, rows({"ali": spread(2, 6)})]), ["veegan", "gan"]
    alone = judged(table, registry(VALUES), variants=("veegan", "gan")).loc[names]
    assert alone.to_csv() == judged(more, registry(VALUES)).loc[names].to_csv()


@pytest.mark.parametrize("value", [np.nan, np.inf, 9.0, -1.0])
def test_a_value_that_cannot_be_names_its_run(value: float) -> None:
    table = at(rows({"veegan": [8] * 30, "gan": [1] * 30}), "gan", 3, [800], value=value)
    with pytest.raises(StudyError, match="matched/ring/gan, seed 3, step 800, modes"):
        judged(table, registry(VALUES))
    table = rows({"veegan": [8] * 30, "gan": [1] * 30})
    with pytest.raises(StudyError, match="more than one value"):
        judged(pd.concat([table, table.iloc[-1:]]), registry(VALUES))


def test_what_others_measured_is_judged_by_the_same_rule_and_has_its_own_decimals() -> None:
    """Others printed 6 (5.5 to 6.5 and the margin of 0.8), where the source prints 8 for 8.0."""
    values = [MODES | {"method": "GAN", "printed": "8", "decimals": 1}]
    values[0]["remeasured"] = [
        {"source": "other", "printed": "6"},
        {"source": "other", "printed": "1", "spread": "0.5"},
    ]
    table = rows({"gan": spread(6.9, 7.1, 400)})
    found = judged(table, registry(VALUES, values), variants=("gan",), seeds=400).loc["gan"]
    first, second = json.loads(found["remeasured"])
    assert first == {"title": "Other", "printed": "6", "spread": None, "outcome": "REPRODUCED", "reason": ""}
    assert (second["printed"], second["spread"], second["outcome"]) == ("1", "0.5", "NOT_REPRODUCED")
    assert found["recipe"] == "ours"
    told = registry(VALUES, values)
    unknown = told.sources["other"].model_copy(update={"work": []})
    told = told.model_copy(update={"sources": told.sources | {"other": unknown}})
    own = judged(table, told, variants=("gan",), seeds=400).loc["gan"]
    assert own["outcome"] == found["outcome"]
    assert {one["reason"] for one in json.loads(own["remeasured"])} == {"no_reference"}


def test_a_single_original_may_have_been_one_of_our_bad_runs() -> None:
    """One of ten runs has the published 1 mode itself, so an original of one run is not refuted by the other nine."""
    table = rows({"gan": [1] + [8] * 9})
    one, five = ("INCONCLUSIVE", "original_n_too_small"), ("NOT_REPRODUCED", "above")
    for runs, decides, beside in (([1, 5], one, five), ([5, 1], five, one)):
        found = judged(table, registry(VALUES, plausible_runs=runs), variants=("gan",), seeds=10).loc["gan"]
        assert (found["outcome"], found["reason"]) == decides
        outcome, reason = beside
        assert json.loads(found["by_original_runs"]) == {str(runs[1]): {"outcome": outcome, "reason": reason}}


@pytest.mark.parametrize(
    ("failed", "drift", "reason"), [(30, 0, "all_failed"), (10, 0, "failures"), (0, 2, "still_moving")]
)
def test_what_stands_beside_a_number_is_open_where_the_number_is(failed: int, drift: float, reason: str) -> None:
    values = [MODES | {"method": "GAN", "printed": "4", "remeasured": [{"source": "other", "printed": "4"}]}]
    table = diverged(rows({"gan": [4] * 30}), "gan", failed)
    table["value"] += drift * table["step"] / 800
    found = judged(table, registry(VALUES, values), variants=("gan",)).loc["gan"]
    beside = [*json.loads(found["remeasured"]), *json.loads(found["by_original_runs"]).values()]
    assert [(one["outcome"], one["reason"]) for one in beside] == [("INCONCLUSIVE", reason)] * 3
    assert text(found) == f"INCONCLUSIVE({reason})"


def test_a_failed_run_leaves_a_published_number_without_bounds_open() -> None:
    """Inversion errors have no upper bound, so that of a failed run is infinite."""
    values = [MODES | {"measure": "ivom_test", "method": "GAN", "printed": "1.00"}]
    told = registry(VALUES, values, margins={"ivom_test": {"absolute": 0.25}, "modes": {"share": 0.1}})
    study = summary(variants=("gan",), seeds=10)
    ring = {"ring": replace(study.datasets["ring"], measures=["ivom_test"])}
    study = replace(study, measures={"ivom_test": replace(MEASURES["modes"], better="less")}, datasets=ring)
    table = rows({"gan": spread(0.9, 1.1, 10)}, "ivom_test")
    for failed, verdict in ((0, "REPRODUCED"), (1, "INCONCLUSIVE(failures)")):
        [found] = judge(study, diverged(table, "gan", failed), told, "f", lambda *_: (0.0, np.inf)).to_dict("records")
        assert text(found, "at_budget_") == verdict


def test_a_run_without_a_value_leaves_the_verdict_open() -> None:
    table = rows({"gan": [0.5, 0.51, 0.49, 0.5, 0.52, 0.48]}, measure="began_ratio")
    share = SHARE | {"any_of": [{"measure": "began_ratio", "at_least": 0.4}]}
    found = judged(table, registry([BOUND, share]), variants=("gan",), seeds=8).reset_index()
    assert text(found.loc[0]) == "INCONCLUSIVE(undefined)"
    assert json.loads(found.loc[0, "numbers"])["lost"] == 2
    assert json.loads(found.loc[1, "numbers"]) == {"events": 6, "runs": 8}


def test_times_that_no_run_reached_say_nothing_of_their_order() -> None:
    test = FIRST | {"measures": {"coverage_time:1": "less"}}
    for gan, verdict in ((800, "INCONCLUSIVE(not_reached)"), (200, "NOT_REPRODUCED(below)")):
        times = rows({"veegan": [800] * 30, "gan": [gan] * 30, "ali": [800] * 30}, measure="coverage_time:1")
        assert of("veegan", times, [test]) == verdict


@pytest.mark.parametrize(
    ("measure", "better", "poor"),
    [("coverage_time:1", "less", 100), ("within_sd:modes", "less", 100), ("coverage_share:0.9", "more", -0.5)],
)
def test_a_failed_run_is_not_the_fastest_the_most_stable_or_the_one_that_kept_most(
    measure: str, better: str, poor: float
) -> None:
    test, best = FIRST | {"measures": {measure: better}}, 1.0 if better == "more" else 0.0
    table = rows({"veegan": [best] * 10, "gan": [best + poor] * 10, "ali": [best + poor] * 10}, measure=measure)
    assert of("veegan", table, [test], seeds=10) == "REPRODUCED"
    failed = diverged(table, "veegan", 9)
    assert of("veegan", failed, [test], "worst_score_", seeds=10) == "NOT_REPRODUCED(below)"
