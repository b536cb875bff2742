"""The plan: which cells are run, in which blocks of seeds."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import Recipe, Seed, Study, check_entry
from modecollapse.study.fingerprint import code_fingerprint, content_hash
from modecollapse.study.recipe import Training


class DatasetSpec(Strict):
    """A data set as a job needs it: which file of `datasets/` makes it, with every option spelt out."""

    name: str
    family: str
    options: dict[str, Any]
    root_seed: int

    @model_validator(mode="after")
    def _can_be_made(self) -> DatasetSpec:
        _check_complete("datasets", self.name, self.family, self.options)
        return self

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one item."""
        return tuple(self._chosen(size) for size in self.declared("SHAPE"))

    @property
    def modes(self) -> int:
        """K, the number of modes, where need be that of the option which decides it."""
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
        """Whether a measure is about such data: its rule, its family, and for inversions that items are images."""
        about = catalogue.declarations("measures", measure)
        rules = (None, *catalogue.declarations("datasets", self.family).get("RULES", ()))
        images = about.get("READS") != "inversions" or len(self.shape) == 3
        return about.get("RULE") in rules and self.family in about.get("FAMILIES", (self.family,)) and images

    def _chosen(self, number: int | str) -> int:
        """A declared number; a word is the option that has it."""
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
        _check_complete("variants", self.name, self.objective, self.options)
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


def _check_complete(folder: str, name: str, file: str, options: dict[str, Any]) -> None:
    """The file exists and takes the options, and none of them is left to a default that may change."""
    check_entry(folder, name, file, options)
    missing = catalogue.options_model(folder, file).model_fields.keys() - options.keys()
    if missing:
        raise ValueError(f"options: {', '.join(sorted(missing))} missing; allowed: all of {file} spelt out")


def dataset_spec(study: Study, name: str) -> DatasetSpec:
    """The data set `name` of a study, with defaults filled in."""
    entry = study.dataset(name)
    options = catalogue.options_model("datasets", entry.family).model_validate(entry.options).model_dump()
    return DatasetSpec(name=name, family=entry.family, options=options, root_seed=study.root_seed)


def variant_spec(study: Study, name: str) -> VariantSpec:
    """The variant `name` of a study, with defaults filled in."""
    entry = study.variant(name)
    options = catalogue.options_model("variants", entry.objective).model_validate(entry.options).model_dump()
    return VariantSpec(name=name, objective=entry.objective, options=options)


def recipes(study: Study) -> dict[tuple[str, str, str], Recipe]:
    """The recipe of every (experiment, data set, variant) that is run, in the order of the configuration.

    A recipe that names its variants goes before one that is for all. Raises StudyError where two recipes claim a cell,
    where a recipe does not suit a variant, or where a chosen data set or variant is in no cell.
    """
    found: dict[tuple[str, str, str], Recipe] = {}
    for experiment, listed in study.experiments.items():
        for dataset in study.datasets:
            for variant in study.variants:
                covering = [recipe for recipe in listed if recipe.covers(dataset, variant)]
                covering = [recipe for recipe in covering if recipe.variants] or covering
                if len(covering) > 1:
                    cell = f"{dataset}/{variant}"
                    raise StudyError(f"experiments.{experiment}: {len(covering)} recipes cover {cell}; allowed: one")
                if covering:
                    _check_networks(experiment, covering[0], study.variant(variant).objective)
                    _check_requirements(experiment, covering[0], study.variant(variant).objective)
                    _check_shape(experiment, covering[0], dataset_spec(study, dataset))
                    found[experiment, dataset, variant] = covering[0]
    for place, chosen in ((1, study.datasets), (2, study.variants)):
        for name in chosen:
            if name not in {cell[place] for cell in found}:
                raise StudyError(f"experiments: no recipe covers {name!r}; allowed: at least one cell for each name")
    return found


def _check_networks(experiment: str, recipe: Recipe, objective: str) -> None:
    """The recipe has a network for every role of the objective."""
    for role in catalogue.declared("variants", objective, "NETWORKS").values():
        if recipe.networks.of_role(role) is None:
            given = ", ".join(name for name, network in recipe.networks if network is not None)
            raise StudyError(
                f"experiments.{experiment}: networks: {objective} needs a {role}, the recipe has {given}; "
                "allowed: a network for every role of a variant"
            )


