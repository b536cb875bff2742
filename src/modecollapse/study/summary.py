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
    """A measure as it is printed.

    label, note: its name and a remark on it; decimals: of its values; reads: `counts`, `samples` or `inversions`;
    better: `more` or `less`, None where neither is.
    """

    label: str
    decimals: int
    note: str
    reads: str
    better: str | None


@dataclass(frozen=True)
class DatasetSummary:
    """A data set of the study.

    as_published: whether `options` are those of the published definition of its `family`; shape: of an item;
    modes: how many it has; samples: how many are drawn at an evaluation; measures: those of the study that say
    something of it.
    """

    label: str
    family: str
    as_published: bool
    options: Mapping[str, Any]
    shape: Sequence[int]
    modes: int
    samples: int
    measures: Sequence[str]


@dataclass(frozen=True)
class VariantSummary:
    """A variant of the study: its name in print, its objective and the objective's options."""

    label: str
    objective: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class CellSummary:
    """A cell: three names, and the recipe that it is trained by.

    roles: the objective's networks, symbol -> role; source, reference_steps: the work that the recipe is from and its
    steps, None where it does not say; networks: role -> its settings, None where there is none; optimizer: of all
    networks but those that have another one in `optimizers`.
    """

    experiment: str
    dataset: str
    variant: str
    seeds: Sequence[int]
    config_hash: str
    roles: Mapping[str, str]
    source: str
    reference_steps: int | None
    steps: int
    batch: int
    latent: int
    schedule: str
    networks: Mapping[str, Mapping[str, Any] | None]
    optimizer: Mapping[str, Any]
    optimizers: Mapping[str, Mapping[str, Any]]

    @property
    def key(self) -> tuple[str, str, str]:
        """Experiment, data set and variant."""
        return self.experiment, self.dataset, self.variant


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

    def runs_on(self, dataset: str) -> int:
        """How many runs a cell on a data set has; of several experiments those of the one with the fewest."""
        return min(len(cell.seeds) for cell in self.cells if cell.dataset == dataset)


def summary_of(study: Study) -> StudySummary:
    """The summary of a study."""
    cells, measured = planned(study), measures(study)
    return StudySummary(
        study=study.study,
        root_seed=study.root_seed,
        seeds=sorted({seed for cell, _ in cells for seed in study.seeds_of(cell.experiment)}),
        measures={name: _measure(name) for name in study.listed("measures") if name in sum(measured.values(), [])},
        datasets={c.dataset.name: _dataset(study, c.dataset, measured[c.dataset.name]) for c, _ in cells},
        variants={
            cell.variant.name: VariantSummary(
                study.variant(cell.variant.name).label, cell.variant.objective, cell.variant.options
            )
            for cell, _ in cells
        },
        cells=[_cell(cell, recipe, study.seeds_of(cell.experiment)) for cell, recipe in cells],
    )


def _cell(cell: Cell, recipe: CellRecipe, seeds: list[int]) -> CellSummary:
    training = cell.training.model_dump()
    shared = ("steps", "batch", "latent", "schedule", "networks", "optimizer", "optimizers")
    return CellSummary(
        experiment=cell.experiment,
        dataset=cell.dataset.name,
        variant=cell.variant.name,
        seeds=seeds,
        config_hash=cell.config_hash,
        roles=catalogue.declared("variants", cell.variant.objective, "NETWORKS"),
        source=recipe.source,
        reference_steps=recipe.reference_steps,
        **{name: training[name] for name in shared},
    )


def _measure(name: str) -> MeasureSummary:
    label, decimals, note = (catalogue.declared("measures", name, what) for what in ("LABEL", "DECIMALS", "NOTE"))
    own = catalogue.declarations("measures", name)
    return MeasureSummary(label, decimals, note, own.get("READS", "counts"), own.get("BETTER"))


def _dataset(study: Study, spec: DatasetSpec, measured: list[str]) -> DatasetSummary:
    usual = catalogue.options_model("datasets", spec.family)().model_dump()
    return DatasetSummary(
        label=study.dataset(spec.name).label,
        family=spec.family,
        as_published=spec.options == usual,
        options=spec.options,
        shape=list(spec.shape),
        modes=spec.modes,
        samples=spec.samples,
        measures=[name for name in measured if spec.has(name) and name not in spec.declared("UNINFORMATIVE")],
    )
