"""The verdicts of a study: a row for each part of each claim, with how far it depends on choices."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.claims.claim_verdicts import claim_verdicts, counts
from modecollapse.claims.parts import Part, Scope
from modecollapse.claims.published_consistency import consistency_rows
from modecollapse.claims.registry import Registry
from modecollapse.claims.results import Results, View
from modecollapse.claims.reversals import reversals
from modecollapse.claims.rule import Decision
from modecollapse.comparisons.endpoints import FINAL, Support
from modecollapse.statistics import verdicts
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_RUN, Verdict
from modecollapse.study.summary import StudySummary

# An outcome and a reason (a word of a fixed list) of the verdict, and of the verdicts beside it: at the budget that was
# run, with failed runs at their worst, at the last step alone, without failed runs.
BESIDE = ("at_budget", "worst_score", "final_step", "complete_case")
COLUMNS = [
    "claim", "part", "rule", "decided_by", "source", "place", "experiment", "dataset", "variant", "against", "measure",
    "published", "published_spread", "n", "n_failed", "estimate", "lower", "upper", "oracle", "rounding", "margin",
    "margin_kind", "d_repro", "d_refute", "outcome", "reason", "seeds_needed", "steps", "reference_steps", "recipe",
    *(f"{view}_{field}" for view in BESIDE for field in ("outcome", "reason")), "numbers", "remeasured", "registry",
]  # fmt: skip
BLOWUP = "loss_blowup"  # a claim about it counts failures, so it has no answer without them


def tables(
    summary: StudySummary, rows: pd.DataFrame, registry: Registry, checksum: str, support: Support
) -> dict[str, pd.DataFrame]:
    """Every table about claims by the name of its file; arguments as for `judge`."""
    judged = judge(summary, rows, registry, checksum, support)
    claims = claim_verdicts(judged, registry)
    return {
        "verdicts.csv": judged,
        "claims.csv": claims,
        "verdict_counts.csv": counts(claims),
        "flips.csv": reversals(judged),
        "published_audit.csv": pd.DataFrame(consistency_rows(registry.values)),
    }


def judge(
    summary: StudySummary, rows: pd.DataFrame, registry: Registry, checksum: str, support: Support
) -> pd.DataFrame:
    """The verdicts, columns COLUMNS, in the registry's order. `numbers` and `remeasured` are JSON.

    rows: the tidy table; checksum: of the registry's file, which every row carries. Raises StudyError as
    `comparisons.endpoints` does.
    """
    scope = Scope(registry, summary, support)
    parts = scope.parts()
    names = {name for part in parts for name in part.measures if not part.test.reads_curves}
    results = Results(scope, rows, names)
    return pd.DataFrame([_row(part, results) | {"registry": checksum[:12]} for part in parts], columns=COLUMNS)


def _row(part: Part, results: Results) -> dict[str, Any]:
    """What the part is about, and what was decided of it."""
    claim, test, published = part.claim, part.test, part.published
    row = {"claim": claim.id, "part": part.id, "rule": test.kind, "decided_by": test.decided_by}
    row |= {"source": claim.source, "place": claim.place, "experiment": part.experiment}
    row |= {"dataset": ", ".join(part.datasets), "measure": ", ".join(part.measures)}
    row |= {"variant": ", ".join(part.variants[:1]), "against": ", ".join(part.variants[1:])}
    row |= {
        "published": published.printed if published else "",
        "published_spread": (published and published.spread) or "",
    }
    if part.missing:
        return row | _verdict_columns(Decision(Verdict(NOT_RUN, part.missing), numbers=dict(part.lacks)))
    if not part.is_run:
        return row | _verdict_columns(test.decide(part, results, View()))
    return row | _trained(part, results)


def _trained(part: Part, results: Results) -> dict[str, Any]:
    """What the runs decide: by the primary endpoint, limited by the budget, beside the other ways to look."""
    summary, counted = results.scope.summary, BLOWUP not in part.measures
    last = View(endpoint=FINAL)
    cells = [results.runs(last, part.experiment, d, v, part.measures[-1]) for d in part.datasets for v in part.variants]
    n, failed = min(map(len, cells)), sum(int(cell["failed"].sum()) for cell in cells)
    decided, numbers = _decide(part, results, View()), {}
    complete = _decide(part, results, View(failures=False)).verdict if counted and failed else decided.verdict
    at_budget = decided.verdict
    if counted and any(len(cell) and cell["failed"].all() for cell in cells) and not part.test.counts_events:
        at_budget = Verdict(INCONCLUSIVE, verdicts.ALL_FAILED)
    elif n < (planned := len(summary.seeds_of(part.experiment))) and not part.test.counts_events:
        at_budget, numbers = Verdict(INCONCLUSIVE, verdicts.UNDEFINED), {"lost": planned - n}
    elif not complete.agrees(decided.verdict):
        at_budget = Verdict(INCONCLUSIVE, verdicts.FAILURES)
    cell = results.scope.least_trained(part)
    verdict = at_budget
    if cell.reference_steps is None:
        verdict = Verdict(INCONCLUSIVE, verdicts.NO_REFERENCE)
    elif cell.steps < cell.reference_steps:
        verdict = Verdict(INCONCLUSIVE, verdicts.SHORT_BUDGET)
    beside = (at_budget, decided.verdict, _decide(part, results, last).verdict, complete)
    row = _verdict_columns(decided, **numbers) | {"outcome": verdict.outcome, "reason": verdict.reason}
    row |= {"seeds_needed": at_budget.seeds, "n": n, "n_failed": failed}
    row |= {"steps": cell.steps, "reference_steps": cell.reference_steps}
    for name, one in zip(BESIDE, beside, strict=True):
        row |= {f"{name}_outcome": one.outcome, f"{name}_reason": one.reason}
    # A verdict is on the claim as the recipe of the first variant trains it.
    key = (part.experiment, part.datasets[0], part.variants[0])
    row |= {"recipe": next(c.source for c in summary.cells if c.key == key)}
    row |= part.test.beside(part, results)
    return row | {"remeasured": _json(row.get("remeasured"))}


def _decide(part: Part, results: Results, view: View) -> Decision:
    """The rule's verdict, open where it averages and a value is infinite."""
    values = [own for measure in part.measures for own in results.of_variants(part, view, measure)]
    if part.test.averages and any(np.isinf(own).any() for own in values):
        return Decision(Verdict(INCONCLUSIVE, verdicts.FAILURES))
    return part.test.decide(part, results, view)


def _verdict_columns(decision: Decision, **more: Any) -> dict[str, Any]:
    """The columns of a decision."""
    verdict = decision.verdict
    row = {"outcome": verdict.outcome, "reason": verdict.reason, "numbers": _json(decision.numbers | more)}
    return row | {name: getattr(decision, name) for name in ("estimate", "lower", "upper", "d_repro", "d_refute")}


def _json(content: dict[str, Any] | list[Any] | None) -> str:
    """JSON in one line; "" where there is nothing."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False) if content else ""
