"""What the report prints of the verdicts: short words, counts that hide nothing, numbers beside the published ones."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from made_up_study import CLAIMS, make_summary

from modecollapse.claims import Registry, audits, load, sets
from modecollapse.claims.judge import COLUMNS
from modecollapse.report import layout, verdicts
from modecollapse.statistics.verdicts import OUTCOMES

NAMES = {"gan-minimax": "GAN (minimax)", "gan-nonsaturating": "GAN (non-saturating)", "veegan": "VEEGAN"}
SUMMARY = make_summary(["ring", "grid"], NAMES, ["matched", "published"])
OPEN = "INCONCLUSIVE(ci_straddles_margin; 40 seeds)"
SHORT = "INCONCLUSIVE(short_budget: 400 of 25,000 steps)"


def part(claim: str, verdict: str, **others: str) -> dict[str, str]:
    """A row of verdicts.csv, as text."""
    at_budget = others.pop("at_this_budget", verdict if others.get("experiment") else "")
    row = dict.fromkeys(COLUMNS, "") | {"claim": claim, "source": "veegan-poster", "rule": "ordering"}
    row |= {"verdict": verdict, "outcome": verdicts.outcome(verdict), "at_this_budget": at_budget}
    row |= {"worst_score": at_budget, "final_step": at_budget, "complete_case": at_budget}
    return row | {"reason": verdict.partition("(")[2].removesuffix(")")} | others


def number(method: str, dataset: str, measure: str, printed: str, verdict: str, **others: str) -> dict[str, str]:
    """A published number that a variant was measured for."""
    row = {"part": f"V7/matched/{dataset}/{method}/{measure}", "rule": "values", "experiment": "matched"}
    row |= {"dataset": dataset, "variant": method, "measure": measure, "published": printed, "n": "10.0"}
    row |= {"estimate": "7.25", "lower": "6.125", "upper": "7.875", "margin": "0.8", "d_repro": "6.045"}
    return part("V7", verdict, **(row | others))


@cache
def published() -> Registry:
    return load(CLAIMS)


def frame(*rows: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=COLUMNS)


def tables(*rows: dict[str, str]) -> dict[str, pd.DataFrame]:
    """The tables that follow from such parts, as they are read back; of an audit without rows."""
    judged, registry = frame(*rows), published()
    known = registry.model_copy(update={"claims": [c for c in registry.claims if c.id in set(judged["claim"])]})
    claims = sets.claim_verdicts(judged.replace({"at_this_budget": {"": None}}), known)
    made = {"verdicts": judged, "claims": claims, "verdict_counts": sets.counts(claims)}
    made |= {"flips": sets.flips(judged.replace({"at_this_budget": {"": None}}))}
    made["published_audit"] = pd.DataFrame(columns=["column", "method", "check", "outcome", "detail"])
    return {name: table.fillna("").astype(str) for name, table in made.items()}


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("REPRODUCED", "reproduced"),
        ("NOT_REPRODUCED(below)", "not reproduced (below)"),
        ("NOT_REPRODUCED(by computation)", "not reproduced (by computation)"),
        ("PARTIALLY(2 of 3 beaten; 22 seeds)", "in part (2 of 3 beaten)"),
        (SHORT, "inconclusive (budget)"),
        (OPEN, "inconclusive (wide interval)"),
        ("INCONCLUSIVE(too_few_runs; 5 seeds)", "inconclusive (few runs)"),
        ("INCONCLUSIVE(failures: REPRODUCED, without them NOT_REPRODUCED(above))", "inconclusive (failed runs)"),
        ("INCONCLUSIVE", "inconclusive"),
        ("INCONCLUSIVE(some new reason)", "inconclusive (some new reason)"),
        ("NOT_RUN(two learning rates; three batch sizes)", "not run"),
        ("NOT_TESTABLE(a figure)", "not testable"),
    ],
)
def test_a_verdict_in_few_words(text: str, printed: str) -> None:
    assert verdicts.short(text) == printed


def test_every_outcome_has_a_word_a_colour_and_a_number() -> None:
    assert set(verdicts.WORDS) == set(verdicts.COLOURS) == set(OUTCOMES)
    page = verdicts.page(SUMMARY, tables(part("B1", "REPRODUCED", rule="identity")))
    assert {t["word"]: t["value"] for t in page["totals"]} == {
        "reproduced": "1", "not reproduced": "0", "in part": "0", "inconclusive": "0", "not testable": "0",
        "not run": "0",
    }  # fmt: skip


def test_counts_are_by_document_and_experiment() -> None:
    page = verdicts.page(
        SUMMARY,
        tables(
            part("B1", "REPRODUCED", rule="identity"),
            part("V9", OPEN, experiment="matched", dataset="ring"),
            part("V9", "REPRODUCED", experiment="published", dataset="ring"),
        ),
    )
    assert [(row["source"], row["experiment"]) for row in page["counts"]] == [
        ("BEGAN post", ""), ("VEEGAN poster", "matched"), ("VEEGAN poster", "published"),
    ]  # fmt: skip
    assert [cell["value"] for cell in page["counts"][1]["cells"]] == ["0", "0", "0", "1", "0", "0"]
    assert page["numbers"]["claims"] == "2"
    assert page["numbers"]["verdicts"] == "3"
    assert [claim["id"] for claim in page["claims"]] == ["B1", "V9"]
    assert [v["experiment"] for v in page["claims"][1]["verdicts"]] == ["matched", "published"]


def test_a_number_with_all_that_stands_beside_it() -> None:
    others = "PacGAN: The power of two samples 6.3 ± 0.5: INCONCLUSIVE(ci_straddles_margin; 40 seeds); "
    others += "Updated RING.ipynb for Tensorflow 1.12 25: REPRODUCED"
    row = number("gan-minimax", "ring", "modes", "1", "NOT_REPRODUCED(above)", d_refute="4.6249", remeasured=others)
    row |= {"final_step": OPEN}
    page = verdicts.page(SUMMARY, tables(row))["published"]
    [found] = page["rows"]
    assert found["group"] == "2D Ring: Modes captured"
    assert (found["row"], found["published"], found["measured"]) == ("GAN (minimax)", "1", "7.25 [6.12, 7.88]")
    assert (found["n"], found["margin"], found["d_repro"], found["d_refute"]) == ("10", "± 0.8", "6.04", "4.62")
    assert found["elsewhere"] == [{"value": "6.3 ± 0.5", "mark": "a"}, {"value": "25", "mark": "b"}]
    assert found["at_this_budget"] == {"text": "not reproduced (above)", "outcome": "NOT_REPRODUCED"}
    assert found["late"] == "c"
    assert [note["text"] for note in page["notes"]] == [
        "measured by PacGAN: The power of two samples",
        "measured by Updated RING.ipynb for Tensorflow 1.12",
        "at the last step alone: inconclusive (wide interval)",
    ]


@pytest.mark.parametrize(
    ("late", "marked"),
    [
        ("INCONCLUSIVE(n_below_resolution_floor)", False),  # open for another reason
        (OPEN, False),
        ("REPRODUCED", True),
        ("NOT_REPRODUCED(below)", True),
    ],
)
def test_the_last_step_is_told_where_it_gives_another_verdict(late: str, marked: bool) -> None:
    row = number("veegan", "ring", "modes", "8", OPEN) | {"final_step": late}
    [found] = verdicts.page(SUMMARY, tables(row))["published"]["rows"]
    assert found["late"] == ("a" if marked else "")
    other = number("veegan", "ring", "modes", "8", "NOT_REPRODUCED(above)") | {"final_step": "NOT_REPRODUCED(below)"}
    assert verdicts.page(SUMMARY, tables(other))["published"]["rows"][0]["late"] == "a"


def test_a_number_without_an_interval_and_with_a_factor() -> None:
    gone = {"estimate": "", "lower": "", "upper": "", "d_repro": "", "margin": "factor 1.5"}
    page = verdicts.page(SUMMARY, tables(number("veegan", "ring", "modes", "8", "INCONCLUSIVE(failures)", **gone)))
    [row] = page["published"]["rows"]
    assert [row[key] for key in ("measured", "d_repro", "d_refute", "margin")] == ["–", "–", "–", "× 1.5"]
    infinite = {"d_repro": "inf", "margin": "0.001688"}
    [row] = verdicts.page(SUMMARY, tables(number("veegan", "ring", "modes", "8", OPEN, **infinite)))["published"][
        "rows"
    ]
    assert (row["d_repro"], row["margin"]) == ("∞", "± 0.00169")


def test_numbers_stand_in_the_order_of_the_study() -> None:
    rows = [number("veegan", d, m, "8", OPEN) for d in ("grid", "ring") for m in ("reverse_kl", "modes")]
    missing = part("V7", "NOT_RUN(gaussians-1200d)", rule="values", dataset="gaussians-1200d", measure="modes")
    unmeasured = number("veegan", "ring", "ivom_test", "0.1", "NOT_RUN(ivom_test)", n="", estimate="")
    page = verdicts.page(SUMMARY, tables(*rows, missing, unmeasured))
    assert [row["group"] for row in page["published"]["rows"]] == [
        "2D Ring: Modes captured", "2D Ring: Reverse KL (nats)",
        "2D Grid: Modes captured", "2D Grid: Reverse KL (nats)",
    ]  # fmt: skip
    assert page["published"]["rows"][1]["measured"] == "7.250 [6.125, 7.875]"
    assert (page["numbers"]["values"], page["numbers"]["values_not_run"]) == ("6", "2")
    assert page["forests"] == [{"experiment": "matched", "file": "forest_matched.svg"}]


def test_the_verdict_below_the_reference_budget_is_open_and_the_other_beside_it() -> None:
    row = number("veegan", "ring", "modes", "8", SHORT, at_this_budget="REPRODUCED")
    page = verdicts.page(SUMMARY, tables(row))
    [value] = page["published"]["rows"]
    assert (value["verdict"]["text"], value["at_this_budget"]["text"]) == ("inconclusive", "reproduced")
    assert (page["numbers"]["trained"], page["numbers"]["short"]) == ("1", "1")
    [verdict] = page["claims"][0]["verdicts"]
    assert (verdict["text"], verdict["why"]) == ("inconclusive", "budget: 400 of 25,000 steps")
    assert verdict["at_this_budget"] == {"outcome": "REPRODUCED", "text": "reproduced", "why": ""}
    assert page["legend"] == [{"reason": "budget", "means": "fewer steps than in the work that is compared"}]


def why(*rows: dict[str, str]) -> str:
    [claim] = verdicts.page(SUMMARY, tables(*rows))["claims"]
    return claim["verdicts"][0]["why"]


def test_what_a_claim_rests_on() -> None:
    needs = part("B13", "NOT_RUN(BEGAN with k fixed)", rule="not-run")
    assert why(part("B13", "REPRODUCED", rule="identity")) == "by computation"
    assert why(needs) == "needs BEGAN with k fixed"
    assert why(part("B13", "REPRODUCED", rule="identity"), needs) == "1 reproduced, 1 not run; needs BEGAN with k fixed"
    assert why(part("B27", "NOT_TESTABLE(a figure)", rule="not-testable")) == "a figure"
    run = {"experiment": "matched", "dataset": "ring"}
    assert why(part("B3", OPEN, **run)) == "wide interval"
    texts = ("REPRODUCED", "NOT_REPRODUCED(below)", OPEN, OPEN)
    assert why(*(part("B3", text, **run) for text in texts)) == (
        "1 reproduced, 1 not reproduced (below), 2 inconclusive (wide interval)"
    )
    absent = "NOT_RUN({} (as published) is not among the study's data sets)"
    gone = [part("B3", absent.format(name)) for name in ("ring", "grid", "ring")]
    assert why(*gone) == "ring, grid (as published) not in this study"


def test_what_no_experiment_has_is_told_once() -> None:
    needs = part("B4", "NOT_RUN(a grid of learning rates)", rule="not-run")
    runs = [part("B4", "REPRODUCED", experiment=name, dataset="ring") for name in ("matched", "published")]
    [claim] = verdicts.page(SUMMARY, tables(*runs, needs))["claims"]
    assert [v["why"] for v in claim["verdicts"]] == [
        "1 reproduced, 1 not run; needs a grid of learning rates", "1 reproduced, 1 not run",
    ]  # fmt: skip


def test_flips_name_what_was_varied_and_are_not_endless() -> None:
    rows = [
        number("veegan", "ring", "modes", "8", "REPRODUCED", rule="ordering"),
        number("veegan", "ring", "high_quality_percent", "8", "NOT_REPRODUCED(above)", rule="ordering"),
    ]
    rows[0]["final_step"], rows[0]["complete_case"] = "NOT_REPRODUCED(below)", "REPRODUCED"
    rows[1]["complete_case"] = "NOT_REPRODUCED(above)"
    late, measure = verdicts.page(SUMMARY, tables(*rows))["flips"]
    assert (late["by"], late["about"]) == ("endpoint", "2D Ring, VEEGAN, Modes captured")
    assert late["experiment"] == "matched"
    assert [(s["name"], s["text"]) for s in late["sides"]] == [
        ("window", "reproduced"), ("final step", "not reproduced (below)"),
    ]  # fmt: skip
    assert (measure["by"], measure["about"]) == ("measure", "2D Ring, VEEGAN")
    assert [s["name"] for s in measure["sides"]] == ["Modes captured", "% high quality samples"]
    many = tables(*rows)
    many["flips"] = pd.concat([many["flips"]] * 20)
    page = verdicts.page(SUMMARY, many)
    assert len(page["flips"]) == verdicts.MOST_FLIPS
    assert (page["numbers"]["flips"], page["numbers"]["more_flips"]) == ("40", "16")


def test_the_audit_has_findings_before_notes_and_says_once_what_is_common() -> None:
    table = pd.DataFrame(audits.audit_rows(published().values))
    groups = verdicts._audit(table)
    kinds = [group["kind"] for group in groups]
    assert kinds == sorted(kinds)
    assert {"inconsistent", "note"} == set(kinds)
    found = table[table["outcome"] != "consistent"]
    assert sum(len(group["rows"]) for group in groups) == len(found)
    told = {f"{group['begins']} {row['detail']}".strip() for group in groups for row in group["rows"]}
    assert told == set(found["detail"])  # nothing is lost
    assert all(row["detail"] for group in groups for row in group["rows"])
    runs = next(group for group in groups if group["check"] == "mean of 5 integers")
    assert (runs["column"], runs["begins"]) == ("Modes", "numbers of runs that fit, up to 20:")
    assert runs["rows"][0] | {"id": ""} == {"id": "", "about": "2D Grid: GAN", "detail": "3, 4, 6 to 20"}


@pytest.mark.parametrize(
    ("texts", "begins"),
    [
        (["possible in nats", "possible in nats or bits"], "possible in"),
        (["of 5 runs (sd 1", "of 5 runs (sd 2"], "of 5 runs"),
        (["has 0.00 to 1", "has 0.00 to 2"], "has 0.00 to"),
        (["has 0.00 or", "has 0.00 and"], "has"),
        (["same", "same"], ""),
        (["alone"], ""),
    ],
)
def test_what_texts_begin_with(texts: list[str], begins: str) -> None:
    assert verdicts._common(texts) == begins


def test_a_study_that_judges_nothing_has_a_page() -> None:
    page = verdicts.page(SUMMARY, tables())
    assert page["claims"] == page["counts"] == page["flips"] == page["published"]["rows"] == page["forests"] == []
    assert page["numbers"]["verdicts"] == "0"
    assert json.dumps(page, allow_nan=False)


def test_forests_are_of_experiments_with_data_as_published() -> None:
    assert layout.forests(SUMMARY) == {"matched": "forest_matched.svg", "published": "forest_published.svg"}
    other = {name: replace(entry, as_published=False) for name, entry in SUMMARY.datasets.items()}
    assert layout.forests(replace(SUMMARY, datasets=other)) == {}
