"""Experiments that differ in one setting: whether a measure rises along them, and which number each is nearer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from modecollapse.claims.name_checks import once
from modecollapse.claims.parts import NO_EXPERIMENTS, NOT_MEASURED, PILOT_SEEDS
from modecollapse.claims.rule import Decision, OfMethod, Part, Reach, Results, Scope, View
from modecollapse.statistics import verdicts
from modecollapse.statistics.multiplicity import holm
from modecollapse.statistics.share_verdict import bound_verdict
from modecollapse.statistics.trend import trend_verdict
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, Verdict


class AcrossExperiments(OfMethod):
    """A rule on one method in several experiments: a part for each data set that all of them have.

    The first variant of the method that is run in every one of the experiments stands for it.
    """

    averages = False

    experiments: Annotated[list[str], Field(min_length=2), AfterValidator(once)]
    measure: str

    @property
    def reads(self) -> list[str]:
        return [self.measure]

    def expand(self, whole: Part, scope: Scope) -> Iterator[Part]:
        wanted = replace(whole, measures=(self.measure,))
        for family in self.datasets:
            places, found = scope.places(family), []
            for dataset in dict.fromkeys(name for _, name in places):
                known = [scope.standing_for(self.method, name, dataset) for name in self.experiments]
                variants = [name for name in known[0] if all(name in others for others in known)]
                if variants and all((name, dataset) in places for name in self.experiments):
                    own = {
                        "experiment": ", ".join(self.experiments),
                        "datasets": (dataset,),
                        "variants": (variants[0],),
                    }
                    part, lack = replace(wanted, **own), {}
                    seeds = {str(seed) for cell in scope.cells(part) for seed in cell.seeds}
                    if used := [str(seed) for seed in whole.claim.pilot_seeds if str(seed) in seeds]:
                        lack = {"missing": PILOT_SEEDS, "lacks": {"seeds": used}}
                    if not scope.is_measured(dataset, self.measure):
                        lack = {"missing": NOT_MEASURED, "lacks": {"measure": self.measure}}
                    found.append(replace(part, **lack))
            lacks = {"method": self.method, "experiments": self.experiments, "dataset": family}
            yield from found or [replace(wanted, datasets=(family,), missing=NO_EXPERIMENTS, lacks=lacks)]

    def groups(self, part: Part, results: Results, view: View) -> list[np.ndarray]:
        """The values of the runs of each experiment, (n,)."""
        cell = (part.datasets[0], part.variants[0], self.measure)
        return [results.values(view, name, *cell) for name in self.experiments]

    def means(self, groups: list[np.ndarray]) -> dict[str, float]:
        """The mean of each experiment, for print."""
        return {
            name: round(float(own.mean()), 3) for name, own in zip(self.experiments, groups, strict=True) if own.size
        }


class Trend(AcrossExperiments):
    """The measure rises along the experiments, in the order given."""

    rule: Literal["trend"]

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By Jonckheere's test, one-sided in either direction."""
        groups, settings = self.groups(part, results, view), results.settings
        found = trend_verdict(groups, results.rng(part), draws=settings.draws, **settings.limits)
        return Decision(found.verdict, p=found.p, numbers=self.means(groups))

    def reachable(self, part: Part, scope: Scope) -> Reach:
        return Reach([Verdict(REPRODUCED), Verdict(NOT_REPRODUCED, verdicts.BELOW)])


class Nearer(AcrossExperiments):
    """The mean of each experiment is nearer to the number of its place in `numbers` than to any other of them."""

    rule: Literal["nearer"]
    numbers: list[float]

    @model_validator(mode="after")
    def _has_a_number_each(self) -> Self:
        if len(self.numbers) != len(self.experiments) or len(set(self.numbers)) != len(self.numbers):
            raise ValueError(f"numbers {self.numbers}: allowed: a number for each experiment, all different")
        return self

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By whether the interval of every mean lies between the middles, or, after Holm, that of one lies apart."""
        scope, settings, [dataset] = results.scope, results.settings, part.datasets
        low, high = scope.limits(dataset, self.measure)
        edges = [low, *(sum(two) / 2 for two in pairwise(sorted(self.numbers))), high]
        groups = self.groups(part, results, view)
        found = []
        for number, own in zip(self.numbers, groups, strict=True):
            place = sorted(self.numbers).index(number)
            zone = (edges[place], edges[place + 1])
            found.append(bound_verdict(own, zone, scope.bounds(dataset, self.measure), **settings.limits))
        refuting = holm([1.0 if one.verdict.outcome != NOT_REPRODUCED else one.p for one in found])
        verdict, p = Verdict(INCONCLUSIVE, verdicts.STRADDLES), None
        if all(one.verdict.outcome == REPRODUCED for one in found):
            verdict, p = Verdict(REPRODUCED), max(one.p for one in found)
        elif refuting.min() <= settings.alpha:
            verdict, p = Verdict(NOT_REPRODUCED, found[refuting.argmin()].verdict.reason), float(refuting.min())
        elif reason := next((one.verdict for one in found if one.verdict.reason == verdicts.TOO_FEW_RUNS), None):
            verdict = reason
        each = {f"{name} nearer to": f"{n:g}" for name, n in zip(self.experiments, self.numbers, strict=True)}
        return Decision(verdict, p=p, numbers=self.means(groups) | each)

    def reachable(self, part: Part, scope: Scope) -> Reach:
        return Reach([Verdict(REPRODUCED), Verdict(NOT_REPRODUCED)])
