"""Which verdicts the seeds of a study can reach, as the report prints it."""

from __future__ import annotations

from modecollapse.claims.parts import PRIMARY
from modecollapse.claims.reachable import EITHER, HOLD, NOTHING, REFUTE, reachable_verdicts
from modecollapse.claims.registry import Registry
from modecollapse.measures import supports
from modecollapse.statistics import reach_of_perfect_runs
from modecollapse.study.summary import StudySummary

WAYS = {"either": EITHER, "hold": HOLD, "refute": REFUTE, "nothing": NOTHING}


def attainable(summary: StudySummary, registry: Registry) -> list[dict[str, str]]:
    """A row for each number of seeds: how many tests runs of so many can decide, and in which direction.

    `reach` is the percent of a measure's range that a deciding interval spans when all runs agree at a bound.
    """
    seeds = {name: len(summary.seeds_of(name)) for name in {cell.experiment for cell in summary.cells}}
    tests: dict[int, list[str]] = {}
    for row in reachable_verdicts(summary, registry, supports(summary)):
        if row["role"] == PRIMARY and row["experiment"]:
            n = min(seeds[name] for name in row["experiment"].split(", "))
            tests.setdefault(n, []).append(row["way"])
    level = 1 - 2 * registry.settings.alpha
    return [
        {"seeds": str(n), "reach": f"{reach_of_perfect_runs(n, 100, level):.0f}", "tests": str(len(found))}
        | {key: str(found.count(way)) for key, way in WAYS.items()}
        for n, found in sorted(tests.items())
    ]
