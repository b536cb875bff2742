"""The verdicts of a study: a row for each part of each claim, with how far it depends on choices."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from modecollapse.claims import differences
from modecollapse.claims.arrival import drift_limit
from modecollapse.claims.beside_number import beside_number
from modecollapse.claims.claim_verdicts import claim_verdicts, counts
from modecollapse.claims.part_verdict import LAST, columns, decide, part_verdict
from modecollapse.claims.parts import Part, Scope
from modecollapse.claims.published_consistency import consistency_rows
from modecollapse.claims.reconciliation import reconciliation
from modecollapse.claims.registry import Registry
from modecollapse.claims.results import Results, View
from modecollapse.claims.reversals import reversals
from modecollapse.claims.rule import RUNS, Decision, Rule
from modecollapse.comparisons.endpoints import Support
from modecollapse.statistics import verdicts
from modecollapse.statistics.verdicts import NOT_RUN, IntervalVerdict, Verdict
from modecollapse.study.summary import StudySummary

# An outcome and a reason (a word of a fixed list) of the verdict, and of the verdicts beside it: at the budget that was
# run, with failed runs at their worst, at the last step alone, without failed runs.
BESIDE = ("at_budget", "worst_score", "final_step", "complete_case")
COLUMNS = [
    "claim", "part", "role", "rule", "decided_by", "source", "place", "experiment", "dataset", "variant", "against",
    "measure", "published", "published_spread", "n", "n_failed", "estimate", "lower", "upper", "oracle", "rounding",
    "margin", "margin_kind", "d_repro", "d_refute", "drift_lower", "drift_upper", "last_quarter", "outcome", "reason",
    "p", "seeds_needed", "steps", "work", "source_work", "recipe",
    *(f"{view}_{field}" for view in BESIDE for field in ("outcome", "reason")), "numbers", "remeasured",
    "by_original_runs", "registry",
]  # fmt: skip


def tables(
    summary: StudySummary, rows: pd.DataFrame, registry: Registry, checksum: str, support: Support
) -> dict[str, pd.DataFrame]:
    """Every table about claims by the name of its file; arguments as for `judge`."""
    judged = judge(summary, rows, registry, checksum, support)
    claims = claim_verdicts(judged, registry)
    made = {
        "verdicts.csv": judged,
        "claims.csv": claims,
        "verdict_counts.csv": counts(claims),
        "flips.csv": reversals(judged),
        "published_audit.csv": pd.DataFrame(consistency_rows(registry.values)),
    }
    if any(cell.experiment == differences.EXPERIMENT for cell in summary.cells):
        made[differences.TABLE] = reconciliation(Results(Scope(registry, summary, support), rows, ()))
    return made


def judge(
    summary: StudySummary, rows: pd.DataFrame, registry: Registry, checksum: str, support: Support
) -> pd.DataFrame:
    """The verdicts, columns COLUMNS, in the registry's order; `numbers`, `remeasured` and `by_original_runs` are JSON.

    rows: the tidy table; checksum: of the registry's file, which every row carries. p: the smallest level at which a
    decided verdict still holds. Raises StudyError as `comparisons.endpoints` does.
    """
    scope = Scope(registry, summary, support)
    parts = registry.parts(scope)
    names = {name for rule, part in parts for name in part.measures if not rule.reads_curves}
    results, told = Results(scope, rows, names), {"registry": checksum[:12]}
    return pd.DataFrame([_row(rule, part, results) | told for rule, part in parts], columns=COLUMNS)


def _row(rule: Rule, part: Part, results: Results) -> dict[str, Any]:
    """What the part is about, and what was decided of it."""
    claim, published = part.claim, part.published
    row = {"claim": claim.id, "part": part.id, "role": part.role, "rule": rule.kind, "decided_by": rule.decided_by}
    row |= {"source": claim.source, "place": claim.place, "experiment": part.experiment}
    row |= {"dataset": ", ".join(part.datasets), "measure": ", ".join(part.measures)}
    row |= {"variant": ", ".join(part.variants[:1]), "against": ", ".join(part.variants[1:])}
    row |= {"published": published.printed if published else ""}
    row |= {"published_spread": (published and published.spread) or ""}
    if part.missing:
        return row | _verdict_columns(Decision(IntervalVerdict(Verdict(NOT_RUN, part.missing)), dict(part.lacks)))
    if rule.decided_by != RUNS:
        return row | _verdict_columns(rule.decide(part, results, View()))
    return row | _trained(rule, part, results)


def _trained(rule: Rule, part: Part, results: Results) -> dict[str, Any]:
    """What the runs decide: the verdict beside those by other ways to look, and by other numbers than the published."""
    scope, moving = results.scope, drift_limit(part, results)
    found, cells = part_verdict(rule, part, results, moving), scope.cells(part)
    row = _verdict_columns(found.decision, **found.numbers) | columns(found.verdict)
    if found.at_budget.outcome not in verdicts.DECIDED:
        row |= {"p": None}
    row |= {"seeds_needed": found.at_budget.seeds, "n": found.n, "n_failed": found.failed}
    row |= {"steps": min(cell.steps for cell in cells)}
    row |= dict(zip(("work", "source_work"), scope.least_work(part), strict=True))
    last = decide(rule, part, results, LAST).found.verdict
    views = (found.at_budget, found.decision.found.verdict, last, found.complete)
    for view, verdict in zip(BESIDE, views, strict=True):
        row |= columns(verdict, f"{view}_")
    # A verdict is on the claim as the recipe of the first variant trains it.
    row |= {"recipe": next(cell.source for cell in cells if cell.variant == part.variants[0])}
    beside = beside_number(rule, part, results, moving) if part.published else {}
    return row | beside | {name: _json(beside.get(name)) for name in ("remeasured", "by_original_runs")}


def _verdict_columns(decision: Decision, **more: Any) -> dict[str, Any]:
    """The columns of a decision."""
    found = decision.found
    row = columns(found.verdict) | {"numbers": _json(decision.numbers | more)}
    row |= dict(zip(("lower", "upper"), found.interval or (None, None), strict=True))
    return row | {name: getattr(found, name) for name in ("estimate", "d_repro", "d_refute", "p")}


def _json(content: dict[str, Any] | list[Any] | None) -> str:
    """JSON in one line; "" where there is nothing."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False) if content else ""
