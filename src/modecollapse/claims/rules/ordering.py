"""One method is better than each of some others, by each of some measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from modecollapse.claims.rule import Decision, Names, OfRuns, Part, Published, Reach, Results, Scope, View
from modecollapse.comparisons.families import as_ranked
from modecollapse.statistics import verdicts
from modecollapse.statistics.ordering_verdict import PairwiseResult, fewest_to_tie, ordering_verdict, reachable_orders
from modecollapse.statistics.verdicts import INCONCLUSIVE, PARTIALLY, TIE, IntervalVerdict, Verdict

SOME_BEATEN = "some_beaten"
TIME = "coverage_time:"  # a run that never got there has the longest time


class Comparison(OfRuns):
    """A rule on the ranks of one method's runs among those of others: a part for each data set and measure."""

    averages = False

    first: str
    datasets: Names
    measures: Any

    @property
    def rivals(self) -> list[str]:
        """The methods that `first` is compared with."""
        raise NotImplementedError

    def check_names(self, registry: Published, source: str) -> None:
        registry.check_names([self.first, *self.rivals], self.datasets, self.measures)

    def expand(self, whole: Part, scope: Scope) -> Iterator[Part]:
        """One for each experiment and variant of `first`, against all variants of the others there."""
        for family, measure in product(self.datasets, self.measures):
            yield from self.each(replace(whole, measures=(measure,)), scope, family, self.first, self.rivals)

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """The orders that so many runs can show, and the seeds that a tie takes where it is out of reach."""
        settings, n = scope.registry.settings, scope.seeds(part)
        sizes = {"draws": settings.draws, "tie": settings.tie, **settings.limits}
        orders = reachable_orders(n, len(part.variants) - 1, **sizes)
        ties = any(verdict.reason == TIE for verdict in orders)
        return Reach(orders) if ties else Reach(orders, "to show a tie", fewest_to_tie(settings.tie, settings.alpha))


class Ordering(Comparison):
    """`first` is better than every one of `others`, by the direction of each measure (intersection-union test)."""

    rule: Literal["ordering"]
    others: Names
    measures: Annotated[dict[str, Literal["more", "less"]], Field(min_length=1)]

    @property
    def rivals(self) -> list[str]:
        return self.others

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By one permutation test for each opponent."""
        [measure], settings, numbers = part.measures, results.settings, {}
        values = results.of_variants(part, view, measure)
        first, *others = (as_ranked(own, self.measures[measure]) for own in values)
        opponents = dict(zip(part.variants[1:], others, strict=True))
        verdict, pairwise, p, beaten = ordering_verdict(
            first, opponents, results.permutations_of, tie=settings.tie, **settings.limits
        )
        if verdict.outcome == PARTIALLY:
            verdict = Verdict(PARTIALLY, SOME_BEATEN, verdict.seeds)
            numbers = {"beaten": beaten, "opponents": len(pairwise)}
        if measure.startswith(TIME) and verdict.reason in (TIE, verdicts.UNCLEAR) and _mostly_unreached(values):
            verdict = Verdict(INCONCLUSIVE, verdicts.NOT_REACHED)
        return Decision(IntervalVerdict(verdict, p=p), numbers | effects(pairwise))


def effects(pairwise: Mapping[str, PairwiseResult]) -> dict[str, Any]:
    """The numbers of each comparison from the side of the first variant: A12 with its 90 % interval, and p."""
    return {
        f"against {name}": {
            "A12": round(one.superiority.value, 2),
            "lower": round(one.superiority.lower, 2),
            "upper": round(one.superiority.upper, 2),
            "p": float(f"{one.p_better:.2g}"),
        }
        for name, one in pairwise.items()
    }


def _mostly_unreached(values: list[np.ndarray]) -> bool:
    """Whether at least half of the runs of every group have the largest of all times: the budget, or never."""
    latest = max(own.max() for own in values)
    return all(np.median(own) >= latest for own in values)
