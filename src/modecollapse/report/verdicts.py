"""The verdicts as the report prints them: what `judge` wrote -> counts, published numbers, claims, audits, reversals.

All words are made here from the columns of the tables; no sentence of a table is taken apart.
"""

from __future__ import annotations

import json
import re
from os.path import commonprefix
from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.claims.parts import PRIMARY
from modecollapse.errors import StudyError
from modecollapse.measures.series import LABELS
from modecollapse.report import layout
from modecollapse.report.layout import NONE
from modecollapse.report.poster import MARKS
from modecollapse.report.verdict_words import (
    AT_BUDGET,
    COLOURS,
    DECIDED_BY,
    FINAL,
    LAST_STEP,
    REASONS,
    WORDS,
    Row,
    lacks,
    short,
    whole,
    why,
)
from modecollapse.statistics.verdicts import STILL_MOVING, Verdict
from modecollapse.study.summary import StudySummary

OWN = "this-study"  # the source of our own hypotheses
SOURCES = {
    "began-blog": "BEGAN post",
    "cs236-blog": "CS236 notes",
    "lsgan-blog": "LSGAN post",
    "veegan-blog": "VEEGAN post",
    "veegan-poster": "VEEGAN poster",
    OWN: "this study",
}
SIGNS = {"absolute": "±", "factor": "×", "odds": "odds ×"}
NUMBERS = {"level": "90", "prediction": "95"}  # percent: of the intervals of means, of the prediction interval
MOST_FLIPS = 24  # printed; the file has all


def read(tables: Path) -> dict[str, pd.DataFrame]:
    """What `judge` wrote into a folder, by name without `.csv`, all of it as text.

    Raises StudyError where an older version wrote it.
    """
    found = {name.removesuffix(".csv"): reading.csv(Path(tables) / name) for name in layout.VERDICTS}
    for name in ("verdicts", "claims"):
        if "at_budget_outcome" not in found[name]:
            allowed = "a table that `modecollapse judge` of this version wrote"
            raise StudyError(f"{tables}/{name}.csv: has no column at_budget_outcome; allowed: {allowed}")
    return found


def elsewhere(text: str) -> list[dict[str, str]]:
    """The measurements of other papers in the column `remeasured`: title, printed, spread or None, and a verdict."""
    return json.loads(text or "[]")


