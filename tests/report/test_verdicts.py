"""What the report prints of the verdicts: words made of columns, counts that hide nothing, numbers beside others."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from made_up_study import CLAIMS, VARIANTS, make_summary

from modecollapse.claims import Registry, load
from modecollapse.claims.claim_verdicts import claim_verdicts, counts
from modecollapse.claims.judge import BESIDE, COLUMNS
from modecollapse.claims.published_consistency import consistency_rows
from modecollapse.claims.reversals import reversals
from modecollapse.errors import StudyError
from modecollapse.report import layout, verdict_words, verdicts
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
    row = {"part": f"V7/matched/{dataset}/{method}/{measure}/0", "rule": "values", "experiment": "matched"}
    row |= {"dataset": dataset, "variant": method, "measure": measure, "published": printed, "margin_kind": "absolute"}
    row |= {"estimate": "7.25", "lower": "6.125", "upper": "7.875", "margin": "0.8", "d_repro": "6.045"}
    return part("V7", verdict, **(row | others))


@cache
def published() -> Registry:
    return load(CLAIMS)


def page(*rows: dict[str, str]) -> dict:
    """The section of a study with such parts, whose tables are read back; of an audit without rows."""
    judged, registry = pd.DataFrame(list(rows), columns=COLUMNS), published()
    known = registry.model_copy(update={"claims": [c for c in registry.claims if c.id in set(judged["claim"])]})
    trained = judged.replace({"at_budget_outcome": {"": None}})
    claims = claim_verdicts(trained, known)
    made = {"verdicts": judged, "claims": claims, "verdict_counts": counts(claims), "flips": reversals(trained)}
    made["published_audit"] = pd.DataFrame(columns=["column", "method", "check", "outcome", "detail"])
    return verdicts.page(SUMMARY, {name: table.fillna("").astype(str) for name, table in made.items()})


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
    totals = {group["by"]: {c["word"]: c["value"] for c in group["cells"]} for group in found["totals"]}
    assert {by: {word: n for word, n in counts.items() if n != "0"} for by, counts in totals.items()} == {
        "by computation": {"reproduced": "2"},
        "by runs": {"inconclusive": "1"},
        "by computation and runs": {"reproduced": "1"},
        "by nothing": {"not run": "1"},
    }
    ids = [cell["id"] for group in found["totals"] for cell in group["cells"]]
    assert len(ids) == len(set(ids)) == 4 * len(OUTCOMES)


def test_counts_are_by_document_and_experiment() -> None:
    found = page(computed("B1"), part("V9", OPEN, **RUN), part("V9", R, experiment="published", dataset="ring"))
    assert [(row["source"], row["experiment"], row["by"]) for row in found["counts"]] == [
        ("BEGAN post", "", "by computation"),
        ("VEEGAN poster", "matched", "by runs"),
        ("VEEGAN poster", "published", "by runs"),
    ]
    assert [cell["value"] for cell in found["counts"][1]["cells"]] == ["0", "0", "0", "1", "0", "0"]
    assert (found["numbers"]["claims"], found["numbers"]["verdicts"]) == ("2", "3")
    assert [claim["id"] for claim in found["claims"]] == ["B1", "V9"]
    assert [v["experiment"] for v in found["claims"][1]["verdicts"]] == ["matched", "published"]


def test_a_single_experiment_is_not_counted_apart_from_what_none_has() -> None:
    absent = lacking("B3", "no_dataset", dataset="ring")
    found = page(part("B4", OPEN, **RUN), absent)["counts"]
    assert [(row["experiment"], row["by"], [cell["value"] for cell in row["cells"]]) for row in found] == [
        ("", "by runs", ["0", "0", "0", "1", "0", "1"])
    ]


def test_our_own_hypotheses_are_no_claims_of_a_document() -> None:
    numbers = page(computed("B1"), part("H1", OPEN, **RUN) | {"source": "this-study"})["numbers"]
    assert (numbers["claims"], numbers["hypotheses"], numbers["sources"]) == ("1", "1", "1")


def test_a_number_with_all_that_stands_beside_it() -> None:
    others = [{"title": "PacGAN: two samples", "printed": "6.3", "spread": "0.5"}]
    others += [{"title": "RING.ipynb: 12 (of 25)", "printed": "25", "spread": None}]
    row = number("gan-minimax", "ring", "modes", "1", ABOVE, d_refute="4.6249", remeasured=json.dumps(others))
    made = page(row | columns(OPEN, "final_step_") | {"published_spread": "0.2"})["published"]
    [found] = made["rows"]
    assert found["id"] == "verdict/V7/matched/ring/gan-minimax/modes/0"
    assert found["group"] == "2D Ring: Modes captured"
    assert (found["row"], found["published"], found["measured"]) == ("GAN (minimax)", "1 ± 0.2", "7.25 [6.12, 7.88]")
    assert (found["n"], found["margin"], found["d_repro"], found["d_refute"]) == ("10", "± 0.8", "6.04", "4.62")
    assert found["elsewhere"] == [{"value": "6.3 ± 0.5", "mark": "a"}, {"value": "25", "mark": "b"}]
    assert found["verdict"] == {"text": "not reproduced", "outcome": N}
    assert found["at_this_budget"] == {"text": "not reproduced (above)", "outcome": N}
    assert found["late"] == "c"
    assert [note["text"] for note in made["notes"]] == [
        "measured by PacGAN: two samples",
        "measured by RING.ipynb: 12 (of 25)",
        "at the last step alone: inconclusive (wide interval)",
    ]


@pytest.mark.parametrize(
    ("verdict", "late", "marked"),
    [
        (OPEN, "INCONCLUSIVE n_below_resolution_floor", ""),  # open for another reason
        (OPEN, OPEN, ""),
        (OPEN, R, "a"),
        (OPEN, BELOW, "a"),
        (ABOVE, BELOW, "a"),
    ],
)
def test_the_last_step_is_shown_where_it_gives_another_verdict(verdict: str, late: str, marked: str) -> None:
    row = number("veegan", "ring", "modes", "8", verdict) | columns(late, "final_step_")
    assert page(row)["published"]["rows"][0]["late"] == marked


def test_a_number_without_an_interval_and_with_a_factor() -> None:
    gone = {"estimate": "", "lower": "", "upper": "", "d_repro": "", "margin": "1.5", "margin_kind": "factor"}
    [row] = page(number("veegan", "ring", "modes", "8", "INCONCLUSIVE failures", **gone))["published"]["rows"]
    assert [row[key] for key in ("measured", "d_repro", "d_refute", "margin")] == ["–", "–", "–", "× 1.5"]
    infinite = {"d_repro": "inf", "margin": "0.001688"}
    [row] = page(number("veegan", "ring", "modes", "8", OPEN, **infinite))["published"]["rows"]
    assert (row["d_repro"], row["margin"]) == ("∞", "± 0.00169")


def test_numbers_stand_in_the_order_of_the_study() -> None:
    rows = [number("veegan", d, m, "8", OPEN) for d in ("grid", "ring") for m in ("reverse_kl", "modes")]
    rows += [lacking("V7", "no_dataset", "values", dataset="gaussians-1200d")] * 2
    found = page(*rows)
    groups = [f"{d}: {m}" for d in ("2D Ring", "2D Grid") for m in ("Modes captured", "Reverse KL (nats)")]
    assert [row["group"] for row in found["published"]["rows"]] == groups
    assert found["published"]["rows"][1]["measured"] == "7.250 [6.125, 7.875]"
    assert (found["numbers"]["values"], found["numbers"]["values_not_run"]) == ("6", "2")
    assert found["forests"] == [{"experiment": "matched", "file": "forest_matched.svg"}]


def test_the_verdict_on_runs_that_still_move_is_open_and_the_other_beside_it() -> None:
    numbers = json.dumps(DRIFT | {"more_steps": 0.5})
    found = page(number("veegan", "ring", "modes", "8", MOVING, at_budget=R, numbers=numbers))
    [value] = found["published"]["rows"]
    assert (value["verdict"]["text"], value["at_this_budget"]["text"]) == ("inconclusive", "reproduced")
    assert (found["numbers"]["trained"], found["numbers"]["moving"]) == ("1", "1")
    [verdict] = found["claims"][0]["verdicts"]
    why = "still moving: modes +0.75 a quarter, 0.4 allowed; some 1.5 times the steps would do"
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
    "still moving: modes +0.75 a quarter, 0.4 allowed": [part("B3", MOVING, numbers=json.dumps(DRIFT), **RUN)],
    "still moving: modes +0.75 a quarter, 0.4 allowed; some 12 seeds would tell": [
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
    "ring, grid (as published) not in this study; no variant that stands for WGAN is run on ring": [
        *(lacking("B3", "no_dataset", dataset=name) for name in ("ring", "grid", "ring")),
        lacking("B3", "no_variant", dataset="ring", method="WGAN"),
    ],
    "no experiment has all of GAN, WGAN on ring": [
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
    assert (len(found["flips"]), found["numbers"]["flips"], found["numbers"]["more_flips"]) == (1, "2", "1")


def test_the_audit_has_findings_before_notes_and_says_once_what_is_common() -> None:
    table = pd.DataFrame(consistency_rows(published().values))
    groups = verdicts._audit(table)
    kinds = [group["kind"] for group in groups]
    assert kinds == sorted(kinds)
    assert set(kinds) == {"inconsistent", "note"}
    printed = {f"{group['begins']} {row['detail']}".strip() for group in groups for row in group["rows"]}
    assert printed == set(table.loc[table["outcome"] != "consistent", "detail"])  # nothing is lost
    assert all(row["detail"] for group in groups for row in group["rows"])
    assert not any(re.search(r"(\(\S*|[\d.,%]+)$", group["begins"]) for group in groups)  # nothing is cut in two
    runs = next(group for group in groups if group["check"] == "mean of 5 integers")
    assert runs["begins"] == "numbers of runs that fit, up to 20:"
    assert (runs["rows"][0]["about"], runs["rows"][0]["detail"]) == ("2D Grid, Modes: GAN", "3, 4, 6 to 20")


def test_a_study_that_judges_nothing_has_a_page() -> None:
    found = page()
    assert found["claims"] == found["counts"] == found["flips"] == found["published"]["rows"] == found["forests"] == []
    assert found["numbers"]["verdicts"] == "0"
    assert json.dumps(found, allow_nan=False)


def test_verdicts_of_an_older_version_are_refused_in_one_line(tmp_path: Path) -> None:
    for name in layout.VERDICTS:
        (tmp_path / name).write_text("claim,verdict,at_this_budget\n")
    with pytest.raises(StudyError, match=r"verdicts\.csv: has no column at_budget_outcome; allowed: a table that"):
        verdicts.read(tmp_path)


def test_forests_are_of_experiments_with_data_as_published() -> None:
    assert layout.forests(SUMMARY) == {"matched": "forest_matched.svg", "published": "forest_published.svg"}
    other = {name: replace(entry, as_published=False) for name, entry in SUMMARY.datasets.items()}
    assert layout.forests(replace(SUMMARY, datasets=other)) == {}
