"""Published numbers: whether the runs' mean is the printed one, within a margin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from modecollapse.claims.name_checks import check_known
from modecollapse.claims.published import Value
from modecollapse.claims.rule import Decision, Part, Published, Reach, Results, Rule, Scope, View
from modecollapse.statistics import value_verdict
from modecollapse.statistics.margin import Margin
from modecollapse.statistics.value_verdict import PublishedMean
from modecollapse.statistics.verdicts import IntervalVerdict


class Values(Rule):
    """Every published number of one place of the claim's source, each with its margin."""

    rule: Literal["values"]
    place: str

    def check_names(self, registry: Published, source: str) -> None:
        """The source has numbers at this place."""
        check_known("place", self.place, dict.fromkeys(v.place for v in registry.values if v.source == source))

    def expand(self, whole: Part, scope: Scope) -> Iterator[Part]:
        """A part for each number, experiment and variant that stands for its method."""
        for value in scope.registry.of(whole.claim.source, self.place):
            wanted = replace(whole, measures=(value.measure,), published=value)
            yield from scope.each(wanted, value.dataset, value.method)

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By the interval of the mean and the zone around the number."""
        found = _judged(part, results, view, part.published)
        return Decision(found.verdict, found.estimate, *(found.interval or (None, None)), found.d_repro, found.d_refute)

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """What runs that all agree would lead to."""
        n, limits = len(scope.summary.seeds_of(part.experiment)), scope.registry.settings.limits
        zone = _margin(part, scope).zone(part.published.value, part.published.rounding)
        bounds = scope.bounds(part.datasets[0], part.measures[0])
        least = value_verdict.fewest_to_reproduce(zone, bounds, **limits) if bounds else None
        needs = f"{least} seeds to reproduce" if least and least > n else ""
        return Reach(value_verdict.reachable(n, zone, bounds, **limits), needs)

    def beside(self, part: Part, results: Results) -> dict[str, Any]:
        """The margin, what real data score, and the verdicts by the same rule on what other papers measured."""
        margin, others = _margin(part, results.scope), []
        for other in part.published.remeasured:
            own = {"printed": other.printed, "decimals": None, "spread": None, "readings": [], "remeasured": []}
            verdict = _judged(part, results, View(), part.published.model_copy(update=own)).verdict
            title = results.scope.registry.sources[other.source].title
            about = {"title": title, "printed": other.printed, "spread": other.spread}
            others.append(about | {"outcome": verdict.outcome, "reason": verdict.reason})
        return {
            "margin": margin.size,
            "margin_kind": margin.kind,
            "rounding": part.published.rounding,
            "oracle": results.oracle(part.datasets[0], part.measures[0]),
            "remeasured": others,
        }


def _margin(part: Part, scope: Scope) -> Margin:
    """The margin of the registry in the measure's unit."""
    value, measure = part.published, part.measures[0]
    entry = scope.registry.settings.margin(value.dataset, measure)
    return Margin(
        entry.size(value.value, scope.limits(part.datasets[0], measure)), "factor" if entry.factor else "absolute"
    )


def _judged(part: Part, results: Results, view: View, value: Value) -> IntervalVerdict:
    """The verdict of the part's runs on a number, which others may have printed."""
    settings, [dataset], [measure] = results.settings, part.datasets, part.measures
    spread = None if value.spread is None else float(value.spread)
    return value_verdict.value_verdict(
        results.values(view, part.experiment, dataset, part.variants[0], measure),
        PublishedMean(value.value, value.rounding, settings.plausible_runs, spread, value.readings),
        _margin(replace(part, published=value), results.scope),
        results.scope.bounds(dataset, measure),
        **settings.limits,
    )
