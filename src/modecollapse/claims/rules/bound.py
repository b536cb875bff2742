"""The mean over a method's runs lies in a range that the claim names."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from modecollapse.claims.rule import Decision, OfMethod, Part, Reach, Results, Scope, View
from modecollapse.statistics.intervals import Interval
from modecollapse.statistics.share_verdict import bound_verdict
from modecollapse.statistics.value_verdict import reachable


class Bound(OfMethod):
    """The mean over a method's runs lies between `low` and `high`; with `absolute` it is the mean of |values|, in which
    runs of opposite signs do not cancel."""

    rule: Literal["bound"]
    measure: str
    low: float
    high: float
    absolute: bool = False

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
        bounds, [values] = self._bounds(part, results.scope), results.of_variants(part, view, self.measure)
        values = np.abs(values) if self.absolute else values
        found = bound_verdict(values, (self.low, self.high), bounds, **results.settings.limits)
        numbers = {"low": self.low, "high": self.high, "interval": "Gaffke's" if bounds else "nominal"}
        return Decision(found, numbers)

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """What runs that all agree would lead to."""
        zone, limits = (self.low, self.high), scope.registry.settings.limits
        return Reach(reachable(scope.seeds(part), zone, self._bounds(part, scope), **limits))

    def _bounds(self, part: Part, scope: Scope) -> Interval | None:
        """The support of the values; None where it is not bounded."""
        bounds = scope.bounds(part.datasets[0], self.measure)
        return (0.0, max(map(abs, bounds))) if bounds and self.absolute else bounds
