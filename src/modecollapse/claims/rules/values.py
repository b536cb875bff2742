"""Published numbers: whether the runs' mean is the printed one, within a margin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from modecollapse.claims.name_checks import check_known
from modecollapse.claims.rule import Decision, OfRuns, Part, Published, Reach, Results, Scope, View
from modecollapse.statistics.margin import Margin
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
        value, scope, [values] = part.published, results.scope, results.of_variants(part, view, part.measures[0])
        spread = None if value.spread is None else float(value.spread)
        published = PublishedMean(value.value, value.rounding, (part.original_runs,), spread, value.readings)
        bounds = scope.bounds(part.datasets[0], part.measures[0])
        return Decision(value_verdict(values, published, _margin(part, scope), bounds, **results.settings.limits))

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """What runs that all agree would lead to."""
        n, limits = scope.seeds(part), scope.registry.settings.limits
        zone = _margin(part, scope).zone(part.published.value, part.published.rounding)
        bounds = scope.bounds(part.datasets[0], part.measures[0])
        least = fewest_to_reproduce(zone, bounds, **limits) if bounds else None
        found = Reach(reachable(n, zone, bounds, **limits))
        return found._replace(needs="to reproduce", seeds=least) if least and least > n else found

    def beside(self, part: Part, results: Results) -> dict[str, Any]:
        """The margin, and what real data score."""
        margin, oracle = _margin(part, results.scope), results.oracle(part.datasets[0], part.measures[0])
        columns = {"margin": margin.size, "margin_kind": margin.kind, "rounding": part.published.rounding}
        return columns | {"oracle": oracle}

    def remeasured(self, part: Part, scope: Scope) -> list[tuple[Part, dict[str, Any]]]:
        """What others print has decimals of its own, and its spread stands beside it only for print."""
        found = []
        for other in part.published.remeasured:
            own = {"source": other.source, "printed": other.printed, "decimals": None, "spread": None, "readings": []}
            title = scope.registry.sources[other.source].title
            about = {"title": title, "printed": other.printed, "spread": other.spread}
            found.append((replace(part, published=part.published.model_copy(update=own)), about))
        return found

    def by_original_runs(self, part: Part, scope: Scope) -> list[Part]:
        return [replace(part, original_runs=runs) for runs in scope.registry.settings.plausible_runs[1:]]


def _margin(part: Part, scope: Scope) -> Margin:
    """The margin of the registry around a published number."""
    value, measure = part.published, part.measures[0]
    entry = scope.registry.settings.margin(value.dataset, measure)
    return entry.at(value.value, scope.limits(part.datasets[0], measure))
