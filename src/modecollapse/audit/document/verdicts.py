"""Verdicts, claims, the checks of the published tables: what the tables of `judge` hold, and counts of their rows."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.document import format as form
from modecollapse.audit.document.sources import Entries, Source
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, NOT_TESTABLE, PARTIALLY, REPRODUCED

OUTCOMES = (REPRODUCED, NOT_REPRODUCED, PARTIALLY, INCONCLUSIVE, NOT_TESTABLE, NOT_RUN)
SHORT = "(short_budget"
PRINTED_FLIPS = 24  # `report.verdicts` leaves the others to flips.csv
ZONE = "the margin at which the verdict would change, from the interval of the mean"


def entries(bundle: Bundle) -> Entries:
    """Every number of the section on claims and verdicts."""
    names = ("verdicts", "claims", "verdict_counts", "flips", "published_audit")
    tables = {name: bundle.table(f"{name}.csv") for name in names}
    judged, claims = tables["verdicts"], tables["claims"]
    settings = bundle.registry["settings"]
    yield from _counts(claims, tables["verdict_counts"])
    yield from _totals(judged, claims, tables["flips"], settings["alpha"])
    for row in judged.to_dict("records"):
        if row["rule"] == "values" and row["n"]:
            yield from _value(bundle, row)
    for claim, rows in claims.groupby("claim", sort=False):
        yield from _claim(claim, rows, judged[judged["claim"] == claim])
    yield from _checks(tables["published_audit"])
    yield from _flips(bundle, tables["flips"])
    notes = judged["remeasured"].str.count("; ").add(2).sum()
    told = " ".join([*judged["remeasured"], *judged["final_step"]])
    for mark in _marks()[: int(notes)]:
        yield f"verdicts/note/{mark}", Source("tables/verdicts.csv", mark, "remeasured", "a note", among=told)


def _marks() -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [*letters, *(first + second for first in letters for second in letters)]


def _totals(judged: pd.DataFrame, claims: pd.DataFrame, flips: pd.DataFrame, alpha: float) -> Entries:
    trained, values = judged[judged["at_this_budget"] != ""], judged[judged["rule"] == "values"]
    counted = {
        "claims": ("claims", claims["claim"].nunique()),
        "verdicts": ("claims", len(claims)),
        "sources": ("claims", claims["source"].nunique()),
        "trained": ("verdicts", len(trained)),
        "short": ("verdicts", sum(SHORT in text for text in trained["verdict"])),
        "values": ("verdicts", len(values)),
        "values_not_run": ("verdicts", int((values["n"] == "").sum())),
        "flips": ("flips", len(flips)),
        "more_flips": ("flips", max(0, len(flips) - PRINTED_FLIPS)),
    }
    for name, (table, number) in counted.items():
        yield f"verdicts/{name}", Source(f"tables/{table}.csv", "", name, "a count of rows", str(number))
    for name, tails in (("level", 2), ("prediction", 1)):
        text = f"{100 * (1 - tails * alpha):g}"
        yield f"verdicts/{name}", Source("claims.yaml", "settings", "alpha", "percent, from alpha", text)


def _counts(claims: pd.DataFrame, counts: pd.DataFrame) -> Entries:
    """Counted again in claims.csv; verdict_counts.csv says only which rows there are."""
    words = "a count of the verdicts with this outcome"
    for outcome in OUTCOMES:
        every = str(int((claims["outcome"] == outcome).sum()))
        yield f"count/all/{outcome}", Source("tables/claims.csv", "", "outcome", words, every)
        for row in counts.to_dict("records"):
            own = (claims["source"] == row["source"]) & (claims["experiment"] == row["experiment"])
            number = str(int((own & (claims["outcome"] == outcome)).sum()))
            where = f"{row['source']}/{row['experiment']}"
            yield f"count/{where}/{outcome}", Source("tables/claims.csv", where, "outcome", words, number)


def _value(bundle: Bundle, row: dict[str, str]) -> Entries:
    """A published number beside what was measured."""
    places, file, part = bundle.facts["measures"][row["measure"]]["decimals"], "tables/verdicts.csv", row["part"]

    def number(name: str) -> str:
        return form.fixed(row[name], places, comma=True) if row[name] else form.NONE

    mean = form.within(*(row[name] for name in ("estimate", "lower", "upper")), places, comma=True)
    factor, _, margin = row["margin"].rpartition("factor ")
    shown = {
        "published": (row["published"], "as published"),
        "measured": (mean, f"mean of the runs' endpoints with its 90% interval, rounded to {places} decimals"),
        "n": (form.whole(row["n"]), "number of runs"),
        "margin": (f"× {margin}" if "factor" in row["margin"] else f"± {float(margin):.3g}", "the declared margin"),
        "d_repro": (number("d_repro"), ZONE),
        "d_refute": (number("d_refute"), ZONE),
    }
    column = {"measured": "estimate"}
    for field, (text, words) in shown.items():
        yield f"verdict/{part}/{field}", Source(file, part, column.get(field, field), words, text, key=("part", part))
    for i in range(row["remeasured"].count(": ")):
        source = Source(file, part, "remeasured", "as measured in another paper", among=row["remeasured"])
        yield f"verdict/{part}/elsewhere/{i}", source
    budget = Source(file, part, "at_this_budget", "the verdict", among=row["at_this_budget"], key=("part", part))
    yield f"verdict/{part}/at_this_budget", budget


def _claim(claim: str, rows: pd.DataFrame, parts: pd.DataFrame) -> Entries:
    first, file, key = rows.iloc[0], "tables/claims.csv", ("claim", claim)
    yield f"claim/{claim}", Source(file, claim, "claim", "the claim's id", claim, key=key)
    for field in ("says", "note"):
        yield f"claim/{claim}/{field}", Source(file, claim, field, "the claim in our words", first[field], key=key)
    yield f"claim/{claim}/where", Source(file, claim, "place", "where it is made", among=_all(first), key=key)
    words = "how many tests of the claim came to which verdict, and why"
    for experiment in rows["experiment"]:
        own = parts[parts["experiment"].isin([experiment, ""])]
        columns = [own[name] for name in ("verdict", "at_this_budget", "reason")]
        # A count is no larger than the number of tests.
        among = " ".join([*(text for column in columns for text in column), *map(str, range(1, len(own) + 1))])
        where = f"{claim}/{experiment}"
        for field in ("why", "at_this_budget"):
            source = Source("tables/verdicts.csv", where, "verdict", words, among=among, key=key)
            yield f"claim/{where}/{field}", source


def _all(row: pd.Series) -> str:
    return " ".join(map(str, row))


def _checks(table: pd.DataFrame) -> Entries:
    """What the checks of the published tables found, numbered within a check."""
    file, words, seen = "tables/published_audit.csv", "what a check of the published table finds", Counter()
    for _, row in table.iterrows():
        id = f"audit/{row['outcome']}/{row['check']}"
        place = f"{id}/{seen[id]}"
        if not seen[id]:
            for head in (id, f"{id}/column", f"{id}/begins"):
                yield head, Source(file, id, "detail", words, among=_all(row))
        yield place, Source(file, place, "detail", words, among=row["detail"])
        yield f"{place}/about", Source(file, place, "column", words, among=_all(row))
        seen[id] += 1


def _flips(bundle: Bundle, table: pd.DataFrame) -> Entries:
    file, words = "tables/flips.csv", "two ways to look at a test that end in different verdicts"
    labels = {n: e["label"] for kind in ("datasets", "variants", "measures") for n, e in bundle.facts[kind].items()}
    for i, row in table.iterrows():
        among = " ".join([_all(row), *(labels.get(text, "") for cell in row for text in str(cell).split(", "))])
        for part in ("", "/about", "/0", "/1", "/0/name", "/1/name"):
            yield f"flip/{i}{part}", Source(file, str(i), "by", words, among=among, key=("claim", row["claim"]))
