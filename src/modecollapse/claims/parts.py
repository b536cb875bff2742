"""A claim's parts: what of it a study can test, in which experiment, on which data and with which variants.

They follow from the registry and the plan alone, so the verdicts that can be reached are known before anything is run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from modecollapse.claims.name_checks import OfTraining, of_training
from modecollapse.claims.published import Published, Statement, Value
from modecollapse.comparisons.endpoints import Support
from modecollapse.statistics.intervals import Interval
from modecollapse.statistics.margin import Margin
from modecollapse.study import catalogue
from modecollapse.study.summary import CellSummary, StudySummary

PRIMARY, SENSITIVITY = "primary", "sensitivity"
NO_DATASET, NO_VARIANT, NO_EXPERIMENT, NOT_MEASURED = "no_dataset", "no_variant", "no_experiment", "not_measured"
NO_EXPERIMENTS, NOT_PLANNED, PILOT_SEEDS = "no_experiments", "not_planned", "pilot_seeds"
# Why a study cannot make a test, in words; the numbers of the verdict fill them in.
MISSING = {
    NO_DATASET: "{dataset} (as published) is not among the study's data sets",
    NO_VARIANT: "no variant that stands for {method} is run on {dataset}",
    NO_EXPERIMENT: "no experiment has all of {methods} on {dataset}",
    NO_EXPERIMENTS: "{method} is not run on {dataset} in each of the experiments {experiments}",
    NOT_PLANNED: "the study has none of the experiments {experiments}",
    PILOT_SEEDS: "the seeds {seeds} are of a pilot that the claim was made after",
    NOT_MEASURED: "{measure} is not among the study's measures",
}


@dataclass(frozen=True)
class Part:
    """One test of a claim in one experiment. `missing` is the reason why this study cannot make it; "" where it can.

    number: the test's index among those of the claim; experiment: its name, or several joined by ", "; datasets: one,
    or all of an association, and of what is missing the family; variants: the variant in question first, then those
    that it is compared with; measures: one, or those of the conditions of a share; original_runs: how many the
    published number is taken to be the mean of; role: whether it counts in the claim's verdict, or shows what another
    stand-in for a method would give; lacks: what fills in MISSING.
    """

    claim: Statement
    number: int
    experiment: str = ""
    datasets: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    published: Value | None = None
    original_runs: int = 0
    role: str = PRIMARY
    missing: str = ""
    lacks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The document or paper whose work the runs are held against."""
        return self.published.source if self.published else self.claim.source

    @property
    def names(self) -> list[str]:
        """Claim, experiment, data sets, variants, measures, published method and number of the test; some are empty."""
        groups = ("+".join(group) for group in (self.datasets, self.variants, self.measures))
        method = self.published.method if self.published else ""
        return [self.claim.id, self.experiment, *groups, method, str(self.number)]

    @property
    def id(self) -> str:
        """A name that no other part of a study has: `V7/matched/ring/veegan/modes/VEEGAN/0`, `B1/0`."""
        return "/".join(filter(None, self.names))


def why_missing(reason: str, lacks: Mapping[str, Any]) -> str:
    """Why a study cannot make a test, as a sentence."""
    return MISSING[reason].format(**{k: v if isinstance(v, str) else ", ".join(v) for k, v in lacks.items()})


@dataclass(frozen=True)
class Scope:
    """The registry and the plan of the study that it is applied to. `support`: the bounds of the study's measures."""

    registry: Published
    summary: StudySummary
    support: Support

    def places(self, name: str, experiments: Sequence[str] | None = None) -> list[tuple[str, str]]:
        """(experiment, data set) where the data set is of the family `name` and defined as published, or has this name.

        experiments: those that count; None for all.
        """
        places = dict.fromkeys((cell.experiment, cell.dataset) for cell in self.summary.cells)
        return [(e, d) for e, d in places if self._is_meant(name, d) and (experiments is None or e in experiments)]

    def _is_meant(self, name: str, dataset: str) -> bool:
        """Whether a data set of the study is what a test calls `name`."""
        entry = self.summary.datasets[dataset]
        return entry.as_published if entry.family == name else dataset == name

    def standing_for(self, method: str, experiment: str, dataset: str) -> list[str]:
        """The variants that stand for a published method in an experiment on a data set, in the registry's order."""
        there = {cell.variant for cell in self.summary.cells if cell.key[:2] == (experiment, dataset)}
        return [variant for variant in self.registry.methods[method] if variant in there]

    def is_measured(self, dataset: str, measure: str) -> bool:
        """Whether it is a measure of the study on these data, or one that every trained run has."""
        own = measure in self.summary.measures and measure in self.summary.datasets[dataset].measures
        return own or measure not in catalogue.names("measures")

    def limits(self, dataset: str, measure: str) -> Interval:
        """The lowest and the highest value of a measure on a data set; they may be infinite."""
        if measure in self.summary.measures:
            return self.support(dataset, measure)
        return (of_training(measure) or OfTraining()).limits

    def bounds(self, dataset: str, measure: str) -> Interval | None:
        """The limits as the support of an interval: None where one is infinite."""
        limits = self.limits(dataset, measure)
        return limits if -inf < limits[0] and limits[1] < inf else None

    def margin(self, dataset: str, measure: str, value: float) -> Margin:
        """The margin around a value of a measure, which must have one, on a data set."""
        entry = self.registry.settings.margin(self.summary.datasets[dataset].family, measure)
        return entry.at(value, self.limits(dataset, measure))

    def cells(self, part: Part) -> list[CellSummary]:
        """The cells whose runs decide a part."""
        experiments = part.experiment.split(", ")
        return [
            cell
            for cell in self.summary.cells
            if cell.experiment in experiments and cell.variant in part.variants and cell.dataset in part.datasets
        ]

    def least_work(self, part: Part) -> tuple[float, float | None]:
        """The work of the cell that is furthest behind the source's on its data set, and the source's.

        The latter is None where nobody knows it for any of the data sets.
        """
        known = self.registry.sources[part.source]
        both = [(cell.work, known.work_on(self.summary.datasets[cell.dataset].family)) for cell in self.cells(part)]
        return min(both, key=lambda pair: pair[0] / pair[1] if pair[1] else inf)

    def seeds(self, part: Part) -> int:
        """How many runs the smallest cell of a part has."""
        return min(len(cell.seeds) for cell in self.cells(part))
