"""Where a choice of ours reverses a verdict: endpoint, failed runs, experiment, variant or measure."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pandas as pd

from modecollapse.statistics.verdicts import INCONCLUSIVE, PARTIALLY

COLUMNS = ["claim", "experiment", "by", "dataset", "method", "measure"]
COLUMNS += ["first", "first_outcome", "first_reason", "second", "second_outcome", "second_reason"]
# Within a part: the name of the other column of the verdicts, and how it and the primary one are called.
WITHIN = {
    "endpoint": ("final_step", "last tenth", "last step"),
    "failed runs": ("complete_case", "worst score", "left out"),
}
SAME = ["claim", "rule", "published", "published_spread"]
# Between parts of a claim: what those have in common that differ by ... alone.
ALIKE = {
    "experiment": [*SAME, "dataset", "variant", "against", "measure"],
    "variant": [*SAME, "dataset", "experiment", "against", "measure"],
    "against": [*SAME, "dataset", "experiment", "variant", "measure"],
    "measure": ["claim", "rule", "dataset", "experiment", "variant", "against"],
}


def reversals(judged: pd.DataFrame) -> pd.DataFrame:
    """The pairs of verdicts at the budget that was run which are both decided, and differently; columns COLUMNS.

    By the endpoint and by failed runs within a part; by experiment, by variant standing for the same method, by the
    opponents and by measure between parts of one claim that differ in nothing else.
    """
    trained = judged[judged["at_budget_outcome"].notna()]
    rows = []
    for row in trained.to_dict("records"):
        for by, (column, first, second) in WITHIN.items():
            rows += _reversed(row, by, (first, row, "worst_score"), (second, row, column))
    for by, same in ALIKE.items():
        # Published numbers of two measures are two statements.
        chosen = trained[trained["rule"] != "values"] if by == "measure" else trained
        for _, group in chosen.groupby(same, sort=False):
            for one, other in combinations(group.to_dict("records"), 2):
                rows += _reversed(one, by, (one[by], one, "at_budget"), (other[by], other, "at_budget"))
    return pd.DataFrame(rows, columns=COLUMNS)


def _reversed(row: dict[str, Any], by: str, *sides: tuple[str, dict[str, Any], str]) -> list[dict[str, Any]]:
    """A row of the table where two verdicts, each a name, a row of the verdicts and a column there, are opposed."""
    found = [(side[f"{column}_outcome"], side[f"{column}_reason"]) for _, side, column in sides]
    outcomes = {outcome for outcome, _ in found}
    if {INCONCLUSIVE, PARTIALLY} & outcomes or found[0] == found[1]:
        return []
    about = {name: row[name] for name in ("claim", "experiment", "dataset", "measure")} | {"method": row["variant"]}
    reversal = about | {"by": by}
    for which, (name, _, _), (outcome, reason) in zip(("first", "second"), sides, found, strict=True):
        reversal |= {which: name, f"{which}_outcome": outcome, f"{which}_reason": reason}
    return [reversal]
