"""Experiments that differ in one setting: each is nearer to its number than to those of the others."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, Self

from pydantic import model_validator

from modecollapse.claims.rule import Decision, Names, Part, Results, View
from modecollapse.claims.rules.trend import Ordered
from modecollapse.statistics import verdicts
from modecollapse.statistics.multiplicity import holm
from modecollapse.statistics.share_verdict import bound_verdict
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict


class Nearer(Ordered):
    """The mean of each experiment is nearer to the number of its place in `numbers` than to any other of them."""

    in_reach = (Verdict(REPRODUCED), Verdict(NOT_REPRODUCED))

    rule: Literal["nearer"]
    along: Literal["experiments"] = "experiments"
    experiments: Names
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
        return Decision(IntervalVerdict(verdict, p=p), self.means(part, groups) | each)
