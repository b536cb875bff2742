"""The verdicts as the report prints them: what `judge` wrote -> counts, published numbers, claims, audits, flips."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.measures.convergence import HEADLINES
from modecollapse.report import layout
from modecollapse.report.layout import NONE
from modecollapse.report.poster import MARKS
from modecollapse.statistics import verdicts
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, NOT_TESTABLE, PARTIALLY, REPRODUCED
from modecollapse.study.summary import StudySummary

Tables = Mapping[str, pd.DataFrame]  # by name, as `read` returns them

WORDS = {
    REPRODUCED: "reproduced",
    NOT_REPRODUCED: "not reproduced",
    PARTIALLY: "in part",
    INCONCLUSIVE: "inconclusive",
    NOT_TESTABLE: "not testable",
    NOT_RUN: "not run",
}
COLOURS = {  # they differ in lightness too
    REPRODUCED: "#3b8f7e",
    NOT_REPRODUCED: "#c4472b",
    PARTIALLY: "#dba520",
    INCONCLUSIVE: "#7d8794",
    NOT_TESTABLE: "#c9cdd2",
    NOT_RUN: "#c9cdd2",
}
# How a reason is printed, and what it means.
REASONS = {
    verdicts.SHORT_BUDGET: ("budget", "fewer steps than in the work that is compared"),
    verdicts.NO_REFERENCE: ("no reference", "the recipe does not say how many steps the compared work took"),
    verdicts.TOO_FEW_RUNS: ("few runs", "fewer than a verdict takes"),
    verdicts.STRADDLES: ("wide interval", "it lies neither within the zone nor apart from it"),
    verdicts.NOT_REACHED: ("not reached", "most runs of all variants have not got there within the budget"),
    verdicts.UNDEFINED: ("undefined", "some runs have no value of the measure"),
    verdicts.FLOOR: ("resolution", "the mean is in the zone, but so few runs cannot show it"),
    verdicts.ORIGINAL_N: ("their runs", "a mean of as few runs as may be behind the number could be as far off"),
    verdicts.UNDERSPECIFIED: ("their spread", "what it may mean gives different verdicts"),
    verdicts.UNCLEAR: ("not separated", "neither better nor worse nor as good"),
    verdicts.FAILURES: ("failed runs", "the verdict depends on how they count"),
    verdicts.ALL_FAILED: ("all failed", "no run of a variant has a result"),
}
SOURCES = {
    "began-blog": "BEGAN post",
    "cs236-blog": "CS236 notes",
    "lsgan-blog": "LSGAN post",
    "veegan-blog": "VEEGAN post",
    "veegan-poster": "VEEGAN poster",
}
NUMBERS = {"level": "90", "prediction": "95"}  # percent: of the intervals of means, of the prediction interval
REMEASURED = re.compile(r"(.+?) ([\d.]+(?: ± [\d.]+)?): [A-Z_]+(?:\([^)]*\))?(?:; |$)")
MISSING = re.compile(r"(\S+) \(as published\) is not among the study's data sets")
MOST_FLIPS = 24  # printed; the file has all


def read(tables: Path) -> dict[str, pd.DataFrame]:
    """What `judge` wrote into a folder, by name without `.csv`, all of it as text."""
    return {name.removesuffix(".csv"): reading.csv(Path(tables) / name) for name in layout.VERDICTS}


def outcome(text: str) -> str:
    """The outcome of a verdict: `NOT_REPRODUCED` of `NOT_REPRODUCED(above)`."""
    return text.partition("(")[0]


def reason(text: str) -> str:
    """The code of its reason: `short_budget` of `INCONCLUSIVE(short_budget: 500 of 100,000 steps)`."""
    return re.split("[:;)]", text.partition("(")[2])[0]


def short(text: str) -> str:
    """How a verdict is printed: `not reproduced (above)`."""
    name, why = outcome(text), reason(text)
    if not why or name in (NOT_RUN, NOT_TESTABLE):
        return WORDS[name]
    return f"{WORDS[name]} ({REASONS[why][0] if why in REASONS else why})"


def shown(text: str) -> dict[str, str]:
    """A verdict for the template: its words and its outcome, which has a colour."""
    return {"text": short(text), "outcome": outcome(text)}


def elsewhere(text: str) -> list[tuple[str, str]]:
    """(title, number) of the measurements of other papers in the column `remeasured`."""
    return REMEASURED.findall(text)


def measured(judged: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """The published numbers that an experiment has runs for."""
    return judged[(judged["rule"] == "values") & (judged["experiment"] == experiment) & (judged["n"] != "")]


def page(summary: StudySummary, tables: Tables) -> dict[str, Any]:
    """Everything the section on verdicts prints; `tables` are those of `read`."""
    judged, claims = tables["verdicts"], tables["claims"]
    rows, notes = _published(summary, judged)
    flips = [_flip(summary, i, row) for i, row in enumerate(tables["flips"].to_dict("records"))]
    return {
        "numbers": _numbers(judged, claims, tables["flips"]),
        "totals": _totals(claims),
        "counts": _counts(tables["verdict_counts"]),
        "colours": COLOURS,
        "forests": [
            {"experiment": name, "file": file}
            for name, file in layout.forests(summary).items()
            if len(measured(judged, name))
        ],
        "published": {"rows": rows, "notes": notes},
        "claims": [_claim(claim, rows, judged) for claim, rows in claims.groupby("claim", sort=False)],
        "legend": _legend(judged),
        "audit": _audit(tables["published_audit"]),
        "flips": flips[:MOST_FLIPS],
    }


def _numbers(judged: pd.DataFrame, claims: pd.DataFrame, flips: pd.DataFrame) -> dict[str, str]:
    trained = judged[judged["at_this_budget"] != ""]
    values = judged["rule"] == "values"
    return NUMBERS | {
        "claims": str(claims["claim"].nunique()),
        "verdicts": str(len(claims)),
        "sources": str(claims["source"].nunique()),
        "trained": str(len(trained)),
        "short": str(int((trained["verdict"].map(reason) == verdicts.SHORT_BUDGET).sum())),
        "values": str(int(values.sum())),
        "values_not_run": str(int((values & (judged["n"] == "")).sum())),
        "flips": str(len(flips)),
        "more_flips": str(max(0, len(flips) - MOST_FLIPS)),
    }


def _totals(claims: pd.DataFrame) -> list[dict[str, str]]:
    """How many verdicts have each outcome; all outcomes are there, whatever their number."""
    found = claims["outcome"].value_counts()
    return [{"id": f"count/all/{o}", "word": WORDS[o], "outcome": o, "value": str(found.get(o, 0))} for o in WORDS]


def _counts(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each document and experiment, "" for what needs none."""
    return [
        {"source": SOURCES.get(row["source"], row["source"]), "experiment": row["experiment"]}
        | {
            "cells": [
                {"id": f"count/{row['source']}/{row['experiment']}/{o}", "outcome": o, "value": row[o]} for o in WORDS
            ]
        }
        for row in table.to_dict("records")
    ]


