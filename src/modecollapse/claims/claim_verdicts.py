"""The verdicts on whole claims, from those on their parts, and how many of each document have which outcome."""

from __future__ import annotations

import json

import pandas as pd

from modecollapse.claims.parts import PRIMARY
from modecollapse.claims.registry import Registry
from modecollapse.claims.rules.share import OCCURRENCE
from modecollapse.statistics.verdicts import NOT_RUN, OUTCOMES, REPRODUCED, Verdict, of_set

COLUMNS = ["claim", "source", "place", "says", "note", "experiment", "decided_by", "parts"]
COUNTED = ["source", "experiment", "decided_by"]
COLUMNS += ["outcome", "at_budget_outcome", "numbers"]


def claim_verdicts(judged: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """A row for each claim and experiment that judges some of it, columns COLUMNS.

    judged: what `judge` returned, of which only the primary parts count. Parts that no experiment has count in each,
    and those that only another experiment has are NOT_RUN; a claim without any parts of an experiment comes once.
    decided_by: `computation`, `runs`, `computation, runs` where it has parts of both, or "" where nothing decides it;
    numbers: JSON, the parts by outcome.
    """
    rows = []
    for claim in registry.claims:
        own = judged[(judged["claim"] == claim.id) & (judged["role"] == PRIMARY)]
        nowhere = own["experiment"] == ""
        # A test of a claim is on data and measures, and of a method's number or the n-th of the claim.
        about = own["dataset"] + own["measure"] + own["part"].str.split("/").str[-2:].str.join("/")
        for experiment in [name for name in own["experiment"].unique() if name] or [""]:
            known = nowhere | (own["experiment"] == experiment)
            elsewhere = ~known & ~about.isin(about[known]) & ~about.duplicated()
            here = own[known | elsewhere]
            outcomes = here["outcome"].where(known, NOT_RUN)
            at_budget = here["at_budget_outcome"].where(known & here["at_budget_outcome"].notna(), outcomes)
            row = {"claim": claim.id, "source": claim.source, "place": claim.place, "says": claim.says}
            row |= {"note": claim.note, "experiment": experiment, "parts": len(here)}
            row |= {"decided_by": ", ".join(sorted({*here["decided_by"]} & {"computation", "runs"}))}
            for column, found in (("outcome", outcomes), ("at_budget_outcome", at_budget)):
                row[column] = _of_claim(here, found, registry.settings.alpha, claim.holds).outcome
            counted = outcomes.value_counts()
            rows.append(row | {"numbers": json.dumps({o: int(counted[o]) for o in OUTCOMES if o in counted})})
    return pd.DataFrame(rows, columns=COLUMNS)


def counts(claims: pd.DataFrame) -> pd.DataFrame:
    """How many claims have which outcome, by document, experiment and what decides them; all outcomes shown.

    A claim with parts of both kinds is in a row of its own, `computation, runs`, and so in neither of the two sums.
    """
    table = pd.crosstab([claims[name] for name in COUNTED], claims["outcome"])
    return table.reindex(columns=list(OUTCOMES), fill_value=0).rename_axis(columns=None).reset_index()


def _of_claim(rows: pd.DataFrame, outcomes: pd.Series, alpha: float, holds: str) -> Verdict:
    """The verdict from the outcomes of a claim's parts; those that say that something occurs are one where it did."""
    ps = pd.to_numeric(rows["p"]).fillna(1.0)
    parts = list(zip(outcomes, ps, rows["rule"] == OCCURRENCE, strict=True))
    seen = [(outcome, p) for outcome, p, occurs in parts if occurs and outcome == REPRODUCED]
    kept = [min(seen, key=lambda part: part[1])] if seen else []
    kept += [(outcome, p) for outcome, p, occurs in parts if not (seen and occurs)]
    return of_set([outcome for outcome, _ in kept], [p for _, p in kept], alpha, holds)
