"""An event in more than a share of a method's runs, or in any run at all."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from modecollapse.claims.rule import Decision, OfMethod, Part, Reach, Results, Scope, View
from modecollapse.statistics.share_verdict import share_verdict
from modecollapse.statistics.verdicts import DECIDED
from modecollapse.study.catalogue import Strict

OCCURRENCE = "occurrence"  # a share above 0: one run is enough, on whichever data


class Condition(Strict):
    """One value of a run and the range that counts as the event, in the measure's unit or as shares `of_range`."""

    measure: str
    at_least: float = -np.inf
    at_most: float = np.inf
    of_range: bool = False

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if (self.at_least, self.at_most) == (-np.inf, np.inf):
            raise ValueError(f"{self.measure}: has no range; allowed: at_least, at_most or both")
        return self


class Share(OfMethod):
    """More than the share `above` of a method's runs shows the event: one of the conditions, or all of them."""

    counts_events = True

    rule: Literal["share"]
    any_of: Annotated[list[Condition], Field(min_length=1)] | None = None
    all_of: Annotated[list[Condition], Field(min_length=1)] | None = None
    above: Annotated[float, Field(ge=0, lt=1)]

    @model_validator(mode="after")
    def _has_one_list(self) -> Self:
        if (self.any_of is None) == (self.all_of is None):
            raise ValueError("any_of and all_of: allowed: exactly one of the two")
        return self

    @property
    def conditions(self) -> list[Condition]:
        """The conditions of either list."""
        return self.any_of or self.all_of

    @property
    def reads(self) -> list[str]:
        return [condition.measure for condition in self.conditions]

    @property
    def kind(self) -> str:
        return OCCURRENCE if self.above == 0 else self.rule

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By the interval of the share."""
        shown = self._events(part, results, view)
        found = share_verdict(int(shown.sum()), shown.size, self.above, **results.settings.limits)
        numbers = {"events": int(shown.sum()), "runs": int(shown.size)}
        return Decision(found, numbers)

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """What all runs with the event, and none, would lead to."""
        n, limits = scope.seeds(part), scope.registry.settings.limits
        found = [share_verdict(events, n, self.above, **limits).verdict for events in (n, 0)]
        return Reach([verdict for verdict in found if verdict.outcome in DECIDED])

    def _events(self, part: Part, results: Results, view: View) -> np.ndarray:
        """Which runs of a cell show the event, (n,) bool by ascending seed.

        A run without a value of a condition, which a failed one may lack, does not show it.
        """
        shown = []
        for condition in self.conditions:
            dataset, measure = part.datasets[0], condition.measure
            runs = results.runs(view, part.experiment, dataset, part.variants[0], measure)
            low, high = results.scope.limits(dataset, measure) if condition.of_range else (0.0, 1.0)
            ends = (low + share * (high - low) for share in (condition.at_least, condition.at_most))
            shown.append(runs.set_index("seed")["value"].between(*ends))
        together = pd.concat(shown, axis=1).astype("boolean").fillna(False)
        seeds = results.scope.summary.seeds_of(part.experiment) if view.failures else sorted(together.index)
        together = together.reindex(seeds, fill_value=False)
        return (together.any(axis=1) if self.any_of else together.all(axis=1)).to_numpy(dtype=bool)