def _check_requirements(experiment: str, recipe: Recipe, objective: str) -> None:
    """The recipe is what the objective REQUIRES."""
    facts = {"schedule": recipe.schedule, "discriminator optimizer": recipe.optimizer_of("discriminator").method}
    if recipe.networks.discriminator:
        facts["discriminator normalisation"] = recipe.networks.discriminator.normalisation
    for fact, allowed in catalogue.declarations("variants", objective).get("REQUIRES", {}).items():
        if facts[fact] not in allowed:
            raise StudyError(
                f"experiments.{experiment}: {objective}: {fact} is {facts[fact]!r}; allowed: {', '.join(allowed)}"
            )


def _check_shape(experiment: str, recipe: Recipe, dataset: DatasetSpec) -> None:
    """The recipe's convolutional networks fit the data's images."""
    try:
        recipe.networks.check_shape(dataset.shape)
    except ValueError as problem:
        raise StudyError(f"experiments.{experiment}: {dataset.name}: {problem}") from None


def cells(study: Study) -> list[Cell]:
    """Every cell of a study, in the order of the configuration. Raises as `recipes` does."""
    return [
        Cell(
            experiment=experiment,
            dataset=dataset_spec(study, dataset),
            variant=variant_spec(study, variant),
            training=recipe.training(study.steps),
        )
        for (experiment, dataset, variant), recipe in recipes(study).items()
    ]


def blocks(study: Study, cell: Cell) -> list[Block]:
    """The blocks of a cell: its seeds in ascending order, `block_size` at a time."""
    seeds = study.seed_list
    return [
        Block(cell=cell, seeds=seeds[start : start + study.block_size])
        for start in range(0, len(seeds), study.block_size)
    ]


def block_paths(study: Study) -> list[str]:
    """The folder of every block of a study below runs/ and measures/."""
    return [block.path for cell in cells(study) for block in blocks(study, cell)]


def places(study: Study) -> list[str]:
    """Every experiment and data set of a study that go together, `experiment/dataset`, as folders below measures/."""
    return list(dict.fromkeys(f"{cell.experiment}/{cell.dataset.name}" for cell in cells(study)))


def inversions(study: Study) -> list[str]:
    """What is inverted, as files below inversions/: blocks, and the controls of their data sets.

    All blocks of images, if one of the study's measures reads inversions.
    """
    read = [name for name in study.measures if catalogue.declarations("measures", name).get("READS") == "inversions"]
    chosen = [cell for cell in cells(study) if any(cell.dataset.has(name) for name in read)]
    controls = dict.fromkeys(f"calibration/{cell.dataset.name}" for cell in chosen)
    return [*controls, *(block.path for cell in chosen for block in blocks(study, cell))]


def training_code(cell: Cell) -> str:
    """The fingerprint of the code that decides a cell's numbers: its own variant and data set, not the others."""
    own = catalogue.own_files("variants", cell.variant.objective), catalogue.own_files("datasets", cell.dataset.family)
    return code_fingerprint(*own[0], *own[1], "networks", "training", "study/recipe.py", "study/streams.py", "files.py")


def inversion_code(spec: DatasetSpec) -> str:
    """The fingerprint of the code that inverts generators of a data set."""
    stems = ("inversion", "inversion_controls", "inversion_targets", "ivom", "ivom_controls", "lbfgs", "two_sample")
    own = [f"measures/{stem}.py" for stem in (*stems, "frozen")]
    own += [f"training/{stem}.py" for stem in ("draws", "engine", "arithmetic")]
    return data_code(spec, *own, "networks", "study/recipe.py", "study/inversion.py")


def data_code(spec: DatasetSpec, *others: str) -> str:
    """The fingerprint of what makes a data set, with other parts of the package: code, official files, own folder."""
    own = catalogue.own_files("datasets", spec.family)
    read: list[Any] = []
    if "datasets/sources.py" in own:
        read.append(catalogue.SOURCES.read_text(encoding="utf-8"))  # other digests are other data
    if spec.options.get("path"):
        read.append(folder_state(Path(spec.options["path"])))
    code = code_fingerprint(*own, "study/streams.py", *others)
    return content_hash([code, *read]) if read else code


@cache
def folder_state(folder: Path) -> list[tuple[str, int, int]]:
    """The (path, bytes, time of change in ns) of all files below a folder, sorted; no file is opened.

    Once in a process, since a rule asks for every job. Nothing where there is no folder, which the job will say.
    """
    found = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    facts = ((path, path.lstat()) for path in found)
    return sorted((path.relative_to(folder).as_posix(), fact.st_size, fact.st_mtime_ns) for path, fact in facts)