def _published(summary: StudySummary, judged: pd.DataFrame) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The rows of the table of published numbers, and what its letters mean."""
    texts: list[str] = []  # of the notes, in the order of their letters
    rows = []
    for experiment in layout.experiments(summary):
        own = measured(judged, experiment).to_dict("records")
        places = {name: i for i, name in enumerate([*summary.datasets, *summary.measures])}
        for row in sorted(own, key=lambda row: (places[row["dataset"]], places[row["measure"]])):
            rows.append(_value(summary, row, texts))
    return rows, [{"mark": MARKS[i], "text": text} for i, text in enumerate(texts)]


def _value(summary: StudySummary, row: Mapping[str, str], texts: list[str]) -> dict[str, Any]:
    """A published number beside what was measured; new notes are added to `texts`."""
    places = summary.measures[row["measure"]].decimals
    others = [
        {"value": number, "mark": _mark(f"measured by {title}", texts)}
        for title, number in elsewhere(row["remeasured"])
    ]
    late = row["final_step"]
    return {
        "id": f"verdict/{row['part']}",
        "experiment": row["experiment"],
        "group": f"{summary.datasets[row['dataset']].label}: {summary.measures[row['measure']].label}",
        "row": summary.variants[row["variant"]].label,
        "published": row["published"],
        "elsewhere": others,
        "measured": _interval(row, places),
        "n": _whole(row["n"]),
        "margin": _margin(row["margin"]),
        "d_repro": _number(row["d_repro"], places),
        "d_refute": _number(row["d_refute"], places),
        "verdict": shown(row["verdict"]) | {"text": WORDS[outcome(row["verdict"])]},  # why stands beside it
        "at_this_budget": shown(row["at_this_budget"]),
        "late": "" if _agree(late, row["at_this_budget"]) else _mark(f"at the last step alone: {short(late)}", texts),
    }


def _agree(first: str, second: str) -> bool:
    """Whether outcome and, of a refutation, direction are the same; reasons of open ones may differ."""
    return outcome(first) == outcome(second) and (outcome(first) != NOT_REPRODUCED or first == second)


def _mark(text: str, texts: list[str]) -> str:
    """The letter of a note, which is added if it is new."""
    if text not in texts:
        texts.append(text)
    return MARKS[texts.index(text)]


def _interval(row: Mapping[str, str], places: int) -> str:
    if not row["estimate"]:
        return NONE
    mean, lower, upper = (_number(row[name], places) for name in ("estimate", "lower", "upper"))
    return mean if lower == NONE else f"{mean} [{lower}, {upper}]"


def _number(text: str, places: int) -> str:
    return f"{float(text):,.{places}f}".replace("inf", "∞") if text else NONE


def _whole(text: str) -> str:
    """A whole number that a column with empty cells has turned into `3.0`."""
    return f"{int(float(text)):,}"


def _margin(text: str) -> str:
    """`± 0.8`, or `× 1.5` of a factor."""
    return f"× {text.removeprefix('factor ')}" if text.startswith("factor") else f"± {float(text):.3g}"


def _claim(claim: str, rows: pd.DataFrame, judged: pd.DataFrame) -> dict[str, Any]:
    """A claim with its verdict in each experiment that judges some of it."""
    first = rows.iloc[0]
    parts = judged[judged["claim"] == claim]
    return {
        "id": claim,
        "says": first["says"],
        "note": first["note"],
        "where": f"{SOURCES.get(first['source'], first['source'])}, {first['place']}",
        "verdicts": [_claim_verdict(row, parts, i == 0) for i, row in enumerate(rows.to_dict("records"))],
    }


def _claim_verdict(row: Mapping[str, str], parts: pd.DataFrame, first: bool) -> dict[str, Any]:
    """The verdict of an experiment and why; `at_this_budget` is None where it is no other.

    What no experiment has is told with the first of them.
    """
    here = parts[parts["experiment"].isin([row["experiment"], ""])]
    at_budget = here["at_this_budget"].where(here["at_this_budget"] != "", here["verdict"])
    same = list(at_budget.map(short)) == list(here["verdict"].map(short))
    budget = {"outcome": row["outcome_at_this_budget"], "text": WORDS[row["outcome_at_this_budget"]]}
    return {
        "experiment": row["experiment"],
        "outcome": row["outcome"],
        "text": WORDS[row["outcome"]],
        "why": "; ".join(filter(None, [_why(here["verdict"], here), _needs(here) if first else ""])),
        "at_this_budget": None if same else budget | {"why": _why(at_budget, here)},
    }


def _why(texts: Iterable[str], parts: pd.DataFrame) -> str:
    """What the verdict on some parts rests on: `2 reproduced, 1 inconclusive (few runs)`, or what they lack."""
    texts = list(texts)
    if all(outcome(text) in (NOT_RUN, NOT_TESTABLE) for text in texts):
        return _lacks(parts)
    if len(texts) == 1:
        return "by computation" if parts["rule"].iloc[0] == "identity" else _reason_of(texts[0])
    return ", ".join(f"{n} {text}" for text, n in Counter(map(short, texts)).items())


def _lacks(parts: pd.DataFrame) -> str:
    """Why none of some parts was decided; data sets that are missing are named together."""
    reasons = list(dict.fromkeys(parts["reason"]))
    missing = [found[1] for text in reasons if (found := MISSING.fullmatch(text))]
    others = [
        f"needs {text}" if (parts.loc[parts["reason"] == text, "rule"] == "not-run").all() else text
        for text in reasons
        if not MISSING.fullmatch(text)
    ]
    return "; ".join([f"{', '.join(missing)} (as published) not in this study"] * bool(missing) + others)


def _needs(parts: pd.DataFrame) -> str:
    """What the tests beside others lack that this study has no experiment for."""
    lacks = list(dict.fromkeys(parts.loc[parts["rule"] == "not-run", "reason"]))
    return f"needs {'; '.join(lacks)}" if lacks and (parts["rule"] != "not-run").any() else ""


def _reason_of(text: str) -> str:
    """The reason of a single verdict in words: `budget: 500 of 100,000 steps`."""
    name, _, inside = text.partition("(")
    code = reason(text)
    if code not in REASONS:
        return inside.removesuffix(")")
    return REASONS[code][0] + inside.removesuffix(")").removeprefix(code).partition(";")[0]


def _legend(judged: pd.DataFrame) -> list[dict[str, str]]:
    """The reasons that some verdict of this study has, and what they mean."""
    columns = ["verdict", "at_this_budget", "final_step"]
    found = {reason(text) for column in columns for text in judged[column]}
    return [{"reason": name, "means": means} for code, (name, means) in REASONS.items() if code in found]


def _audit(table: pd.DataFrame) -> list[dict[str, Any]]:
    """What does not fit together in the published tables, then the notes: checks with their rows.

    What all details of a check begin with is said once, in `begins`.
    """
    groups = []
    for kind in ("inconsistent", "note"):
        for check, rows in table[table["outcome"] == kind].groupby("check", sort=False):
            begins, name = _common(list(rows["detail"])), f"audit/{kind}/{check}"
            heads = [re.sub(r" \(.*\)$", "", column).partition(", ") for column in rows["column"]]
            kinds = {last for _, _, last in heads}  # `Modes` of `2D Grid, Modes (Max 25)`
            places = [first if len(kinds) == 1 else ", ".join(filter(None, [first, last])) for first, _, last in heads]
            own = [
                {"id": f"{name}/{i}", "about": place + (", all methods" if method == "all" else f": {method}")}
                | {"detail": detail.removeprefix(begins).strip()}
                for i, (place, method, detail) in enumerate(zip(places, rows["method"], rows["detail"], strict=True))
            ]
            head = {"id": name, "kind": kind, "check": check, "column": kinds.pop() if len(kinds) == 1 else ""}
            groups.append(head | {"begins": begins, "rows": own})
    return groups


def _common(texts: list[str]) -> str:
    """The words that all of two texts or more begin with, but no number, no open parenthesis, and no whole text."""
    if len(texts) < 2:
        return ""
    shared: list[str] = []
    for words in zip(*(text.split(" ")[:-1] for text in texts), strict=False):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    while shared and re.fullmatch(r"\(.*|[\d.,%]+", shared[-1]):
        shared.pop()
    return " ".join(shared)


def _flip(summary: StudySummary, place: int, row: Mapping[str, str]) -> dict[str, Any]:
    """Two ways to look at one part that give different verdicts."""
    compared = {"variant": "method", "measure": "measure"}.get(row["by"])  # its two names are in the sides
    names = [name for key in ("dataset", "method", "measure") if key != compared for name in row[key].split(", ")]
    return {
        "id": f"flip/{place}",
        "claim": row["claim"],
        "by": row["by"],
        "experiment": "" if row["by"] == "experiment" else row["experiment"],
        "about": ", ".join(_label(summary, name) for name in names if name),
        "sides": [{"name": _label(summary, row[side])} | shown(row[f"{side}_verdict"]) for side in ("first", "second")],
    }


def _label(summary: StudySummary, name: str) -> str:
    """How a data set, variant or measure is named in print, or whatever else it is."""
    for kind in (summary.datasets, summary.variants, summary.measures):
        if name in kind:
            return kind[name].label
    return HEADLINES[name][0] if name in HEADLINES else name