def measured(judged: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """The published numbers that an experiment has runs for."""
    return judged[(judged["rule"] == "values") & (judged["experiment"] == experiment) & (judged["n"] != "")]


def page(summary: StudySummary, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Everything the section on verdicts prints; `tables` are those of `read`."""
    judged, claims, flips = tables["verdicts"], tables["claims"], tables["flips"]
    rows, notes = _published(summary, judged)
    reasons = {reason for view in (FINAL, AT_BUDGET, LAST_STEP) for reason in judged[f"{view}reason"]}
    return {
        "numbers": _numbers(judged, claims, flips),
        "outcomes": [{"word": word, "outcome": outcome} for outcome, word in WORDS.items()],
        "totals": _totals(claims),
        "counts": _counts(tables["verdict_counts"]),
        "colours": COLOURS,
        "forests": [
            {"experiment": name, "file": file}
            for name, file in layout.forests(summary).items()
            if len(measured(judged, name))
        ],
        "published": {"rows": rows, "notes": [{"mark": MARKS[i], "text": text} for i, text in enumerate(notes)]},
        "claims": [_claim(own, judged[judged["claim"] == id]) for id, own in claims.groupby("claim", sort=False)],
        "legend": [{"reason": name, "means": means} for code, (name, means) in REASONS.items() if code in reasons],
        "audit": _audit(tables["published_audit"]),
        "flips": [_flip(summary, i, row) for i, row in enumerate(flips.head(MOST_FLIPS).to_dict("records"))],
    }


def _numbers(judged: pd.DataFrame, claims: pd.DataFrame, flips: pd.DataFrame) -> dict[str, str]:
    trained, values = judged[judged["at_budget_outcome"] != ""], judged[judged["rule"] == "values"]
    own = claims["source"] == OWN
    found = {
        "claims": claims.loc[~own, "claim"].nunique(),
        "hypotheses": claims.loc[own, "claim"].nunique(),
        "verdicts": len(claims),
        "sources": claims.loc[~own, "source"].nunique(),
        "trained": len(trained),
        "moving": (trained["reason"] == STILL_MOVING).sum(),
        "values": len(values),
        "values_not_run": (values["n"] == "").sum(),
        "flips": len(flips),
        "more_flips": max(0, len(flips) - MOST_FLIPS),
    }
    return NUMBERS | {name: str(number) for name, number in found.items()}


def _totals(claims: pd.DataFrame) -> list[dict[str, Any]]:
    """How many verdicts on claims have each outcome, by what decides them, which are never added."""
    table = pd.crosstab(claims["decided_by"], claims["outcome"]).reindex(columns=list(WORDS), fill_value=0)
    return [
        {"by": words, "cells": _cells(f"count/all/{by or 'none'}", table.loc[by])}
        for by, words in DECIDED_BY.items()
        if by in table.index
    ]


def _counts(table: pd.DataFrame) -> list[dict[str, Any]]:
    """How many claims of a document have each outcome, by what decides them and, of several, by experiment."""
    names = ["source", "experiment", "decided_by"]
    if table["experiment"].replace("", None).nunique() < 2:
        table = table.assign(experiment="")
    table = table.astype(dict.fromkeys(WORDS, int)).groupby(names, sort=False)[list(WORDS)].sum().reset_index()
    return [
        {"source": _source(row), "experiment": row["experiment"], "by": DECIDED_BY[row["decided_by"]]}
        | {"cells": _cells("/".join(["count", *(row[name] or "none" for name in names)]), row)}
        for row in table.to_dict("records")
    ]


def _cells(id: str, row: Any) -> list[dict[str, str]]:
    """A count for each outcome, 0 among them."""
    return [{"id": f"{id}/{o}", "outcome": o, "word": WORDS[o], "value": str(row[o])} for o in WORDS]


def _source(row: Row) -> str:
    return SOURCES.get(row["source"], row["source"])


def _published(summary: StudySummary, judged: pd.DataFrame) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of the table of published numbers, and its notes in the order of their letters."""
    notes: list[str] = []
    order = {name: i for i, name in enumerate([*summary.datasets, *summary.measures])}
    rows = [
        _value(summary, row, notes)
        for experiment in layout.experiments(summary)
        for row in sorted(
            measured(judged, experiment).to_dict("records"), key=lambda r: (order[r["dataset"]], order[r["measure"]])
        )
    ]
    return rows, notes


def _value(summary: StudySummary, row: Row, notes: list[str]) -> dict[str, Any]:
    """A published number beside what was measured; new notes are added to `notes`."""
    places = summary.measures[row["measure"]].decimals
    last, here = (Verdict(row[f"{v}outcome"], row[f"{v}reason"]) for v in (LAST_STEP, AT_BUDGET))
    return {
        "id": f"verdict/{row['part']}",
        "experiment": row["experiment"],
        "group": f"{summary.datasets[row['dataset']].label}: {summary.measures[row['measure']].label}",
        "row": summary.variants[row["variant"]].label,
        "published": _spread(row["published"], row["published_spread"]),
        "elsewhere": [
            {"value": _spread(o["printed"], o["spread"]), "mark": _mark(f"measured by {o['title']}", notes)}
            for o in elsewhere(row["remeasured"])
        ],
        "measured": _interval(row, places),
        "n": whole(row["n"]),
        "margin": f"{SIGNS[row['margin_kind']]} {float(row['margin']):.3g}",
        "d_repro": _number(row["d_repro"], places),
        "d_refute": _number(row["d_refute"], places),
        "verdict": {"text": WORDS[row["outcome"]], "outcome": row["outcome"]},  # the reason stands beside it
        "at_this_budget": {"text": short(row, AT_BUDGET), "outcome": here.outcome},
        "late": "" if last.agrees(here) else _mark(f"at the last step alone: {short(row, LAST_STEP)}", notes),
    }


def _mark(text: str, notes: list[str]) -> str:
    """The letter of a note, which is added if it is new."""
    if text not in notes:
        notes.append(text)
    return MARKS[notes.index(text)]


def _spread(printed: str, spread: str | None) -> str:
    return f"{printed} ± {spread}" if spread else printed


def _interval(row: Row, places: int) -> str:
    mean, lower, upper = (_number(row[name], places) for name in ("estimate", "lower", "upper"))
    return mean if lower == NONE else f"{mean} [{lower}, {upper}]"


def _number(text: str, places: int) -> str:
    return f"{float(text):,.{places}f}".replace("inf", "∞") if text else NONE


def _claim(rows: pd.DataFrame, parts: pd.DataFrame) -> dict[str, Any]:
    """A claim with its verdict in each experiment that judges some of it."""
    first = rows.iloc[0]
    return {
        "id": first["claim"],
        "says": first["says"],
        "note": first["note"],
        "where": f"{_source(first)}, {first['place']}",
        "verdicts": [_claim_verdict(row, parts, i == 0) for i, row in enumerate(rows.to_dict("records"))],
    }


def _claim_verdict(row: Row, parts: pd.DataFrame, first: bool) -> dict[str, Any]:
    """The verdict of an experiment and why, by its primary parts; `at_this_budget` is None where it is no other.

    What no experiment has is said with the first of them.
    """
    counted = parts[parts["role"] == PRIMARY]
    here = counted[counted["experiment"].isin([row["experiment"], ""])].to_dict("records")
    others = int(row["parts"]) - len(here)
    same = all(part["at_budget_outcome"] == "" or short(part, AT_BUDGET) == short(part) for part in here)
    needs = [part for part in here if part["rule"] == "not-run"]
    whys = [
        why(here, FINAL),
        f"{others} in other experiments alone" if others else "",
        lacks(needs) if first and len(needs) < len(here) else "",
    ]
    budget = row["at_budget_outcome"]
    return {
        "experiment": row["experiment"],
        "outcome": row["outcome"],
        "text": WORDS[row["outcome"]],
        "why": "; ".join(filter(None, whys)),
        "at_this_budget": None if same else {"outcome": budget, "text": WORDS[budget], "why": why(here, AT_BUDGET)},
    }


def _audit(table: pd.DataFrame) -> list[dict[str, Any]]:
    """What does not fit together in the published tables, then the notes: checks with their rows.

    The words that all details of a check begin with are printed once, as `begins`.
    """
    groups = []
    for (kind, check), rows in table.groupby(["outcome", "check"], sort=False):
        begins = _common(list(rows["detail"]))
        found = [
            {"id": f"audit/{kind}/{check}/{i}", "about": _about(row)}
            | {"detail": row["detail"].removeprefix(begins).strip()}
            for i, row in enumerate(rows.to_dict("records"))
        ]
        groups.append({"id": f"audit/{kind}/{check}", "kind": kind, "check": check, "begins": begins, "rows": found})
    return [group for kind in ("inconsistent", "note") for group in groups if group["kind"] == kind]


def _common(texts: list[str]) -> str:
    """The words that all of two texts or more begin with, but no number, no open parenthesis, and no whole text."""
    words = commonprefix([text.split(" ")[:-1] for text in texts]) if len(texts) > 1 else []
    while words and re.fullmatch(r"\(.*|[\d.,%]+", words[-1]):
        words.pop()
    return " ".join(words)


def _about(row: Row) -> str:
    """`2D Grid, Modes: GAN` of the column `2D Grid, Modes (Max 25)`."""
    return f"{row['column'].partition(' (')[0]}: {row['method'] if row['method'] != 'all' else 'all methods'}"


def _flip(summary: StudySummary, place: int, row: Row) -> dict[str, Any]:
    """Two ways to look at one part that give different verdicts."""
    compared = {"variant": "method", "measure": "measure"}.get(row["by"])  # its two names are in the sides
    names = [name for key in ("dataset", "method", "measure") if key != compared for name in row[key].split(", ")]
    return {
        "id": f"flip/{place}",
        "claim": row["claim"],
        "by": row["by"],
        "experiment": "" if row["by"] == "experiment" else row["experiment"],
        "about": ", ".join(_label(summary, name) for name in names if name),
        "sides": [
            {"name": _label(summary, row[side]), "text": short(row, f"{side}_"), "outcome": row[f"{side}_outcome"]}
            for side in ("first", "second")
        ],
    }


def _label(summary: StudySummary, name: str) -> str:
    """How a data set, variant or measure is named in print, or whatever else it is."""
    for kind in (summary.datasets, summary.variants, summary.measures):
        if name in kind:
            return kind[name].label
    return LABELS.get(name, name)
