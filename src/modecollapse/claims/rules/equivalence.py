"""Two methods are the same by some measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Literal

from modecollapse.claims.name_checks import check_names
from modecollapse.claims.rule import Decision, Names, Part, Published, Reach, Results, Rule, Scope, View
from modecollapse.claims.rules.ordering import effects, reachable_orders_of
from modecollapse.comparisons.families import as_ranked
from modecollapse.statistics.ordering_verdict import equivalence_verdict
from modecollapse.statistics.verdicts import NOT_REPRODUCED, REPRODUCED, TIE, Verdict


class Equivalence(Rule):
    """`first` and `second` are the same: the chance that one exceeds the other is 1/2 within the margin `tie`."""

    averages = False

    rule: Literal["equivalence"]
    first: str
    second: str
    datasets: Names
    measures: Names

    def check_names(self, registry: Published, source: str) -> None:
        check_names(registry.methods, [self.first, self.second], self.datasets, self.measures)

    def expand(self, whole: Part, scope: Scope) -> Iterator[Part]:
        """A part for each measure, experiment and variant of `first`, against the first variant of `second` there."""
        for family, measure in product(self.datasets, self.measures):
            yield from scope.each(replace(whole, measures=(measure,)), family, self.first, [self.second])

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By the interval of the chance that one exceeds the other."""
        settings = results.settings
        first, second = (as_ranked(own, "more") for own in results.of_variants(part, view, part.measures[0])[:2])
        found = equivalence_verdict(first, second, results.splits_of, tie=settings.tie, **settings.limits)
        duels = dict(zip(part.variants[1:2], found.duels.values(), strict=False))
        return Decision(found.verdict, numbers=effects(duels))

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """A tie, which reproduces it, and a difference, which refutes it."""
        orders, needs = reachable_orders_of(part, scope)
        return Reach([Verdict(REPRODUCED if v.reason == TIE else NOT_REPRODUCED) for v in orders], needs)
