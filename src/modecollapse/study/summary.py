"""What tables, figures and the report need to know of a study, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modecollapse.study import catalogue
from modecollapse.study.config import CellRecipe, Study
from modecollapse.study.plan import measures, planned
from modecollapse.study.specs import Cell, DatasetSpec


@dataclass(frozen=True)
class MeasureSummary:
    """A measure as it is printed."""

    label: str
    decimals: int  # of its values
    note: str
    reads: str  # counts, samples or inversions
    better: str | None  # more or less, None where neither is


@dataclass(frozen=True)
class DatasetSummary:
    """A data set of the study."""

    label: str
    family: str
    as_published: bool  # whether the options are those of the published definition of the family
    options: Mapping[str, Any]
    shape: Sequence[int]  # of an item
    modes: int
    samples: int  # drawn at an evaluation
    measures: Sequence[str]  # those of the study that say something of the data set


@dataclass(frozen=True)
class VariantSummary:
    """A variant of the study: its name in print, its objective and the objective's options."""

    label: str
    objective: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class CellSummary:
    """A cell: three names, and the recipe that it is trained by."""

    experiment: str
    dataset: str
    variant: str
    seeds: Sequence[int]
    config_hash: str
    roles: Mapping[str, str]  # of the objective's networks, by symbol
    source: str  # the work that the recipe is from
    steps: int
    evaluations: int
    batch: int
    latent: int
    schedule: str
    networks: Mapping[str, Mapping[str, Any] | None]  # the settings of each role
    optimizer: Mapping[str, Any]
    optimizers: Mapping[str, Mapping[str, Any]]  # of the roles that have another one

    @property
    def key(self) -> tuple[str, str, str]:
        """Experiment, data set and variant."""
        return self.experiment, self.dataset, self.variant

    @property
    def rate(self) -> float:
        """The learning rate of G."""
        return self.optimizers.get("generator", self.optimizer)["lr"]

    @property
    def work(self) -> float:
        """How far G can have moved: its learning rate times the steps."""
        return self.rate * self.steps


@dataclass(frozen=True)
class StudySummary:
    """A study: its name, the seeds and measures of all its experiments, data sets and variants by name, and cells.

    All are in printing order.
    """

    study: str
    root_seed: int
    seeds: Sequence[int]
    measures: Mapping[str, MeasureSummary]
    datasets: Mapping[str, DatasetSummary]
    variants: Mapping[str, VariantSummary]
    cells: Sequence[CellSummary]

    def seeds_of(self, experiment: str) -> Sequence[int]:
        """The seeds of an experiment, those of all where it has no cell."""
        return next((cell.seeds for cell in self.cells if cell.experiment == experiment), self.seeds)


def summary_of(study: Study) -> StudySummary:
    """The summary of a study."""
    cells, measured = planned(study), measures(study)
    datasets = {cell.dataset.name: cell.dataset for cell, _ in cells}
    variants = {cell.variant.name: cell.variant for cell, _ in cells}
    return StudySummary(
        study=study.study,
        root_seed=study.root_seed,
        seeds=sorted({seed for cell, _ in cells for seed in study.seeds_of(cell.experiment)}),
        measures={name: _measure(name) for name in study.listed("measures") if name in sum(measured.values(), [])},
        datasets={name: _dataset(study, spec, measured[name]) for name, spec in datasets.items()},
        variants={
            name: VariantSummary(study.variant(name).label, spec.objective, spec.options)
            for name, spec in variants.items()
        },
        cells=[_cell(cell, recipe, study.seeds_of(cell.experiment)) for cell, recipe in cells],
    )


def as_published(spec: DatasetSpec) -> bool:
    """Whether a data set has the options of the published definition of its family."""
    return spec.options == catalogue.options_model("datasets", spec.family)().model_dump()


def _cell(cell: Cell, recipe: CellRecipe, seeds: list[int]) -> CellSummary:
    shown = {"steps", "evaluations", "batch", "latent", "schedule", "networks", "optimizer", "optimizers"}
    return CellSummary(
        experiment=cell.experiment,
        dataset=cell.dataset.name,
        variant=cell.variant.name,
        seeds=seeds,
        config_hash=cell.config_hash,
        roles=catalogue.declared("variants", cell.variant.objective, "NETWORKS"),
        source=recipe.source,
        **cell.training.model_dump(include=shown),
    )


def _measure(name: str) -> MeasureSummary:
    label, decimals, note = (catalogue.declared("measures", name, what) for what in ("LABEL", "DECIMALS", "NOTE"))
    facts = catalogue.declarations("measures", name)
    return MeasureSummary(label, decimals, note, facts.get("READS", "counts"), facts.get("BETTER"))


def _dataset(study: Study, spec: DatasetSpec, measured: list[str]) -> DatasetSummary:
    return DatasetSummary(
        label=study.dataset(spec.name).label,
        family=spec.family,
        as_published=as_published(spec),
        options=spec.options,
        shape=list(spec.shape),
        modes=spec.modes,
        samples=spec.samples,
        measures=[name for name in measured if spec.has(name) and name not in spec.declared("UNINFORMATIVE")],
    )
