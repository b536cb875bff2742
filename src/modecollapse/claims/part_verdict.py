"""The verdict on one part: what its rule decides, open where failed or lost runs, work or plateau do not let it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from modecollapse.claims.arrival import BLOWUP, Limit, work_limit
from modecollapse.claims.parts import Part
from modecollapse.claims.results import Results, View
from modecollapse.claims.rule import Decision, Rule
from modecollapse.comparisons.endpoints import FINAL
from modecollapse.statistics import verdicts
from modecollapse.statistics.verdicts import INCONCLUSIVE, IntervalVerdict, Verdict

LAST = View(endpoint=FINAL)


class PartVerdict(NamedTuple):
    """The verdict on a part, those on the way to it, and the numbers of why it is open.

    decision: by the primary endpoint, failed runs at their worst; complete: without failed runs; at_budget: open where
    these two differ, all runs of a cell failed or some have no value; verdict: open too where the runs have not
    arrived. n: the runs of the smallest cell; failed: those of all cells together.
    """

    verdict: Verdict
    numbers: dict[str, Any]
    at_budget: Verdict
    decision: Decision
    complete: Verdict
    n: int
    failed: int


def part_verdict(rule: Rule, part: Part, results: Results, moving: Limit | None) -> PartVerdict:
    """Judge a part that runs decide; moving: the limit that these runs' drift sets, if any."""
    scope, has_failures = results.scope, BLOWUP not in part.measures
    runs = [results.runs(LAST, *cell.key, part.measures[-1]) for cell in scope.cells(part)]
    n, failed = min(map(len, runs)), sum(int(own["failed"].sum()) for own in runs)
    decision, numbers = decide(rule, part, results, View()), {}
    at_budget = complete = decision.found.verdict
    if has_failures and failed:
        complete = decide(rule, part, results, View(failures=False)).found.verdict
    if has_failures and any(len(own) and own["failed"].all() for own in runs) and not rule.counts_events:
        verdict = Verdict(INCONCLUSIVE, verdicts.ALL_FAILED)
        return PartVerdict(verdict, numbers, verdict, decision, complete, n, failed)
    if n < (planned := scope.seeds(part)) and not rule.counts_events:
        at_budget, numbers = Verdict(INCONCLUSIVE, verdicts.UNDEFINED), {"lost": planned - n}
    elif not complete.agrees(at_budget):
        at_budget = Verdict(INCONCLUSIVE, verdicts.FAILURES)
    verdict = at_budget
    for limit in filter(None, [moving, work_limit(part, scope)]):
        verdict, numbers = Verdict(INCONCLUSIVE, limit.reason), numbers | limit.numbers
    return PartVerdict(verdict, numbers, at_budget, decision, complete, n, failed)


def columns(verdict: Verdict, view: str = "") -> dict[str, str]:
    """The two columns of a verdict, whose names begin with `view`."""
    return {f"{view}outcome": verdict.outcome, f"{view}reason": verdict.reason}


def decide(rule: Rule, part: Part, results: Results, view: View) -> Decision:
    """The rule's verdict, open where it averages and a value is infinite."""
    values = [own for measure in part.measures for own in results.of_variants(part, view, measure)]
    if rule.averages and any(np.isinf(own).any() for own in values):
        return Decision(IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.FAILURES)))
    return rule.decide(part, results, view)
