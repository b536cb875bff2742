"""The mean over a method's runs lies in a range that the claim names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from modecollapse.claims.name_checks import check_names
from modecollapse.claims.rule import Decision, Names, Reach, Rule

if TYPE_CHECKING:
    from modecollapse.claims.parts import Part, Scope
    from modecollapse.claims.registry import Registry
    from modecollapse.claims.results import Results, View


class Bound(Rule):
    """The mean over a method's runs lies between `low` and `high`."""

    rule: Literal["bound"]
    method: str
    datasets: Names
    measure: str
    low: float
    high: float

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low} and high {self.high} are no range; allowed: low below high")
        return self

    def check_names(self, registry: Registry, source: str) -> None:
        """The method, data sets and measure are known."""
        check_names(registry.methods, [self.method], self.datasets, [self.measure])

    def expand(self, whole: Part, scope: Scope) -> Iterator[Part]:
        """A part for each data set, experiment and variant of the method."""
        for family in self.datasets:
            yield from scope.each(replace(whole, measures=(self.measure,)), family, self.method)

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By the interval of the mean, which is nominal where the measure has no bounds."""
        from modecollapse.statistics.share_verdict import bound_verdict

        [dataset], [variant] = part.datasets, part.variants
        bounds = results.scope.bounds(dataset, self.measure)
        values = results.values(view, part.experiment, dataset, variant, self.measure)
        found = bound_verdict(values, (self.low, self.high), bounds, results.rng(part), **results.settings.limits)
        numbers = {"low": self.low, "high": self.high, "interval": "Gaffke's" if bounds else "nominal"}
        return Decision(found.verdict, found.estimate, *(found.interval or (None, None)), numbers=numbers)

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """What runs that all agree would lead to."""
        from modecollapse.statistics.value_verdict import reachable

        bounds, limits = scope.bounds(part.datasets[0], self.measure), scope.registry.settings.limits
        return Reach(reachable(len(scope.summary.seeds), (self.low, self.high), bounds, **limits))
