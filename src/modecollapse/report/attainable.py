"""Which verdicts the seeds of a study can reach, as the report prints it."""

from __future__ import annotations

from modecollapse.claims.parts import PRIMARY
from modecollapse.claims.reachable import reachable_verdicts
from modecollapse.claims.registry import Registry
from modecollapse.measures import supports
from modecollapse.statistics import reach_of_perfect_runs
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED
from modecollapse.study.summary import StudySummary

WAYS = {
    "either": {REPRODUCED, NOT_REPRODUCED},
    "hold": {REPRODUCED},
    "refute": {NOT_REPRODUCED},
    "nothing": set(),
}


def attainable(summary: StudySummary, registry: Registry) -> list[dict[str, str]]:
    """A row for each number of seeds: how many tests runs of so many can decide, and in which direction.

    `reach` is the percent of a measure's range that a deciding interval spans when all runs agree at a bound.
    """
    seeds = {name: len(summary.seeds_of(name)) for name in {cell.experiment for cell in summary.cells}}
    tests: dict[int, list[set[str]]] = {}
    for row in reachable_verdicts(summary, registry, supports(summary)):
        if row["role"] == PRIMARY and row["experiment"]:
            n = min(seeds[name] for name in row["experiment"].split(", "))
            outcomes = {text.partition("(")[0] for text in row["reachable"].split(", ")} - {INCONCLUSIVE}
            tests.setdefault(n, []).append(outcomes)
    level = 1 - 2 * registry.settings.alpha
    return [
        {"seeds": str(n), "reach": f"{reach_of_perfect_runs(n, 100, level):.0f}", "tests": str(len(found))}
        | {way: str(found.count(outcomes)) for way, outcomes in WAYS.items()}
        for n, found in sorted(tests.items())
    ]
