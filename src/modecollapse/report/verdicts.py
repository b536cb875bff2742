"""The verdicts as the report prints them: what `judge` wrote -> claims, counts, inconsistencies and reversals.

All words are made here from the columns of the tables; no sentence of a table is taken apart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from modecollapse import reading
from modecollapse.claims.parts import PRIMARY
from modecollapse.errors import StudyError
from modecollapse.measures.series import LABELS
from modecollapse.report import layout
from modecollapse.report.printed import experiment_label
from modecollapse.report.verdict_words import (
    AT_BUDGET,
    COLOURS,
    FINAL,
    LAST_STEP,
    REASONS,
    WORDS,
    Row,
    lacks,
    short,
    why,
)
from modecollapse.statistics.verdicts import (
    DECIDED,
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    NOT_TESTABLE,
    PARTIALLY,
    STILL_MOVING,
)
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
BY = {
    "computation": "computation",
    "runs": "runs",
    "computation, runs": "both",
    "": "nothing",
}  # what can decide a claim
PART = "part"  # instead of both, where computation has decided its part and runs have not
MOST_FLIPS = 6  # printed; the file has all


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
    """Everything that is printed of claims; `tables` are those of `read`."""
    judged, flips = tables["verdicts"], tables["flips"]
    parts = dict(list(judged.groupby("claim")))
    claims = [_claim(rows, parts[name]) for name, rows in tables["claims"].groupby("claim", sort=False)]
    trained = judged[judged["at_budget_outcome"] != ""]
    reasons = {reason for view in (FINAL, AT_BUDGET, LAST_STEP) for reason in judged[f"{view}reason"]}
    numbers = {
        "claims": sum(claim["source"] != OWN for claim in claims),
        "hypotheses": sum(claim["source"] == OWN for claim in claims),
        "sources": len({claim["source"] for claim in claims} - {OWN}),
        "trained": len(trained),
        "moving": int((trained["reason"] == STILL_MOVING).sum()),
        "more_flips": max(0, len(flips) - MOST_FLIPS),
    }
    return {
        "numbers": {name: str(number) for name, number in numbers.items()},
        "outcomes": [{"word": word, "outcome": outcome, "colour": COLOURS[outcome]} for outcome, word in WORDS.items()],
        "counts": _counts(claims),
        "claims": claims,
        "legend": [{"reason": name, "means": means} for code, (name, means) in REASONS.items() if code in reasons],
        "consistency": _consistency(tables["published_audit"]),
        "flips": [_flip(summary, i, row) for i, row in enumerate(flips.head(MOST_FLIPS).to_dict("records"))],
    }


def overall(outcomes: list[str]) -> str:
    """One outcome for a claim that several experiments judge: in part where those that decide it disagree."""
    decided = set(outcomes) & set(DECIDED)
    if decided:
        return decided.pop() if len(decided) == 1 else PARTIALLY
    return next(outcome for outcome in (INCONCLUSIVE, NOT_RUN, NOT_TESTABLE) if outcome in outcomes)


def _claim(rows: pd.DataFrame, parts: pd.DataFrame) -> dict[str, Any]:
    """A claim with its verdict over all, and in each experiment that judges some of it."""
    first, outcome = rows.iloc[0], overall(list(rows["outcome"]))
    return {
        "id": first["claim"],
        "source": first["source"],
        "document": SOURCES.get(first["source"], first["source"]),
        "place": first["place"],
        "says": first["says"],
        "note": first["note"],
        "by": _by(rows, parts, outcome),
        "refuted": bool((_decided(parts)["outcome"] == NOT_REPRODUCED).any()),
        "outcome": outcome,
        "text": WORDS[outcome],
        "verdicts": [_claim_verdict(row, parts, i == 0) for i, row in enumerate(rows.to_dict("records"))],
    }


def _by(rows: pd.DataFrame, parts: pd.DataFrame, outcome: str) -> str:
    """What can decide a claim, or PART. Runs that were not made decide nothing."""
    able = BY[max(rows["decided_by"], key=len)]
    waits = able == "both" and outcome in DECIDED and "runs" not in set(_decided(parts)["decided_by"])
    return PART if waits else able


def _decided(parts: pd.DataFrame) -> pd.DataFrame:
    return parts[(parts["role"] == PRIMARY) & parts["outcome"].isin(DECIDED)]


def _claim_verdict(row: Row, parts: pd.DataFrame, first: bool) -> dict[str, Any]:
    """The verdict of an experiment and why, by its primary parts; `at_this_budget` is None where it is no other.

    What no experiment has is said with the first of them.
    """
    counted = parts[parts["role"] == PRIMARY]
    here = counted[counted["experiment"].isin([row["experiment"], ""])].to_dict("records")
    same = all(part["at_budget_outcome"] == "" or short(part, AT_BUDGET) == short(part) for part in here)
    needs = [part for part in here if part["rule"] == "not-run"]
    others = int(row["parts"]) - len(here)
    whys = [
        why(here, FINAL),
        f"{others} in other experiments alone" if others else "",
        lacks(needs) if first and len(needs) < len(here) else "",
    ]
    budget = row["at_budget_outcome"]
    return {
        "experiment": row["experiment"],
        "label": experiment_label(row["experiment"]),
        "outcome": row["outcome"],
        "text": WORDS[row["outcome"]],
        "why": "; ".join(filter(None, whys)),
        "at_this_budget": None if same else {"outcome": budget, "text": WORDS[budget], "why": why(here, AT_BUDGET)},
    }


def _counts(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many claims computation and runs decide, with each outcome; never added up."""
    rows = []
    for by in BY.values():
        own = [claim["outcome"] for claim in claims if claim["by"] in ({by, PART} if by == "both" else {by})]
        cells = [{"id": f"decided/{by}/{o}", "outcome": o, "value": str(own.count(o))} for o in WORDS]
        rows += [{"by": by, "cells": cells}] if own else []
    return rows


def _consistency(table: pd.DataFrame) -> list[dict[str, str]]:
    """What is printed in the documents and cannot be what it is said to be."""
    found = table[table["outcome"] == "inconsistent"].to_dict("records")
    return [
        {"id": f"consistency/{i}", "about": f"{row['column'].partition(' (')[0]}: {row['method']}"}
        | {"check": row["check"], "detail": row["detail"]}
        for i, row in enumerate(found)
    ]


def _flip(summary: StudySummary, place: int, row: Row) -> dict[str, Any]:
    """Two ways to look at one part that give different verdicts."""
    compared = {"variant": "method", "measure": "measure"}.get(row["by"])  # its two names are in the sides
    names = [name for key in ("dataset", "method", "measure") if key != compared for name in row[key].split(", ")]
    return {
        "id": f"flip/{place}",
        "claim": row["claim"],
        "by": row["by"],
        "experiment": "" if row["by"] == "experiment" else experiment_label(row["experiment"]),
        "about": ", ".join(label(summary, name) for name in names if name),
        "sides": [
            {"name": label(summary, row[side]), "text": short(row, f"{side}_"), "outcome": row[f"{side}_outcome"]}
            for side in ("first", "second")
        ],
    }


def label(summary: StudySummary, name: str) -> str:
    """How a data set, variant, measure or experiment is named in print, or whatever else it is."""
    for kind in (summary.datasets, summary.variants, summary.measures):
        if name in kind:
            return kind[name].label
    return LABELS.get(name) or experiment_label(name)
