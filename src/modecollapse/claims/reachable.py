"""Which verdicts a study can reach, from its plan alone: printed before compute is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modecollapse.claims.arrival import LEAST, work_limit
from modecollapse.claims.parts import PRIMARY, Part, Scope, why_missing
from modecollapse.claims.registry import Registry
from modecollapse.claims.rule import RUNS, Reach, Rule
from modecollapse.comparisons.endpoints import Support
from modecollapse.statistics.verdicts import INCONCLUSIVE, NO_REFERENCE, NOT_RUN, NOT_TESTABLE, REPRODUCED, Verdict
from modecollapse.study.summary import StudySummary

if TYPE_CHECKING:
    from rich.console import Console

EITHER, REFUTE, HOLD, NOTHING = "either way", "refute only", "reproduce only", "nothing"


def reachable_verdicts(summary: StudySummary, registry: Registry, support: Support) -> list[dict[str, Any]]:
    """A row for each part of each claim, with the verdicts in reach, INCONCLUSIVE aside, and what lacks."""
    scope, rows = Scope(registry, summary, support), []
    for rule, part in registry.parts(scope):
        found = _reached(rule, part, scope)
        reachable = ", ".join(verdict.text for verdict in found.verdicts) or INCONCLUSIVE
        row = {"claim": part.claim.id, "part": part.id, "role": part.role, "experiment": part.experiment}
        row |= {"decided_by": rule.decided_by, "reachable": reachable}
        rows.append(row | {"needs": found.needs, "seeds": found.seeds})
    return rows


def print_reachable(rows: list[dict[str, Any]], console: Console) -> None:
    """`rows` of `reachable_verdicts`: a line for a claim in an experiment, and one for all claims that need no runs."""
    from rich.table import Column, Table

    table = Table(
        Column("claim", no_wrap=True),
        Column("experiment", max_width=24),
        Column("parts", justify="right"),
        "its parts can be decided",
        "for more, it would take",
        title="What each claim can reach with these seeds and steps, once the runs have arrived",
    )
    primary = [row for row in rows if row["role"] == PRIMARY]
    for (claim, experiment), parts in _grouped(primary, "claim", "experiment"):
        if experiment:
            ways = [f"{way} ({len(own)})" for (way,), own in _grouped(parts, "way")]
            needs = [f"{_needed(text, own)} ({len(own)})" for (text,), own in _grouped(parts, "needs") if text]
            table.add_row(claim, experiment, str(len(parts)), ", ".join(ways), "; ".join(needs) or "-")
    console.print(table)
    run = {row["claim"] for row in primary if row["experiment"]}
    decided = [row for row in primary if row["experiment"] and row["reachable"] not in (INCONCLUSIVE, NOT_RUN)]
    for title, chosen in (
        *((f"Can be decided by {name}", own) for (name,), own in _grouped(decided, "experiment")),
        ("Decided by computation", [row for row in primary if row["decided_by"] == "computation"]),
        ("Not testable", [row for row in primary if row["reachable"] == NOT_TESTABLE]),
        ("Not run by this study", [row for row in primary if row["reachable"] == NOT_RUN and row["claim"] not in run]),
    ):
        console.print(f"{title}: {', '.join(dict.fromkeys(row['claim'] for row in chosen)) or 'none'}")


def _grouped(rows: list[dict[str, Any]], *keys: str) -> list[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """The rows by some of their entries, of which `way` is how a part can be decided; in the order of the first."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple((row | {"way": _way(row["reachable"])})[key] for key in keys), []).append(row)
    return list(found.items())


def _needed(text: str, rows: list[dict[str, Any]]) -> str:
    """What rows that need the same would take, with the fewest and the most seeds of them."""
    seeds = sorted({row["seeds"] for row in rows if row["seeds"]})
    several = f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else "".join(map(str, seeds))
    return f"{several} seeds {text}" if seeds else text


def _way(reachable: str) -> str:
    """The directions in which a part can be decided."""
    found = {text.partition("(")[0] for text in reachable.split(", ")} - {INCONCLUSIVE}
    if len(found) > 1:
        return EITHER
    return NOTHING if not found else HOLD if found == {REPRODUCED} else REFUTE


def _reached(rule: Rule, part: Part, scope: Scope) -> Reach:
    """What the rule says, where the study has the runs and they do at least a quarter of the source's work."""
    if part.missing:
        return Reach([Verdict(NOT_RUN)], why_missing(part.missing, part.lacks))
    if rule.decided_by == RUNS:
        n, fewest = scope.seeds(part), scope.registry.settings.fewest_runs
        limit, needs = work_limit(part, scope, part.claim.source), []
        if limit and limit.reason == NO_REFERENCE:
            needs.append(f"the work behind the number on {part.published.dataset}")
        elif limit:
            needs.append(f"{LEAST * limit.numbers['of'] / limit.numbers['work']:.3g} times the steps")
        for dataset in part.datasets:
            if not _has_curves(dataset, scope):
                needs.append(f"a measure of {dataset} with a margin and a value at every evaluation")
        if n < fewest:
            needs.append(f"{fewest} seeds")
        if needs:
            return Reach([], " and ".join(needs))
    return rule.reachable(part, scope)


def _has_curves(dataset: str, scope: Scope) -> bool:
    """Whether runs on a data set can be seen to arrive: some measure has a margin, and is of counts, not of the end."""
    known, settings = scope.summary.datasets[dataset], scope.registry.settings
    counts = [name for name in known.measures if scope.summary.measures[name].reads == "counts"]
    return any(settings.margin(known.family, name) for name in counts)
