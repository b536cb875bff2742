"""What a job gets: the data set, the variant and the training of a cell, and the seeds of a block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field, model_validator

from modecollapse.files import content_hash
from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.evaluations import snapshot_steps
from modecollapse.study.fields import Seed
from modecollapse.study.problems import first_problem, key_path
from modecollapse.study.recipe import Training


class DatasetSpec(Strict):
    """A data set as a job needs it: which file of `datasets/` makes it, with every option spelt out."""

    name: str
    family: str
    options: dict[str, Any]
    root_seed: int

    @model_validator(mode="after")
    def _can_be_made(self) -> DatasetSpec:
        _check_complete("datasets", self.family, self.options)
        return self

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one item."""
        return tuple(self._chosen(size) for size in self.declared("SHAPE"))

    @property
    def kind(self) -> str:
        """`images`, whose items are (channels, height, width), or `points`."""
        return "images" if len(self.declared("SHAPE")) == 3 else "points"

    @property
    def modes(self) -> int:
        """K, the number of modes, which an option may decide."""
        modes = self.declared("MODES")
        if isinstance(modes, dict):
            [(option, by_value)] = modes.items()
            return by_value[self.options[option]]
        return self._chosen(modes)

    @property
    def samples(self) -> int:
        """How many samples a finished run is measured on."""
        return self.declared("SAMPLES")

    @property
    def config_hash(self) -> str:
        """Identifies the data."""
        return content_hash(self.model_dump())

    def has(self, measure: str) -> bool:
        """Whether a measure applies to such data by its rule and families; one of inversions needs images."""
        about = catalogue.declarations("measures", measure)
        rules = (None, *catalogue.declarations("datasets", self.family).get("RULES", ()))
        images = about.get("READS") != "inversions" or self.kind == "images"
        return about.get("RULE") in rules and self.family in about.get("FAMILIES", (self.family,)) and images

    def about(self, measures: Sequence[str]) -> list[str]:
        """Those of some measures that apply to such data; unknown names stay and are refused where they are used."""
        return [name for name in measures if name not in catalogue.names("measures") or self.has(name)]

    def _chosen(self, number: int | str) -> int:
        """A declared number, or the value of the option that it names."""
        return self.options[number] if isinstance(number, str) else number

    def declared(self, fact: str) -> Any:
        """A fact that the family's file declares, such as STORED_AS."""
        return catalogue.declared("datasets", self.family, fact)


class VariantSpec(Strict):
    """A variant as a job needs it: which objective, with every option spelt out."""

    name: str
    objective: str
    options: dict[str, Any]

    @model_validator(mode="after")
    def _can_be_made(self) -> VariantSpec:
        _check_complete("variants", self.objective, self.options)
        return self


class Cell(Strict):
    """One experiment x data set x variant. It holds what decides the numbers and nothing else."""

    experiment: str
    dataset: DatasetSpec
    variant: VariantSpec
    training: Training

    @property
    def path(self) -> str:
        """The cell's folder below runs/ and measures/."""
        return f"{self.experiment}/{self.dataset.name}/{self.variant.name}"

    @property
    def snapshot_steps(self) -> list[int]:
        """The steps whose first samples are kept; none unless these can be drawn: points of the plane, and images."""
        drawn = self.dataset.shape == (2,) or self.dataset.kind == "images"
        return snapshot_steps(self.training.steps, self.training.evaluations) if drawn else []

    @property
    def config_hash(self) -> str:
        """Identifies the configuration of the cell's runs."""
        return content_hash(self.model_dump())


class Block(Strict):
    """The runs of a cell that are trained together: the unit of a job, a checkpoint and a re-execution."""

    cell: Cell
    seeds: list[Seed] = Field(min_length=1)

    @property
    def name(self) -> str:
        """The block's folder name: its first and last seed."""
        return f"seeds-{self.seeds[0]}-{self.seeds[-1]}"

    @property
    def path(self) -> str:
        """The block's folder below runs/."""
        return f"{self.cell.path}/{self.name}"


def _check_complete(folder: str, file: str, options: dict[str, Any]) -> None:
    """The file exists and takes the options, and none of them is left to a default that may change."""
    if file not in catalogue.names(folder):
        raise ValueError(f"{folder}: {file!r} is unknown; allowed: {', '.join(catalogue.names(folder))}")
    model = catalogue.options_model(folder, file)
    if problem := first_problem(model, options):
        raise ValueError(f"{key_path(('options', *problem[0]))}: {problem[1]}")
    missing = model.model_fields.keys() - options.keys()
    if missing:
        raise ValueError(f"options: {', '.join(sorted(missing))} missing; allowed: all of {file} spelt out")
