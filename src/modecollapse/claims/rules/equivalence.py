"""Two methods are the same by some measures."""

from __future__ import annotations

from typing import Literal

from modecollapse.claims.rule import Decision, Names, Part, Reach, Results, Scope, View
from modecollapse.claims.rules.ordering import Comparison, effects
from modecollapse.comparisons.families import as_ranked
from modecollapse.statistics.ordering_verdict import equivalence_verdict
from modecollapse.statistics.verdicts import NOT_REPRODUCED, REPRODUCED, TIE, IntervalVerdict, Verdict


class Equivalence(Comparison):
    """`first` and `second` are the same: the chance that one exceeds the other is 1/2 within the margin `tie`."""

    rule: Literal["equivalence"]
    second: str
    measures: Names

    @property
    def rivals(self) -> list[str]:
        return [self.second]

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By the interval of the chance that one exceeds the other."""
        settings = results.settings
        first, second = (as_ranked(own, "more") for own in results.of_variants(part, view, part.measures[0])[:2])
        found = equivalence_verdict(first, second, results.permutations_of, tie=settings.tie, **settings.limits)
        pairwise = dict(zip(part.variants[1:2], found.pairwise.values(), strict=False))
        return Decision(IntervalVerdict(found.verdict, p=found.p), effects(pairwise))

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """A tie, which reproduces it, and a difference, which refutes it."""
        found = super().reachable(part, scope)
        orders = [Verdict(REPRODUCED if order.reason == TIE else NOT_REPRODUCED) for order in found.verdicts]
        return found._replace(verdicts=orders)
