"""The mean over a method's runs lies in a range that the claim names."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from modecollapse.claims.rule import Decision, OfMethod, Part, Reach, Results, Scope, View
from modecollapse.statistics.share_verdict import bound_verdict
from modecollapse.statistics.value_verdict import reachable


class Bound(OfMethod):
    """The mean over a method's runs lies between `low` and `high`."""

    rule: Literal["bound"]
    measure: str
    low: float
    high: float

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low} and high {self.high} are no range; allowed: low below high")
        return self

    @property
    def reads(self) -> list[str]:
        return [self.measure]

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By the interval of the mean, which is nominal where the measure has no bounds."""
        [dataset], [variant] = part.datasets, part.variants
        bounds = results.scope.bounds(dataset, self.measure)
        values = results.values(view, part.experiment, dataset, variant, self.measure)
        found = bound_verdict(values, (self.low, self.high), bounds, **results.settings.limits)
        numbers = {"low": self.low, "high": self.high, "interval": "Gaffke's" if bounds else "nominal"}
        return Decision(found.verdict, found.estimate, *(found.interval or (None, None)), p=found.p, numbers=numbers)

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """What runs that all agree would lead to."""
        bounds, limits = scope.bounds(part.datasets[0], self.measure), scope.registry.settings.limits
        n = len(scope.summary.seeds_of(part.experiment))
        return Reach(reachable(n, (self.low, self.high), bounds, **limits))
