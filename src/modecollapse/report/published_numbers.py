"""Published numbers beside measured ones, what they say of each of the poster's tables, and the few on page 1."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from modecollapse.claims.parts import PRIMARY
from modecollapse.report import layout
from modecollapse.report.layout import NONE
from modecollapse.report.printed import experiment_label
from modecollapse.report.verdict_words import FINAL, REASONS, WORDS, Row, short, whole
from modecollapse.report.verdicts import elsewhere, label
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED
from modecollapse.study.summary import StudySummary

NUMBERS = {"verdict_level": "90", "prediction": "95"}  # percent: of intervals that decide, of the prediction interval
METHOD, RIVAL = "VEEGAN", "GAN"  # whose numbers page 1 is about, and what its poster compares it with
SIGNS = {"absolute": "±", "factor": "×", "odds": "odds ×"}
TABLES = {"V7": "V9", "V8": "V9"}  # the claim that is a table of numbers -> the claim of its caption


def page(summary: StudySummary, judged: pd.DataFrame, claims: list[dict[str, Any]]) -> dict[str, Any]:
    """The table of published numbers, those on page 1, and for each table of the poster whether it holds.

    judged: verdicts.csv as text; claims: those of `verdicts.page`.
    """
    values = judged[(judged["rule"] == "values") & (judged["role"] == PRIMARY)]
    run = values[values["n"] != ""]
    held = [name for name in protocols(summary) if name in set(run["experiment"])]
    shown = [name for name in held if name in layout.MAIN] or held[:1]
    rows, titles = [], []
    for _, own in run[run["experiment"].isin(shown)].groupby(["claim", "dataset", "measure"], sort=False):
        for method, of_method in own.groupby(own["part"].map(method_of), sort=False):
            rows.append(_row(summary, method, of_method, shown, titles))
    return {
        "protocols": [{"name": name, "label": experiment_label(name)} for name in shown],
        "rows": rows,
        "titles": titles,
        "few": _few(summary, run),
        "tables": [_answer(name, values, claims) for name in TABLES if name in set(values["claim"])],
        "lacking": str(len(set(values["part"].map(number_of)) - set(run["part"].map(number_of)))),
    }


def protocols(summary: StudySummary) -> list[str]:
    """The experiments in the order in which one stands for a variant: published recipes, matched, others."""
    return sorted(layout.experiments(summary), key=lambda name: {"published": 0, "matched": 1}.get(name, 2))


def method_of(part: str) -> str:
    """The method of a part `V7/matched/ring/veegan/modes/VEEGAN/0`."""
    return part.split("/")[-2]


def number_of(part: str) -> tuple[str, ...]:
    """Which published number a part is about, whatever experiment has it: claim, measure and method, and data set."""
    words = part.split("/")
    return words[0], words[2] if len(words) > 5 else words[1], *words[-3:-1]


def _row(summary: StudySummary, method: str, rows: pd.DataFrame, shown: list[str], titles: list[str]) -> dict[str, Any]:
    """A published number beside what other papers and each protocol measured; new titles are added to `titles`."""
    first, own = rows.iloc[0], {row["experiment"]: row for row in rows.to_dict("records")}
    others = []
    for other in elsewhere(first["remeasured"]):
        titles += [] if other["title"] in titles else [other["title"]]
        others.append({"value": _spread(other["printed"], other["spread"]), "title": titles.index(other["title"])})
    return {
        "id": f"verdict/{first['part']}",
        "group": f"{summary.datasets[first['dataset']].label}: {summary.measures[first['measure']].label}",
        "margin": f"{SIGNS[first['margin_kind']]} {float(first['margin']):.3g}",
        "method": method,
        "published": _spread(first["published"], first["published_spread"]),
        "elsewhere": others,
        "cells": [_cell(summary, own[name]) if name in own else None for name in shown],
    }


def _cell(summary: StudySummary, row: Row) -> dict[str, str]:
    """What was measured, with its interval and verdict."""
    places = summary.measures[row["measure"]].decimals
    mean, lower, upper = (_number(row[name], places) for name in ("estimate", "lower", "upper"))
    interval = mean if lower == NONE else f"{mean} [{lower}, {upper}]"
    return {"id": f"verdict/{row['part']}", "measured": interval, "n": whole(row["n"]), "outcome": row["outcome"]} | {
        "text": short(row, FINAL),
        "word": WORDS[row["outcome"]],
        "recipe": experiment_label(row["experiment"]),
    }


def _few(summary: StudySummary, run: pd.DataFrame) -> list[dict[str, Any]]:
    """The numbers that matter most, each in the protocol that comes first: METHOD's in the plane, and RIVAL's first."""
    order = {name: i for i, name in enumerate(protocols(summary))}
    methods = run["part"].map(method_of)
    plane = run["dataset"].isin([name for name, entry in summary.datasets.items() if list(entry.shape) == [2]])
    chosen = pd.concat([run[(methods == METHOD) & plane], run[methods == RIVAL].head(1)])
    chosen = chosen.sort_values("experiment", key=lambda names: names.map(order), kind="stable")
    chosen = chosen[~chosen["part"].map(number_of).duplicated()]
    place = {name: i for i, name in enumerate([*summary.datasets, *summary.measures])}
    chosen = chosen.sort_values(["dataset", "measure"], key=lambda names: names.map(place), kind="stable")
    return [
        _cell(summary, row)
        | {"published": _spread(row["published"], row["published_spread"]), "method": method_of(row["part"])}
        | {"place": label(summary, row["dataset"]), "about": _lowered(label(summary, row["measure"]))}
        for row in sorted(chosen.to_dict("records"), key=lambda row: method_of(row["part"]) == RIVAL)
    ]


def _answer(name: str, values: pd.DataFrame, claims: list[dict[str, Any]]) -> dict[str, Any]:
    """Whether a table of the poster holds: how many of its numbers do, of which those of METHOD, and its caption."""
    own = values[values["claim"] == name]
    counted = {"all": own, "method": own[own["part"].map(method_of) == METHOD]}
    known = {claim["id"]: claim for claim in claims}
    moving = Counter(reason for reason in own["reason"] if reason in REASONS).most_common(1)
    return {
        "id": name,
        "place": own["place"].iloc[0],
        "outcome": known[name]["outcome"],
        "counts": {key: _counted(f"table/{name}/{key}", rows) for key, rows in counted.items()},
        "reason": REASONS[moving[0][0]][1] if moving else "",
        "caption": {"id": TABLES[name]} | {key: known[TABLES[name]][key] for key in ("says", "outcome", "text")}
        if TABLES[name] in known
        else None,
    }


def _counted(place: str, rows: pd.DataFrame) -> dict[str, dict[str, str]]:
    """How many numbers there are, have runs, are reproduced in some protocol, in none though decided, or stay open."""
    by_number: dict[tuple[str, ...], set[str]] = {}
    for part, outcome in zip(rows["part"], rows["outcome"], strict=True):
        by_number.setdefault(number_of(part), set()).add(outcome)
    found = list(by_number.values())
    held = sum(REPRODUCED in outcomes for outcomes in found)
    refuted = sum(NOT_REPRODUCED in outcomes and REPRODUCED not in outcomes for outcomes in found)
    undecided = sum(INCONCLUSIVE in o and not {REPRODUCED, NOT_REPRODUCED} & o for o in found)
    numbers = {"published": len(found), "run": held + refuted + undecided}
    numbers |= {"held": held, "refuted": refuted, "open": undecided}
    return {name: {"id": f"{place}/{name}", "value": str(number)} for name, number in numbers.items()}


def _spread(printed: str, spread: str | None) -> str:
    return f"{printed} ± {spread}" if spread else printed


def _number(text: str, places: int) -> str:
    return f"{float(text):,.{places}f}".replace("inf", "∞") if text else NONE


def _lowered(text: str) -> str:
    """With a small first letter, unless it is an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
