"""Which verdicts a study can reach, from its plan alone: printed before compute is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from modecollapse.claims.parts import Part, Scope, why_missing
from modecollapse.claims.registry import Registry
from modecollapse.claims.rule import Reach
from modecollapse.comparisons.endpoints import Support
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_RUN, Verdict
from modecollapse.study.summary import StudySummary

if TYPE_CHECKING:
    from rich.console import Console


def reachable_verdicts(summary: StudySummary, registry: Registry, support: Support) -> list[dict[str, Any]]:
    """A row for each part of each claim, with the verdicts in reach, INCONCLUSIVE aside, and what lacks."""
    scope, rows = Scope(registry, summary, support), []
    for part in scope.parts():
        found, needs = _reached(part, scope)
        reachable = ", ".join(verdict.text for verdict in found) or INCONCLUSIVE
        row = {"claim": part.claim.id, "part": part.id, "experiment": part.experiment}
        rows.append(row | {"reachable": reachable, "needs": needs})
    return rows


def print_reachable(rows: list[dict[str, Any]], console: Console) -> None:
    """`rows` of `reachable_verdicts`: one line for the parts of a claim that can end alike and for the same reason."""
    from rich.table import Column, Table

    table = Table(
        Column("claim", no_wrap=True),
        "experiment",
        Column("parts", justify="right"),
        "verdicts in reach",
        "for more, it would take",
        title="The verdicts that each claim can reach (INCONCLUSIVE is always possible)",
    )
    alike = ["claim", "experiment", "reachable", "needs"]
    for (claim, experiment, reachable, needs), parts in pd.DataFrame(rows, columns=alike).groupby(alike, sort=False):
        table.add_row(claim, experiment or "-", str(len(parts)), reachable, needs or "-")
    console.print(table)


def _reached(part: Part, scope: Scope) -> Reach:
    """What the rule says, where the study has the runs and their budget is that of the work that is compared."""
    if part.missing:
        return Reach([Verdict(NOT_RUN)], why_missing(part.missing, part.lacks))
    if part.is_run:
        cell, n = scope.least_trained(part), len(scope.summary.seeds_of(part.experiment))
        fewest = scope.registry.settings.fewest_runs
        if cell.reference_steps is None:
            return Reach([], "reference_steps in the recipe")
        if cell.steps < cell.reference_steps:
            return Reach([], f"{cell.reference_steps:,} steps instead of {cell.steps:,}")
        if n < fewest:
            return Reach([], f"{fewest} seeds instead of {n}")
    return part.test.reachable(part, scope)
