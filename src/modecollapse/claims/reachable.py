"""Which verdicts a study can reach, from its plan alone: printed before compute is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from modecollapse.claims.arrival import LEAST, work_limit
from modecollapse.claims.parts import PRIMARY, Part, Scope, why_missing
from modecollapse.claims.registry import Registry
from modecollapse.claims.rule import RUNS, Reach, Rule
from modecollapse.comparisons.endpoints import Support
from modecollapse.statistics import verdicts
from modecollapse.statistics.verdicts import NOT_REPRODUCED, NOT_RUN, REPRODUCED, Verdict
from modecollapse.study.summary import StudySummary

if TYPE_CHECKING:
    from rich.console import Console

COLUMNS = ["claim", "part", "role", "experiment", "decided_by", "way", "reachable", "needs", "seeds"]
EITHER, REFUTE, HOLD, NOTHING = "either way", "refute only", "reproduce only", "nothing"
WAYS = {(True, True): EITHER, (True, False): HOLD, (False, True): REFUTE, (False, False): NOTHING}


def reachable_verdicts(summary: StudySummary, registry: Registry, support: Support) -> list[dict[str, Any]]:
    """A row for each part of each claim: the verdicts in reach, INCONCLUSIVE aside, the `way` (the directions in which
    it can be decided), and what lacks for more."""
    scope, rows = Scope(registry, summary, support), []
    for rule, part in registry.parts(scope):
        found = _reached(rule, part, scope)
        outcomes = [verdict.outcome for verdict in found.verdicts]
        row = {"claim": part.claim.id, "part": part.id, "role": part.role, "experiment": part.experiment}
        row |= {"decided_by": rule.decided_by, "way": WAYS[REPRODUCED in outcomes, NOT_REPRODUCED in outcomes]}
        row |= {"reachable": ", ".join(verdict.text for verdict in found.verdicts) or verdicts.INCONCLUSIVE}
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
    known = pd.DataFrame(rows, columns=COLUMNS)
    primary = known[known["role"] == PRIMARY]
    run = primary[primary["experiment"] != ""]
    for (claim, experiment), own in run.groupby(["claim", "experiment"], sort=False):
        ways = [f"{way} ({n})" for way, n in own.groupby("way", sort=False).size().items()]
        lacking = own[own["needs"] != ""].groupby("needs", sort=False)
        needs = [f"{_needed(text, some['seeds'])} ({len(some)})" for text, some in lacking]
        table.add_row(claim, experiment, str(len(own)), ", ".join(ways), "; ".join(needs) or "-")
    console.print(table)
    decided = run[run["way"] != NOTHING].groupby("experiment", sort=False)
    chosen = {f"Can be decided by {name}": own for name, own in decided}
    chosen["Decided by computation"] = primary[primary["decided_by"] == "computation"]
    chosen["Not testable"] = primary[primary["reachable"] == verdicts.NOT_TESTABLE]
    chosen["Not run by this study"] = primary[(primary["reachable"] == NOT_RUN) & ~primary["claim"].isin(run["claim"])]
    for title, own in chosen.items():
        console.print(f"{title}: {', '.join(own['claim'].unique()) or 'none'}")


def _needed(text: str, wanted: pd.Series) -> str:
    """What rows that need the same would take, with the fewest and the most seeds of them."""
    seeds = sorted(wanted.dropna().astype(int).unique())
    several = f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else "".join(map(str, seeds))
    return f"{several} seeds {text}" if seeds else text


def _reached(rule: Rule, part: Part, scope: Scope) -> Reach:
    """What the rule says, where the study has the runs and they do at least a quarter of the source's work."""
    if part.missing:
        return Reach([Verdict(NOT_RUN)], why_missing(part.missing, part.lacks))
    if rule.decided_by == RUNS and (needs := _wanting(part, scope)):
        return Reach([], " and ".join(needs))
    return rule.reachable(part, scope)


def _wanting(part: Part, scope: Scope) -> list[str]:
    """What runs lack to decide anything: work, a measure in which they can be seen to arrive, seeds."""
    needs, settings = [], scope.registry.settings
    if limit := work_limit(part, scope):
        known = limit.reason != verdicts.NO_REFERENCE
        times = f"{LEAST * limit.numbers['of'] / limit.numbers['work']:.3g} times the steps" if known else ""
        needs.append(times or f"the work behind the number on {part.published.dataset}")
    for dataset in part.datasets:
        known = scope.summary.datasets[dataset]
        counts = [name for name in known.measures if scope.summary.measures[name].reads == "counts"]
        if not any(settings.margin(known.family, name) for name in counts):
            needs.append(f"a measure of {dataset} with a margin and a value at every evaluation")
    return needs + ([f"{settings.fewest_runs} seeds"] if scope.seeds(part) < settings.fewest_runs else [])
