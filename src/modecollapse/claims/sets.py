"""Verdicts taken together: on whole claims, in counts by document, and where a choice of ours turns one round."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from modecollapse.claims.judge import OCCURS
from modecollapse.claims.registry import Registry
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, OUTCOMES, PARTIALLY, REPRODUCED, of_set

CLAIM_COLUMNS = ["claim", "source", "place", "says", "note", "experiment", "parts"]
CLAIM_COLUMNS += ["verdict", "outcome", "at_this_budget", "outcome_at_this_budget"]
FLIP_COLUMNS = [
    "claim",
    "experiment",
    "by",
    "dataset",
    "method",
    "measure",
    "first",
    "first_verdict",
    "second",
    "second_verdict",
]
# What two parts of a claim have in common that differ by ... alone.
ALIKE = {
    "experiment": ["claim", "rule", "published", "dataset", "variant", "measure"],
    "variant": ["claim", "rule", "published", "dataset", "experiment", "measure"],
    "measure": ["claim", "rule", "dataset", "experiment", "variant"],
}


def claim_verdicts(judged: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """A row for each claim and experiment that judges some of it, columns CLAIM_COLUMNS.

    judged: what `judge` returned. Parts that no experiment has count in each; a claim without any others comes once.
    """
    rows = []
    for claim in registry.claims:
        own = judged[judged["claim"] == claim.id]
        nowhere = own["experiment"] == ""
        for experiment in [name for name in own["experiment"].unique() if name] or [""]:
            here = own[nowhere | (own["experiment"] == experiment)]
            verdict, at_budget = of_set(_outcomes(here, here["outcome"])), of_set(_outcomes(here, _at_budget(here)))
            row = {"claim": claim.id, "source": claim.source, "place": claim.place, "says": claim.says}
            row |= {"note": claim.note, "experiment": experiment, "parts": len(here)}
            row |= {"verdict": verdict.text, "outcome": verdict.outcome}
            rows.append(row | {"at_this_budget": at_budget.text, "outcome_at_this_budget": at_budget.outcome})
    return pd.DataFrame(rows, columns=CLAIM_COLUMNS)


def counts(claims: pd.DataFrame) -> pd.DataFrame:
    """How many claims of each document have which outcome, an experiment at a time; a row each, all outcomes shown."""
    table = pd.crosstab([claims["source"], claims["experiment"]], claims["outcome"])
    return table.reindex(columns=list(OUTCOMES), fill_value=0).rename_axis(columns=None).reset_index()


def flips(judged: pd.DataFrame) -> pd.DataFrame:
    """Where two ways to look give opposite or differently certain verdicts at the budget that was run.

    By the endpoint and by failed runs within a part; by experiment, by variant standing for the same method and by
    measure between parts of one claim that differ in nothing else. Only pairs in which one is reproduced or refuted and
    the other is another verdict than INCONCLUSIVE. Columns FLIP_COLUMNS.
    """
    trained = judged[judged["at_this_budget"].notna()]
    rows = []
    for row in trained.to_dict("records"):
        for way, column in (("endpoint", "final_step"), ("failed runs", "complete_case")):
            if _opposed(row["worst_score"], row[column]):
                names = ("window", "final step") if way == "endpoint" else ("worst score", "left out")
                rows.append(_about(row) | _pair(way, names, (row["worst_score"], row[column])))
    for way, same in ALIKE.items():
        # Published numbers of two measures are two statements.
        chosen = trained[trained["rule"] != "values"] if way == "measure" else trained
        for _, group in chosen.groupby(same, sort=False):
            for first, second in combinations(group.to_dict("records"), 2):
                texts = first["at_this_budget"], second["at_this_budget"]
                if _opposed(*texts):
                    rows.append(_about(first) | _pair(way, (first[way], second[way]), texts))
    return pd.DataFrame(rows, columns=FLIP_COLUMNS)


def _outcomes(rows: pd.DataFrame, outcomes: pd.Series) -> list[str]:
    """The outcomes of the parts of a claim; of a claim that something occurs, one where it did."""
    occurs = (rows["rule"] == OCCURS).to_numpy()
    if not (outcomes[occurs] == REPRODUCED).any():
        return outcomes.tolist()
    return [REPRODUCED, *outcomes[~occurs]]


def _about(row: dict[str, str]) -> dict[str, str]:
    return {name: row[name] for name in ("claim", "experiment", "dataset", "measure")} | {"method": row["variant"]}


def _pair(way: str, names: tuple[str, str], texts: tuple[str, str]) -> dict[str, str]:
    first, second = names
    return {"by": way, "first": first, "first_verdict": texts[0], "second": second, "second_verdict": texts[1]}


def _opposed(first: str, second: str) -> bool:
    """Whether two verdicts are both decided, and differently."""
    if first == second or {INCONCLUSIVE, PARTIALLY} & {_outcome(first), _outcome(second)}:
        return False
    return _outcome(first) != _outcome(second) or _outcome(first) == NOT_REPRODUCED


def _outcome(text: str) -> str:
    return text.split("(")[0]


def _at_budget(rows: pd.DataFrame) -> pd.Series:
    """The outcomes at the budget that was run, of parts that no run decides their only one."""
    texts = rows["at_this_budget"].astype(object)
    return texts.where(texts.notna(), rows["verdict"]).map(_outcome)
