"""A measure rises along experiments, methods or data sets, in the order in which a claim names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from modecollapse.claims.parts import NO_EXPERIMENTS, NOT_MEASURED, PILOT_SEEDS
from modecollapse.claims.rule import Decision, Names, OfRuns, Part, Published, Results, Scope, View
from modecollapse.statistics.trend import trend_verdict
from modecollapse.statistics.verdicts import IntervalVerdict


class Ordered(OfRuns):
    """A rule on one measure of several cells, which are in the order of the names of one of three lists, `along`.

    There is a part for each name of the two other lists. Of the variants that stand for a method, the first that is run
    in all of the cells counts.
    """

    averages = False

    along: Literal["experiments", "methods", "datasets"]
    methods: Names
    datasets: Names
    measure: str

    @model_validator(mode="after")
    def _has_an_order(self) -> Self:
        if len(getattr(self, self.along) or []) < 2:
            raise ValueError(f"{self.along}: allowed: two or more, in order, since the rule is along them")
        return self

    def check_names(self, registry: Published, source: str) -> None:
        registry.check_names(self.methods, self.datasets, [self.measure])

    def expand(self, whole: Part, scope: Scope) -> Iterator[Part]:
        wanted = replace(whole, measures=(self.measure,))
        planned = list(dict.fromkeys(cell.experiment for cell in scope.summary.cells))
        for names, methods in product(self._each("datasets"), self._each("methods")):
            found = []
            for experiments in self._each("experiments", planned):
                found += self._parts(wanted, scope, experiments, names, methods)
            yield from found or [self._missing(wanted, scope, names, methods)]

    def groups(self, part: Part, results: Results, view: View) -> list[np.ndarray]:
        """The values of the runs of each cell, (n,), in order."""
        cells = product(part.experiment.split(", "), part.datasets, part.variants)
        return [results.values(view, *cell, self.measure) for cell in cells]

    def means(self, part: Part, groups: list[np.ndarray]) -> dict[str, float]:
        """The mean of each group by what differs between them, for print."""
        lists = {"experiments": part.experiment.split(", "), "methods": part.variants, "datasets": part.datasets}
        named = zip(lists[self.along], groups, strict=True)
        return {name: round(float(own.mean()), 3) for name, own in named if own.size}

    def _each(self, key: str, default: Sequence[str] = ()) -> list[list[str]]:
        """Names of one of the lists: all of them together if the order is along it, otherwise one by one."""
        names = list(getattr(self, key) or default)
        return [names] if key == self.along else [[name] for name in names]

    def _parts(
        self, wanted: Part, scope: Scope, experiments: list[str], names: list[str], methods: list[str]
    ) -> Iterator[Part]:
        """The parts of some experiments: one for each choice of data sets, which all of the experiments have."""
        places = [scope.places(name, experiments) for name in names]
        held = [dict.fromkeys(d for _, d in own if all((e, d) in own for e in experiments)) for own in places]
        for datasets in product(*held):
            cells = list(product(experiments, datasets))
            standing = [[scope.standing_for(method, *cell) for cell in cells] for method in methods]
            variants = [next((v for v in own[0] if all(v in others for others in own)), "") for own in standing]
            if all(variants):
                place = {"experiment": ", ".join(experiments), "datasets": datasets, "variants": tuple(variants)}
                yield self._checked(replace(wanted, **place), scope)

    def _checked(self, part: Part, scope: Scope) -> Part:
        """The part, missing where a data set lacks the measure or its runs are those that the claim was made after."""
        seeds = {str(seed) for cell in scope.cells(part) for seed in cell.seeds}
        used = [str(seed) for seed in part.claim.pilot_seeds if str(seed) in seeds]
        if not all(scope.is_measured(dataset, self.measure) for dataset in part.datasets):
            return replace(part, missing=NOT_MEASURED, lacks={"measure": self.measure})
        return replace(part, missing=PILOT_SEEDS, lacks={"seeds": used}) if used else part

    def _missing(self, wanted: Part, scope: Scope, names: list[str], methods: list[str]) -> Part:
        """What the study lacks for any part on these data sets with these methods."""
        if self.along == "experiments":
            lacks = {"method": methods, "experiments": self.experiments, "dataset": names}
            return replace(wanted, datasets=tuple(names), missing=NO_EXPERIMENTS, lacks=lacks)
        absent = (name for name in names if not scope.places(name, self.experiments))
        return self.lacking(wanted, scope, next(absent, names[0]), methods)


class Trend(Ordered):
    """The measure rises along the list, in the order given."""

    rule: Literal["trend"]

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """By Jonckheere's test, one-sided in either direction."""
        groups, settings = self.groups(part, results, view), results.settings
        found = trend_verdict(groups, results.rng(part), draws=settings.draws, **settings.limits)
        return Decision(IntervalVerdict(found.verdict, p=found.p), self.means(part, groups))
