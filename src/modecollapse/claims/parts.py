"""A claim's parts: what of it a study can test, in which experiment, on which data and with which variants.

They follow from the registry and the plan alone, so the verdicts that can be reached are known before anything is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from modecollapse.claims.published import Value
from modecollapse.claims.registry import Registry
from modecollapse.claims.rules import (
    Association,
    Bound,
    Claim,
    Equivalence,
    Identity,
    NotRun,
    NotTestable,
    Ordering,
    Share,
    Test,
    Values,
)
from modecollapse.study import catalogue
from modecollapse.study.summary import StudySummary


@dataclass(frozen=True)
class Part:
    """One test of a claim in one place. `missing` says why this study cannot make it; "" where it can.

    variants: the variant in question first, then those that it is set against; measures: one, or those of the
    conditions of a share; datasets: one, or those that an association is sought on.
    """

    claim: Claim
    test: Test
    experiment: str = ""
    datasets: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    published: Value | None = None
    missing: str = ""

    @property
    def name(self) -> str:
        """What tells it apart: `V7/matched/ring/veegan/modes`."""
        method = self.published.method if self.published else ""
        own = ("+".join(group) for group in (self.datasets, self.variants, self.measures))
        position = self.claim.tests.index(self.test)
        return "/".join([self.claim.id, self.experiment, *own, method, str(position)])


def parts(registry: Registry, summary: StudySummary) -> list[Part]:
    """All parts of all claims, in the registry's order; a test that the study has nothing for is one missing part."""
    return [
        part for claim in registry.claims for test in claim.tests for part in _of_test(registry, summary, claim, test)
    ]


def _of_test(registry: Registry, summary: StudySummary, claim: Claim, test: Test) -> Iterator[Part]:
    if isinstance(test, Identity | NotRun | NotTestable):
        yield Part(claim, test)
    elif isinstance(test, Values):
        for value in registry.of(claim.source, test.place):
            wanted = Part(claim, test, measures=(value.measure,), published=value)
            yield from _or_missing(_single(registry, summary, wanted, value.method, value.dataset))
    elif isinstance(test, Ordering | Equivalence):
        others = test.others if isinstance(test, Ordering) else [test.second]
        for family, measure in product(test.datasets, test.measures):
            wanted = Part(claim, test, measures=(measure,))
            yield from _or_missing(_against(registry, summary, wanted, family, test.first, others))
    elif isinstance(test, Share | Bound):
        names = [c.measure for c in test.conditions] if isinstance(test, Share) else [test.measure]
        for family in test.datasets:
            wanted = Part(claim, test, measures=tuple(names))
            yield from _or_missing(_single(registry, summary, wanted, test.method, family))
    else:
        wanted = Part(claim, test, measures=(test.signal, test.quality))
        yield from _or_missing(_over_data_sets(registry, summary, wanted, test))


def _or_missing(found: Iterator[Part]) -> list[Part]:
    """The parts found, or, where each of them is missing something, only the first."""
    listed = list(found)
    possible = [part for part in listed if not part.missing]
    return possible or listed[:1]


def _single(registry: Registry, summary: StudySummary, wanted: Part, method: str, family: str) -> Iterator[Part]:
    """A part for each experiment, data set of the family and variant that stands for the method."""
    found = False
    for experiment, dataset in _places(summary, family):
        for variant in _standing_for(registry, summary, method, experiment, dataset):
            unmeasured = [m for m in wanted.measures if not _is_measured(summary, dataset, m)]
            missing = f"{unmeasured[0]} is not among the study's measures" if unmeasured else ""
            found = True
            yield replace(wanted, experiment=experiment, datasets=(dataset,), variants=(variant,), missing=missing)
    if not found:
        yield replace(wanted, missing=_why_none(registry, summary, family, [method]))


def _against(
    registry: Registry, summary: StudySummary, wanted: Part, family: str, first: str, others: list[str]
) -> Iterator[Part]:
    """A part for each place and variant of the method `first`, where every one of the others is there too."""
    found = False
    for experiment, dataset in _places(summary, family):
        rivals = {method: _standing_for(registry, summary, method, experiment, dataset) for method in others}
        for variant in _standing_for(registry, summary, first, experiment, dataset):
            opponents = tuple(dict.fromkeys(v for own in rivals.values() for v in own if v != variant))
            if all(set(own) - {variant} for own in rivals.values()):
                measured = _is_measured(summary, dataset, wanted.measures[0])
                missing = "" if measured else f"{wanted.measures[0]} is not among the study's measures"
                found = True
                yield replace(
                    wanted, experiment=experiment, datasets=(dataset,), variants=(variant, *opponents), missing=missing
                )
    if not found:
        yield replace(wanted, missing=_why_none(registry, summary, family, [first, *others]))


def _over_data_sets(registry: Registry, summary: StudySummary, wanted: Part, test: Association) -> Iterator[Part]:
    """A part for each experiment and variant of the method, over the data sets on which it is there."""
    by_run: dict[tuple[str, str], list[str]] = {}
    for family in test.datasets:
        for experiment, dataset in _places(summary, family):
            for variant in _standing_for(registry, summary, test.method, experiment, dataset):
                if _is_measured(summary, dataset, test.quality):
                    by_run.setdefault((experiment, variant), []).append(dataset)
    for (experiment, variant), datasets in by_run.items():
        yield replace(wanted, experiment=experiment, datasets=tuple(datasets), variants=(variant,))
    if not by_run:
        yield replace(wanted, missing=_why_none(registry, summary, test.datasets[0], [test.method]))


def _places(summary: StudySummary, family: str) -> list[tuple[str, str]]:
    """(experiment, data set) where a data set of this family is defined as published."""
    places = dict.fromkeys((cell.experiment, cell.dataset) for cell in summary.cells)
    entries = summary.datasets
    return [(e, d) for e, d in places if entries[d].family == family and entries[d].as_published]


def _standing_for(registry: Registry, summary: StudySummary, method: str, experiment: str, dataset: str) -> list[str]:
    """The variants of a place that stand for a published method."""
    place = (experiment, dataset)
    there = dict.fromkeys(c.variant for c in summary.cells if (c.experiment, c.dataset) == place)
    return [variant for variant in there if variant in registry.methods[method]]


def _is_measured(summary: StudySummary, dataset: str, measure: str) -> bool:
    """A measure of the study on these data, or one that every trained run has (of its course)."""
    own = measure in summary.measures and measure in summary.datasets[dataset].measures
    return own or measure not in catalogue.names("measures")


def _why_none(registry: Registry, summary: StudySummary, family: str, methods: list[str]) -> str:
    """What a study would need to have for a test."""
    if not _places(summary, family):
        return f"{family} (as published) is not among the study's data sets"
    for method in methods:
        if not any(_standing_for(registry, summary, method, *place) for place in _places(summary, family)):
            return f"no variant that stands for {method} is run on {family}"
    return f"no experiment has all of {', '.join(methods)} on {family}"
