"""The verdicts on whole claims, from those on their parts, and how many of each document have which outcome."""

from __future__ import annotations

import json

import pandas as pd

from modecollapse.claims.registry import Registry
from modecollapse.claims.rules.share import OCCURRENCE
from modecollapse.statistics.verdicts import OUTCOMES, REPRODUCED, of_set

COLUMNS = ["claim", "source", "place", "says", "note", "experiment", "decided_by", "parts"]
COLUMNS += ["outcome", "at_budget_outcome", "numbers"]


def claim_verdicts(judged: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """A row for each claim and experiment that judges some of it, columns COLUMNS.

    judged: what `judge` returned. Parts that no experiment has count in each; a claim without any others comes once.
    decided_by: `computation`, `runs`, both, or none where no part is decided; numbers: JSON, the parts by outcome.
    """
    rows = []
    for claim in registry.claims:
        own = judged[judged["claim"] == claim.id]
        nowhere = own["experiment"] == ""
        for experiment in [name for name in own["experiment"].unique() if name] or [""]:
            here = own[nowhere | (own["experiment"] == experiment)]
            parts = _outcomes(here, here["outcome"])
            at_budget = here["at_budget_outcome"].where(here["at_budget_outcome"].notna(), here["outcome"])
            row = {"claim": claim.id, "source": claim.source, "place": claim.place, "says": claim.says}
            row |= {"note": claim.note, "experiment": experiment, "parts": len(here)}
            row |= {"decided_by": ", ".join(sorted({*here["decided_by"]} & {"computation", "runs"}))}
            computed, alpha = [0.0] * len(here), registry.settings.alpha
            row |= {"outcome": of_set(parts, computed, alpha).outcome}
            row |= {"at_budget_outcome": of_set(_outcomes(here, at_budget), computed, alpha).outcome}
            rows.append(row | {"numbers": json.dumps({o: parts.count(o) for o in OUTCOMES if o in parts})})
    return pd.DataFrame(rows, columns=COLUMNS)


def counts(claims: pd.DataFrame) -> pd.DataFrame:
    """How many claims of each document have which outcome, an experiment at a time; a row each, all outcomes shown."""
    table = pd.crosstab([claims["source"], claims["experiment"]], claims["outcome"])
    return table.reindex(columns=list(OUTCOMES), fill_value=0).rename_axis(columns=None).reset_index()


def _outcomes(rows: pd.DataFrame, outcomes: pd.Series) -> list[str]:
    """The outcomes of the parts of a claim; of a claim that something occurs, one where it did."""
    occurs = (rows["rule"] == OCCURRENCE).to_numpy()
    if not (outcomes[occurs] == REPRODUCED).any():
        return outcomes.tolist()
    return [REPRODUCED, *outcomes[~occurs]]
