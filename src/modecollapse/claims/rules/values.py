"""Published numbers: whether the runs' mean is the printed one, within a margin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from modecollapse.claims.name_checks import check_known
from modecollapse.claims.rule import Decision, OfRuns, Part, Published, Reach, Results, Scope, View
from modecollapse.statistics.value_verdict import PublishedMean, fewest_to_reproduce, reachable, value_verdict


class Values(OfRuns):
    """Every published number of one place of the claim's source, each with its margin."""

    rule: Literal["values"]
    place: str

    def check_names(self, registry: Published, source: str) -> None:
        """The source has numbers at this place."""
        check_known("place", self.place, dict.fromkeys(v.place for v in registry.values if v.source == source))

    def expand(self, whole: Part, scope: Scope) -> Iterator[Part]:
        """A part for each number, experiment and variant that stands for its method."""
        [runs, *_] = scope.registry.settings.plausible_runs
        for value in scope.registry.of(whole.claim.source, self.place):
            wanted = replace(whole, measures=(value.measure,), published=value, original_runs=runs)
            yield from self.each(wanted, scope, value.dataset, value.method)

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By the interval of the mean and the zone around the number."""
        value, [dataset], [measure] = part.published, part.datasets, part.measures
        [values], scope = results.of_variants(part, view, measure), results.scope
        spread = None if value.spread is None else float(value.spread)
        published = PublishedMean(value.value, value.rounding, (part.original_runs,), spread, value.readings)
        margin, bounds = scope.margin(dataset, measure, value.value), scope.bounds(dataset, measure)
        return Decision(value_verdict(values, published, margin, bounds, **results.settings.limits))

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """What runs that all agree would lead to."""
        value, [dataset], [measure] = part.published, part.datasets, part.measures
        n, limits, bounds = scope.seeds(part), scope.registry.settings.limits, scope.bounds(dataset, measure)
        zone = scope.margin(dataset, measure, value.value).zone(value.value, value.rounding)
        least = fewest_to_reproduce(zone, bounds, **limits) if bounds else None
        found = Reach(reachable(n, zone, bounds, **limits))
        return found._replace(needs="to reproduce", seeds=least) if least and least > n else found
