"""Which verdicts a study can reach, from its plan alone: printed before compute is spent."""

from __future__ import annotations

from typing import Any

from modecollapse.claims.judge import budget
from modecollapse.claims.parts import Part, parts
from modecollapse.claims.registry import Registry
from modecollapse.claims.results import finite, limits_of, margin_of
from modecollapse.claims.rules import Bound, Equivalence, Identity, NotTestable, Ordering, Share, Values
from modecollapse.comparisons.checked import Support
from modecollapse.statistics import verdicts
from modecollapse.statistics.margin import Interval
from modecollapse.statistics.ordering_verdict import fewest_to_tie, reachable_orders
from modecollapse.statistics.proportions import clopper_pearson
from modecollapse.statistics.value_verdict import fewest_to_reproduce, reachable
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, NOT_TESTABLE, REPRODUCED, Verdict
from modecollapse.study.summary import StudySummary

COLUMNS = ["claim", "part", "experiment", "dataset", "variant", "measure", "runs", "reachable", "needs"]


def reachable_verdicts(summary: StudySummary, registry: Registry, support: Support) -> list[dict[str, Any]]:
    """A row for each part of each claim, keys COLUMNS: the verdicts in reach, INCONCLUSIVE aside, and what lacks."""
    return [_row(part, summary, registry, support) for part in parts(registry, summary)]


def _row(part: Part, summary: StudySummary, registry: Registry, support: Support) -> dict[str, Any]:
    found, needs = _reached(part, summary, registry, support)
    return {
        "claim": part.claim.id,
        "part": part.name,
        "experiment": part.experiment,
        "dataset": ", ".join(part.datasets),
        "variant": ", ".join(part.variants[:1]),
        "measure": ", ".join(part.measures),
        "runs": len(summary.seeds_of(part.experiment)) if part.variants else None,
        "reachable": ", ".join(verdict.text for verdict in found) or INCONCLUSIVE,
        "needs": needs,
    }


def _reached(part: Part, summary: StudySummary, registry: Registry, support: Support) -> tuple[list[Verdict], str]:
    if part.missing or not part.variants:
        if isinstance(part.test, Identity):
            return [Verdict(REPRODUCED), Verdict(NOT_REPRODUCED)], ""
        if isinstance(part.test, NotTestable):
            return [Verdict(NOT_TESTABLE)], ""
        return [Verdict(NOT_RUN)], part.missing or part.test.needs
    steps, reference = budget(summary, part)
    if reference is None:
        return [], "reference_steps in the recipe"
    if steps < reference:
        return [], f"{reference:,} steps instead of {steps:,}"
    n, settings = len(summary.seeds_of(part.experiment)), registry.settings
    if n < settings.fewest_runs:
        return [], f"{settings.fewest_runs} seeds instead of {n}"
    limits = {"fewest": settings.fewest_runs, "alpha": settings.alpha}
    if isinstance(part.test, Values):
        zone, bounds = _zone(part, summary, registry, support)
        least = fewest_to_reproduce(zone, bounds, **limits) if bounds else None
        lacks = f"{least} seeds to reproduce" if least and least > n else ""
        return reachable(n, zone, bounds, **limits), lacks
    if isinstance(part.test, Ordering | Equivalence):
        orders = reachable_orders(n, len(part.variants) - 1, draws=settings.draws, tie=settings.tie, **limits)
        lacks = f"{fewest_to_tie(settings.tie, settings.alpha)} seeds to show a tie" if _no_tie(orders) else ""
        return (orders if isinstance(part.test, Ordering) else [_mirrored(v) for v in orders]), lacks
    if isinstance(part.test, Share):
        return _shares(part.test.above, n, settings.alpha), ""
    if isinstance(part.test, Bound):
        bounds = finite(limits_of(summary, part.datasets[0], part.test.measure, support))
        return reachable(n, (part.test.low, part.test.high), bounds, **limits), ""
    return [Verdict(REPRODUCED), Verdict(NOT_REPRODUCED, verdicts.BELOW)], ""


def _zone(part: Part, summary: StudySummary, registry: Registry, support: Support) -> tuple[Interval, Interval | None]:
    [dataset], [measure], value = part.datasets, part.measures, part.published
    limits = limits_of(summary, dataset, measure, support)
    margin = margin_of(registry.settings.margin(value.dataset, measure), value.value, limits)
    return margin.zone(value.value, value.rounding), finite(limits)


def _no_tie(orders: list[Verdict]) -> bool:
    return Verdict(NOT_REPRODUCED, verdicts.TIE) not in orders


def _mirrored(verdict: Verdict) -> Verdict:
    """What a verdict on an order is in a test of equivalence: a tie reproduces, a difference refutes."""
    return Verdict(REPRODUCED) if verdict.reason == verdicts.TIE else Verdict(NOT_REPRODUCED)


def _shares(above: float, n: int, alpha: float) -> list[Verdict]:
    found = [Verdict(REPRODUCED)] if clopper_pearson(n, n, 1 - 2 * alpha)[0] > above else []
    lowest = clopper_pearson(0, n, 1 - 2 * alpha)[1]
    return found + ([Verdict(NOT_REPRODUCED, verdicts.BELOW)] if lowest < above else [])
