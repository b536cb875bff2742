"""Verdicts taken together, computed again from the rows of verdicts.csv: by claim, in counts, and where they flip."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

from modecollapse.audit.again.tables.compare import Number, Table
from modecollapse.audit.again.verdicts.words import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    NOT_TESTABLE,
    OUTCOMES,
    PARTIALLY,
    REPRODUCED,
    Verdict,
)

Row = dict[str, Any]
CLAIMS = ["claim", "source", "place", "says", "note", "experiment", "parts"]
CLAIMS += ["verdict", "outcome", "at_this_budget", "outcome_at_this_budget"]
FLIPS = ["claim", "experiment", "by", "dataset", "method", "measure", "first", "first_verdict", "second"]
FLIPS += ["second_verdict"]
COUNTED = ["source", "experiment"]
ALIKE = {
    "experiment": ("claim", "rule", "published", "dataset", "variant", "measure"),
    "variant": ("claim", "rule", "published", "dataset", "experiment", "measure"),
    "measure": ("claim", "rule", "dataset", "experiment", "variant"),
}


def tables(rows: list[Row], claims: dict[str, Any]) -> list[Table]:
    """claims.csv, verdict_counts.csv and flips.csv as they follow from the rows of verdicts.csv."""
    of_claims = claim_rows(rows, claims)
    return [
        Table("tables/claims.csv", CLAIMS, ["claim", "experiment"], of_claims),
        Table(
            "tables/verdict_counts.csv",
            ["source", "experiment", *OUTCOMES],
            ["source", "experiment"],
            counts(of_claims),
        ),
        Table("tables/flips.csv", FLIPS, FLIPS[:7] + FLIPS[8:9], flips(rows)),
    ]


def claim_rows(rows: list[Row], claims: dict[str, Any]) -> list[Row]:
    """A row for each claim and experiment; parts that no experiment has count in each."""
    found = []
    for claim in claims["claims"]:
        own = [row for row in rows if row["claim"] == claim["id"]]
        for experiment in dict.fromkeys(row["experiment"] for row in own if row["experiment"]) or [""]:
            here = [row for row in own if row["experiment"] in ("", experiment)]
            verdict = of_set(_once([row["outcome"] for row in here], here))
            at_budget = of_set(_once([_outcome(row["at_this_budget"] or row["verdict"]) for row in here], here))
            told = {"claim": claim["id"], "note": claim.get("note", ""), "experiment": experiment}
            told |= {key: claim[key] for key in ("source", "place", "says")} | {"parts": Number(len(here))}
            told |= {"verdict": verdict.text, "outcome": verdict.outcome}
            found.append(told | {"at_this_budget": at_budget.text, "outcome_at_this_budget": at_budget.outcome})
    return found


def of_set(outcomes: list[str]) -> Verdict:
    """The verdict on a claim with these parts, and how many have which outcome."""
    counted = Counter(outcomes)
    reason = ", ".join(f"{counted[one]} {one}" for one in OUTCOMES if counted[one]) if len(outcomes) > 1 else ""
    decided = set(outcomes) - {NOT_RUN, NOT_TESTABLE} or set(outcomes)
    if len(counted) == 1:
        return Verdict(outcomes[0], reason)
    if REPRODUCED in decided:
        return Verdict(PARTIALLY, reason)
    ranking = (NOT_REPRODUCED, PARTIALLY, INCONCLUSIVE, NOT_RUN, NOT_TESTABLE)
    return Verdict(next(one for one in ranking if one in decided), reason)


def counts(claims: list[Row]) -> list[Row]:
    """How many claims of each document and experiment have which outcome, sorted by both."""
    groups: dict[tuple[str, str], Counter] = {}
    for row in claims:
        groups.setdefault((row["source"], row["experiment"]), Counter())[row["outcome"]] += 1
    return [
        {"source": source, "experiment": experiment, **{one: Number(counted[one]) for one in OUTCOMES}}
        for (source, experiment), counted in sorted(groups.items())
    ]


def flips(rows: list[Row]) -> list[Row]:
    """Where two ways to look at the same runs, or two parts that differ in one thing, are decided differently."""
    trained, found = [row for row in rows if row["at_this_budget"]], []
    for row in trained:
        for way, column, names in (
            ("endpoint", "final_step", ("window", "final step")),
            ("failed runs", "complete_case", ("worst score", "left out")),
        ):
            found += _flip(row, way, names, (row["worst_score"], row[column]))
    for way, same in ALIKE.items():
        groups: dict[tuple, list[Row]] = {}
        for row in trained:
            if way != "measure" or row["rule"] != "values":
                groups.setdefault(tuple(row[key] for key in same), []).append(row)
        for first, second in (pair for group in groups.values() for pair in combinations(group, 2)):
            texts = first["at_this_budget"], second["at_this_budget"]
            found += _flip(first, way, (first[way], second[way]), texts)
    return found


def _flip(row: Row, way: str, names: tuple[str, str], texts: tuple[str, str]) -> list[Row]:
    outcomes = {_outcome(text) for text in texts}
    opposed = len(outcomes) > 1 or (texts[0] != texts[1] and outcomes == {NOT_REPRODUCED})
    if not opposed or outcomes & {INCONCLUSIVE, PARTIALLY}:
        return []
    told = {key: row[key] for key in ("claim", "experiment", "dataset", "measure")} | {"method": row["variant"]}
    told |= {"by": way, "first": names[0], "first_verdict": texts[0]}
    return [told | {"second": names[1], "second_verdict": texts[1]}]


def _once(outcomes: list[str], rows: list[Row]) -> list[str]:
    """Of a claim that something occurs, one part where it did: once is enough."""
    occurs = [row["rule"] == "occurrence" for row in rows]
    rest = [outcome for outcome, is_one in zip(outcomes, occurs, strict=True) if not is_one]
    shown = any(is_one and outcome == REPRODUCED for outcome, is_one in zip(outcomes, occurs, strict=True))
    return [REPRODUCED, *rest] if shown else outcomes


def _outcome(text: str) -> str:
    return text.partition("(")[0]
