"""What the report prints of the verdicts: words made of columns, counts that hide nothing, numbers beside others."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from made_up_study import CLAIMS, VARIANTS, make_summary

from modecollapse.claims import Registry, load
from modecollapse.claims.claim_verdicts import claim_verdicts, counts
from modecollapse.claims.judge import BESIDE, COLUMNS
from modecollapse.claims.published_consistency import consistency_rows
from modecollapse.claims.reconciliation import COLUMNS as RECONCILED
from modecollapse.claims.reversals import reversals
from modecollapse.errors import StudyError
from modecollapse.report import content, layout, published_numbers, verdict_words, verdicts
from modecollapse.statistics.verdicts import OUTCOMES

SUMMARY = make_summary(["ring", "grid"], VARIANTS, ["matched", "published"])
R, N = "REPRODUCED", "NOT_REPRODUCED"
ABOVE, BELOW = f"{N} above", f"{N} below"
OPEN, MOVING = "INCONCLUSIVE ci_straddles_margin", "INCONCLUSIVE still_moving"
DRIFT = {"measure": "modes", "drift": 0.75, "lower": 0.5, "upper": 1.0, "bound": 0.4}
RUN = {"experiment": "matched", "dataset": "ring"}


def columns(verdict: str, view: str = "") -> dict[str, str]:
    """The two columns of a verdict `OUTCOME` or `OUTCOME reason`."""
    outcome, _, reason = verdict.partition(" ")
    return {f"{view}outcome": outcome, f"{view}reason": reason}


def part(claim: str, verdict: str, at_budget: str | None = None, **others: str) -> dict[str, str]:
    """A row of verdicts.csv, as text; what runs decide names an experiment and comes with the other ways to look."""
    row = dict.fromkeys(COLUMNS, "") | {"claim": claim, "source": "veegan-poster", "rule": "ordering"}
    row |= {"steps": "400.0", "n": "10.0", "role": "primary", "decided_by": "runs"} | columns(verdict)
    for view in BESIDE:
        row |= columns((at_budget or verdict) if others.get("experiment") else "", f"{view}_")
    return row | others


def computed(claim: str, verdict: str = f"{R} computed") -> dict[str, str]:
    return part(claim, verdict, rule="identity", decided_by="computation")


def lacking(claim: str, reason: str, rule: str = "ordering", **numbers: object) -> dict[str, str]:
    outcome = "NOT_TESTABLE" if "why" in numbers else "NOT_RUN"
    return part(claim, f"{outcome} {reason}", rule=rule, numbers=json.dumps(numbers), n="")


def number(method: str, dataset: str, measure: str, printed: str, verdict: str, **others: str) -> dict[str, str]:
    """A published number that a variant was measured for."""
    experiment = others.get("experiment", "matched")
    row = {"part": f"V7/{experiment}/{dataset}/any/{measure}/{method}/0", "rule": "values", "experiment": experiment}
    row |= {"place": "Table 1"}
    row |= {"dataset": dataset, "variant": method, "measure": measure, "published": printed, "margin_kind": "absolute"}
    row |= {"estimate": "7.25", "lower": "6.125", "upper": "7.875", "margin": "0.8", "d_repro": "6.045"}
    return part("V7", verdict, **(row | others))


@cache
def published() -> Registry:
    return load(CLAIMS)


def page(*rows: dict[str, str]) -> dict:
    """What is printed of the claims of a study with such parts, and under `published` of its numbers."""
    judged, registry = pd.DataFrame(list(rows), columns=COLUMNS), published()
    known = registry.model_copy(update={"claims": [c for c in registry.claims if c.id in set(judged["claim"])]})
    trained = judged.replace({"at_budget_outcome": {"": None}})
    claims = claim_verdicts(trained, known)
    made = {"verdicts": judged, "claims": claims, "verdict_counts": counts(claims), "flips": reversals(trained)}
    made["published_audit"] = pd.DataFrame(columns=["column", "method", "check", "outcome", "detail"])
    text = {name: table.fillna("").astype(str) for name, table in made.items()}
    found = verdicts.page(SUMMARY, text)
    return found | {"published": published_numbers.page(SUMMARY, text["verdicts"], found["claims"])}


@pytest.mark.parametrize(
    ("verdict", "numbers", "printed"),
    [
        (R, {}, "reproduced"),
        (BELOW, {}, "not reproduced (below)"),
        (f"{N} computed", {}, "not reproduced (by computation)"),
        (f"{R} computed", {}, "reproduced"),
        ("PARTIALLY some_beaten", {"beaten": 2, "opponents": 3}, "in part (2 of 3 beaten)"),
        (MOVING, {}, "inconclusive (still moving)"),
        (OPEN, {}, "inconclusive (wide interval)"),
        ("INCONCLUSIVE too_few_runs", {}, "inconclusive (few runs)"),
        ("INCONCLUSIVE failures", {}, "inconclusive (failed runs)"),
        ("INCONCLUSIVE", {}, "inconclusive"),
        ("INCONCLUSIVE some_new_reason", {}, "inconclusive (some_new_reason)"),
        ("NOT_RUN no_dataset", {"dataset": "ring"}, "not run"),
        ("NOT_TESTABLE no_experiment_decides", {"why": "a figure"}, "not testable"),
    ],
)
def test_a_verdict_in_few_words(verdict: str, numbers: dict, printed: str) -> None:
    row = columns(verdict) | {"numbers": json.dumps(numbers) if numbers else ""}
    assert verdict_words.short(row) == printed


def test_every_outcome_has_a_word_a_colour_and_a_number() -> None:
    assert set(verdict_words.WORDS) == set(verdict_words.COLOURS) == set(OUTCOMES)
    assert {outcome["outcome"] for outcome in page()["outcomes"]} == set(OUTCOMES)


def test_what_computation_decides_and_what_runs_decide_are_never_added() -> None:
    both = [computed("B13"), part("B13", R, **RUN)]
    nothing = lacking("B2", "needs_experiment", "not-run", needs="more") | {"decided_by": "nothing"}
    found = page(computed("B1"), computed("B10"), *both, part("V9", OPEN, **RUN), nothing)
    rows = {row["by"]: row["cells"] for row in found["counts"]}
    assert {by: {c["outcome"]: c["value"] for c in cells if c["value"] != "0"} for by, cells in rows.items()} == {
        "computation": {R: "2"}, "runs": {"INCONCLUSIVE": "1"}, "both": {R: "1"}, "nothing": {"NOT_RUN": "1"},
    }  # fmt: skip
    ids = [cell["id"] for row in found["counts"] for cell in row["cells"]]
    assert len(ids) == len(set(ids)) == len(found["counts"]) * len(OUTCOMES)


def test_runs_that_were_not_made_decide_nothing() -> None:
    absent = lacking("B13", "not_planned", experiments=["began-parts"], dataset="digits") | {"decided_by": "runs"}
    found = page(computed("B13") | {"p": "0.0"}, absent)
    [claim], [row] = found["claims"], found["counts"]
    assert (claim["outcome"], claim["by"], claim["refuted"], row["by"]) == ("PARTIALLY", "part", False, "both")
    assert "the study has none of the experiments began parts" in page(absent)["claims"][0]["verdicts"][0]["why"]
    [claim] = page(computed("B13"), part("B13", BELOW, **RUN) | {"p": "0.0"})["claims"]
    assert (claim["by"], claim["refuted"]) == ("both", True)


@pytest.mark.parametrize(
    ("outcomes", "together"),
    [
        ([R], R),
        ([R, "INCONCLUSIVE", "NOT_RUN"], R),
        ([R, N], "PARTIALLY"),
        (["NOT_RUN", "INCONCLUSIVE"], "INCONCLUSIVE"),
        (["NOT_TESTABLE", "NOT_RUN"], "NOT_RUN"),
        (["NOT_TESTABLE"], "NOT_TESTABLE"),
    ],
)
def test_a_claim_that_several_experiments_judge_counts_once(outcomes: list[str], together: str) -> None:
    assert verdicts.overall(outcomes) == together
    found = page(part("V9", OPEN, **RUN), part("V9", R, experiment="published", dataset="ring"))
    assert (found["numbers"]["claims"], found["claims"][0]["outcome"]) == ("1", R)
    assert [v["label"] for v in found["claims"][0]["verdicts"]] == ["matched", "published recipes"]


def test_our_own_hypotheses_are_no_claims_of_a_document() -> None:
    numbers = page(computed("B1"), part("H1", OPEN, **RUN) | {"source": "this-study"})["numbers"]
    assert (numbers["claims"], numbers["hypotheses"], numbers["sources"]) == ("1", "1", "1")


def test_a_number_with_all_that_stands_beside_it() -> None:
    others = [{"title": "PacGAN: two samples", "printed": "6.3", "spread": "0.5"}]
    others += [{"title": "RING.ipynb: 12 (of 25)", "printed": "25", "spread": None}]
    row = number("GAN", "ring", "modes", "1", ABOVE, remeasured=json.dumps(others), published_spread="0.2")
    made = page(row, number("GAN", "ring", "modes", "1", OPEN, experiment="published", estimate="2.0"))["published"]
    assert made["protocols"] == [
        {"name": "published", "label": "published recipes"}, {"name": "matched", "label": "matched"},
    ]  # fmt: skip
    [found] = made["rows"]
    assert (found["group"], found["method"], found["margin"]) == ("2D Ring: Modes captured", "GAN", "± 0.8")
    assert found["published"] == "1 ± 0.2"
    assert found["elsewhere"] == [{"value": "6.3 ± 0.5", "title": 0}, {"value": "25", "title": 1}]
    assert made["titles"] == ["PacGAN: two samples", "RING.ipynb: 12 (of 25)"]
    assert [(c["measured"], c["text"], c["n"]) for c in found["cells"]] == [
        ("2.00 [6.12, 7.88]", "inconclusive (wide interval)", "10"),
        ("7.25 [6.12, 7.88]", "not reproduced (above)", "10"),
    ]


def test_a_number_without_an_interval_and_with_a_factor() -> None:
    gone = {"estimate": "", "lower": "", "upper": "", "margin": "1.5", "margin_kind": "factor"}
    [row] = page(number("VEEGAN", "ring", "modes", "8", "INCONCLUSIVE failures", **gone))["published"]["rows"]
    assert (row["cells"][0]["measured"], row["margin"]) == ("–", "× 1.5")


def test_page_1_has_veegans_numbers_and_one_of_the_gan_in_the_recipe_that_comes_first() -> None:
    rows = [number("VEEGAN", d, m, "8", OPEN) for d in ("ring", "grid") for m in ("modes", "reverse_kl")]
    rows += [number("GAN", "ring", m, "1", OPEN) for m in ("modes", "reverse_kl")]
    rows.append(number("VEEGAN", "grid", "modes", "8", R, experiment="published", estimate="8.0"))
    found = page(*rows, number("ALI", "ring", "modes", "2.8", R))["published"]["few"]
    shown = [(r["method"], r["place"], r["about"], r["recipe"]) for r in found]
    assert shown == [
        ("VEEGAN", "2D Ring", "modes captured", "matched"),
        ("VEEGAN", "2D Ring", "reverse KL (nats)", "matched"),
        ("VEEGAN", "2D Grid", "modes captured", "published recipes"),
        ("VEEGAN", "2D Grid", "reverse KL (nats)", "matched"),
        ("GAN", "2D Ring", "modes captured", "matched"),
    ]


def test_a_table_of_the_poster_is_answered_by_numbers_counted_once() -> None:
    own = [
        number("VEEGAN", "ring", "modes", "8", OPEN), number("VEEGAN", "ring", "modes", "8", R, experiment="published"),
        number("VEEGAN", "grid", "modes", "24", ABOVE), number("GAN", "ring", "modes", "1", MOVING),
        number("GAN", "ring", "modes", "1", R, role="sensitivity"),
        lacking("V7", "no_dataset", "values", dataset="wide") | {"part": "V7/wide/modes/GAN/0"},
    ]  # fmt: skip
    made = page(*own, part("V9", OPEN, **RUN))["published"]
    [table] = made["tables"]
    values = {key: {name: c["value"] for name, c in counts.items()} for key, counts in table["counts"].items()}
    assert values["all"] == {"published": "4", "run": "3", "held": "1", "refuted": "1", "open": "1"}
    assert values["method"] == {"published": "2", "run": "2", "held": "1", "refuted": "1", "open": "0"}
    assert (made["lacking"], table["caption"]["outcome"]) == ("1", "INCONCLUSIVE")


def test_the_verdict_on_runs_that_still_move_is_open_and_the_other_beside_it() -> None:
    numbers = json.dumps(DRIFT | {"more_steps": 0.5})
    found = page(number("VEEGAN", "ring", "modes", "8", MOVING, at_budget=R, numbers=numbers))
    assert found["published"]["rows"][0]["cells"][0]["text"] == "inconclusive (still moving)"
    assert (found["numbers"]["trained"], found["numbers"]["moving"]) == ("1", "1")
    [verdict] = found["claims"][0]["verdicts"]
    why = "still moving: modes drift by +0.75 a quarter, 0.4 is allowed; some 1.5 times the steps would do"
    assert (verdict["text"], verdict["why"]) == ("inconclusive", why)
    assert verdict["at_this_budget"] == {"outcome": R, "text": "reproduced", "why": ""}
    assert [entry["reason"] for entry in found["legend"]] == ["still moving"]


NEEDS = lacking("B13", "needs_experiment", "not-run", needs="BEGAN with k fixed")
RESTS = {
    "by computation": [computed("B13")],
    "needs BEGAN with k fixed": [NEEDS],
    "1 reproduced, 1 not run; needs BEGAN with k fixed": [computed("B13"), NEEDS],
    "still moving: work of 0.4, a quarter of 100 is needed": [
        part("B3", MOVING, numbers='{"work": 0.4, "of": 100.0}', **RUN)
    ],
    "still moving: no measure with a margin is known before the last step": [
        part("B3", MOVING, numbers='{"cell": "matched/ring/wgan"}', **RUN)
    ],
    "still moving: too few runs to tell": [part("B3", MOVING, numbers='{"measure": "modes"}', **RUN)],
    "still moving: modes drift by +0.75 a quarter, 0.4 is allowed": [
        part("B3", MOVING, numbers=json.dumps(DRIFT), **RUN)
    ],
    "still moving: modes drift by +0.75 a quarter, 0.4 is allowed; some 12 seeds would tell": [
        part("B3", MOVING, numbers=json.dumps(DRIFT | {"more_seeds": 12}), **RUN)
    ],
    "no reference": [part("B3", "INCONCLUSIVE no_reference", **RUN)],
    "undefined: 2 runs of 12 have no value": [part("B3", "INCONCLUSIVE undefined", numbers='{"lost": 2}', **RUN)],
    "failed runs: reproduced, without them not reproduced (above)": [
        part("B3", "INCONCLUSIVE failures", **RUN) | columns(R, "worst_score_") | columns(ABOVE, "complete_case_"),
    ],
    "below": [part("B3", BELOW, **RUN)],
    "": [part("B3", R, **RUN), part("B3", BELOW, role="sensitivity", **RUN)],
    "1 in other experiments alone": [part("B3", R, **RUN), part("B3", R, experiment="latent-2", dataset="grid")],
    "a figure": [lacking("B27", "no_experiment_decides", "not-testable", why="a figure")],
    "wide interval": [part("B3", OPEN, **RUN)],
    "1 reproduced, 1 not reproduced (below), 2 inconclusive (wide interval)": [
        part("B3", verdict, **RUN) for verdict in (R, BELOW, OPEN, OPEN)
    ],
    "2D Ring, 2D Grid (as published) not in this study; no variant that stands for WGAN is run on 2D Ring": [
        *(lacking("B3", "no_dataset", dataset=name) for name in ("ring", "grid", "ring")),
        lacking("B3", "no_variant", dataset="ring", method="WGAN"),
    ],
    "no experiment has all of GAN, WGAN on 2D Ring": [
        lacking("B3", "no_experiment", dataset="ring", methods=["GAN", "WGAN"]),
    ],
}  # fmt: skip


@pytest.mark.parametrize("said", RESTS)
def test_what_a_claim_rests_on(said: str) -> None:
    [claim] = page(*RESTS[said])["claims"]
    assert claim["verdicts"][0]["why"] == said


def test_what_no_experiment_has_is_said_once() -> None:
    needs = lacking("B4", "needs_experiment", "not-run", needs="a grid of learning rates")
    runs = [part("B4", R, experiment=name, dataset="ring") for name in ("matched", "published")]
    [claim] = page(*runs, needs)["claims"]
    assert [v["why"] for v in claim["verdicts"]] == [
        "1 reproduced, 1 not run; needs a grid of learning rates", "1 reproduced, 1 not run",
    ]  # fmt: skip


def test_reversals_name_what_was_varied_and_are_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        number("veegan", "ring", "modes", "8", R, rule="ordering") | columns(BELOW, "final_step_"),
        number("veegan", "ring", "high_quality_percent", "8", ABOVE, rule="ordering"),
    ]
    late, measure = page(*rows)["flips"]
    assert (late["by"], late["about"], late["experiment"]) == ("endpoint", "2D Ring, VEEGAN, Modes captured", "matched")
    assert [(s["name"], s["text"]) for s in late["sides"]] == [
        ("last tenth", "reproduced"), ("last step", "not reproduced (below)"),
    ]  # fmt: skip
    assert (measure["by"], measure["about"]) == ("measure", "2D Ring, VEEGAN")
    assert [s["name"] for s in measure["sides"]] == ["Modes captured", "% high quality samples"]
    monkeypatch.setattr(verdicts, "MOST_FLIPS", 1)
    found = page(*rows)
    assert (len(found["flips"]), found["numbers"]["more_flips"]) == (1, "1")


def test_what_cannot_be_is_listed_and_nothing_else() -> None:
    table = pd.DataFrame(consistency_rows(published().values))
    found = verdicts._consistency(table)
    assert len(found) == (table["outcome"] == "inconsistent").sum() > 0
    runs = next(row for row in found if row["check"] == "mean of 5 integers")
    assert (runs["about"], runs["detail"].endswith("3, 4, 6 to 20")) == ("2D Grid, Modes: GAN", True)


def test_a_study_that_judges_nothing_has_a_page() -> None:
    found = page()
    assert found["claims"] == found["flips"] == found["published"]["rows"] == found["published"]["few"] == []
    assert json.dumps(found, allow_nan=False)


def test_verdicts_of_an_older_version_are_refused_in_one_line(tmp_path: Path) -> None:
    for name in layout.VERDICTS:
        (tmp_path / name).write_text("claim,verdict,at_this_budget\n")
    with pytest.raises(StudyError, match=r"verdicts\.csv: has no column at_budget_outcome; allowed: a table that"):
        verdicts.read(tmp_path)


def test_what_each_difference_between_two_papers_does_is_printed_with_signs(tmp_path: Path) -> None:
    gap = {"method": "GAN", "dataset": "ring", "measure": "modes", "first": "1", "second": "6.3", "cells": 8}
    found = {"factor": "latent size", "effect": 4.9, "lower": 4.3, "upper": 5.52, "share_of_gap": 0.9245}
    rows = [gap | found | {"outcome": "found"}, gap | {"factor": "a x b", "outcome": "not varied", "why": "too dear"}]
    pd.DataFrame(rows, columns=RECONCILED).to_csv(tmp_path / "reconciliation.csv", index=False)
    first, second = content._reconciliation(SUMMARY, tmp_path / "reconciliation.csv")
    assert (first["effect"], first["share"], first["group"]) == ("+4.90 [+4.30, +5.52]", "92%", "GAN, 2D Ring")
    assert (second["effect"], second["share"], second["factor"]) == ("–", "–", "a × b")
    assert first["id"] == "reconciliation/GAN/ring/modes/latent size"
    assert content._reconciliation(SUMMARY, tmp_path / "none.csv") == []
