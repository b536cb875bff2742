"""The configuration of a study, as pydantic models. `config/config.yaml` is an instance of `Study`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.inversion import Inversion
from modecollapse.study.labels import check_label, check_text
from modecollapse.study.problems import first_problem, key_path, shown, unknown
from modecollapse.study.recipe import Count, Seed, Training

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
# Rows that tables have.
RESERVED = ("oracle", "null-uniform", "null-gaussian", "untrained", "mean-image", "pca", "nearest-training")
RELEASED = "reported"  # results/reported is not for a run to write into
MOST_SEEDS = 10_000  # beyond it, the count was meant to be something else (a root seed)


class Recipe(Training):
    """The training of the cells of some data sets and variants, and where its values come from.

    reference_steps: those of the work that the cells are compared with; a recipe without them decides no claim.
    """

    datasets: list[str] = Field(min_length=1)
    variants: list[str] | None = Field(default=None, min_length=1)
    source: str
    reference_steps: Count | None = None

    def covers(self, dataset: str, variant: str) -> bool:
        """Whether the recipe is for this data set and this variant; no `variants` means all."""
        return dataset in self.datasets and (self.variants is None or variant in self.variants)

    def training(self, steps: int | None) -> Training:
        """The training alone; `steps`, if given, replaces the recipe's."""
        fields = {name: getattr(self, name) for name in Training.model_fields}
        if steps is not None:
            fields |= {"steps": steps, "evaluations": min(self.evaluations, steps)}
        return Training(**fields)


class VariantDefinition(Strict):
    """A named variant: an objective (a file of `variants/`), one of its presets, and options that come on top."""

    label: str | None = None
    objective: str | None = None
    preset: str | None = None
    options: dict[str, Any] = {}


class DatasetDefinition(Strict):
    """A named data set: a family (a file of `datasets/`), one of its presets, and options that come on top."""

    label: str | None = None
    family: str | None = None
    preset: str | None = None
    options: dict[str, Any] = {}


class Definitions(Strict):
    """Labels and options of the names that `variants` and `datasets` may list."""

    variants: dict[Name, VariantDefinition] = {}
    datasets: dict[Name, DatasetDefinition] = {}


class Study(Strict):
    """One study: what is run, with which seeds, and how."""

    study: Name
    root_seed: Seed
    seeds: Count | list[Seed]
    block_size: Annotated[int, Field(ge=1, le=MOST_SEEDS)] | Literal["auto"]  # auto: see `sizing`
    device: Literal["cpu", "cuda"] = "cpu"  # what trains and inverts; decides the bits, so a change trains again
    steps: Count | None = None
    datasets: list[str] = Field(min_length=1)
    variants: list[str] = Field(min_length=1)
    measures: list[str] = Field(min_length=1)
    calibration_replicates: Annotated[int, Field(ge=2, le=1000)]
    inversion: Inversion = Inversion()
    tables: Literal["printed", "all"] = "printed"  # `all` releases comparisons that the report does not print
    data_root: str | None = None  # decides no number
    definitions: Definitions
    experiments: dict[Name, list[Recipe]] = Field(min_length=1)

    @field_validator("study")
    @classmethod
    def _study_is_not_the_released_one(cls, study: str) -> str:
        if study == RELEASED:
            raise ValueError(
                f"{study!r} is where a release is kept; allowed: any other name (see modecollapse publish)"
            )
        return study

    @field_validator("seeds", mode="before")
    @classmethod
    def _seeds_are_usable(cls, seeds: Any) -> Any:
        listed = seeds if isinstance(seeds, list) else [seeds]
        whole = all(type(seed) is int and 0 <= seed < 2**32 for seed in listed)
        counted = isinstance(seeds, list) or (whole and 1 <= seeds <= MOST_SEEDS)
        if not listed or not whole or len(set(listed)) < len(listed) or not counted:
            raise ValueError(
                f"{shown(seeds)} is not allowed; allowed: a count from 1 to {MOST_SEEDS}, or a list of distinct "
                "whole numbers from 0 to 2^32-1"
            )
        return seeds

    @field_validator("block_size", mode="before")
    @classmethod
    def _block_size_is_usable(cls, size: Any) -> Any:
        if size != "auto" and (type(size) is not int or not 1 <= size <= MOST_SEEDS):
            raise ValueError(f"{shown(size)} is not allowed; allowed: a whole number from 1 to {MOST_SEEDS}, or auto")
        return size

    @property
    def seed_list(self) -> list[int]:
        """The seeds in ascending order: 0..n-1 where the configuration gives a count."""
        return list(range(self.seeds)) if isinstance(self.seeds, int) else sorted(self.seeds)

    @model_validator(mode="after")
    def _names_and_options_exist(self) -> Study:
        for name, entry in self.definitions.variants.items():
            check_entry("variants", name, entry.objective or name, entry.options, entry.preset)
        for name, entry in self.definitions.datasets.items():
            check_entry("datasets", name, entry.family or name, entry.options, entry.preset)
        for folder in ("variants", "datasets", "measures"):
            _check_names(folder, getattr(self, folder), self._known(folder))
        for name in self.measures:
            check_text(f"measures: the LABEL of {name}", catalogue.declared("measures", name, "LABEL"), most=32)
        self._check_labels()
        if "calibration" in self.experiments:
            raise ValueError("experiments: 'calibration' names the oracle's rows; allowed: any other name")
        for experiment, recipes in self.experiments.items():
            for number, recipe in enumerate(recipes):
                where = f"experiments.{experiment}[{number}]"
                check_text(f"{where}.source", recipe.source)
                _check_names(f"{where}.datasets", recipe.datasets, self._known("datasets"))
                _check_names(f"{where}.variants", recipe.variants or [], self._known("variants"))
        return self

    def _known(self, folder: str) -> list[str]:
        """Every name that may be chosen: the configuration's own first."""
        return list(dict.fromkeys([*getattr(self.definitions, folder, {}), *catalogue.names(folder)]))

    def variant(self, name: str) -> VariantDefinition:
        """The definition of a variant with its objective, label and preset filled in."""
        entry = self.definitions.variants.get(name, VariantDefinition())
        filled = _filled("variants", name, entry.objective or name, entry)
        return entry.model_copy(update={"objective": entry.objective or name, **filled})

    def dataset(self, name: str) -> DatasetDefinition:
        """The definition of a data set with its family, label and preset filled in."""
        entry = self.definitions.datasets.get(name, DatasetDefinition())
        filled = _filled("datasets", name, entry.family or name, entry)
        return entry.model_copy(update={"family": entry.family or name, **filled})

    def _check_labels(self) -> None:
        """Labels can be shown, and two rows of a table told apart."""
        for folder, entry in (("variants", self.variant), ("datasets", self.dataset)):
            for name in (*getattr(self.definitions, folder), *getattr(self, folder)):
                check_label(key_path(("definitions", folder, name, "label")), entry(name).label)
            labels = [entry(name).label for name in getattr(self, folder)]
            for label in labels:
                if labels.count(label) > 1:
                    raise ValueError(f"{folder}: the label {shown(label)} is used twice; allowed: each label once")


def _filled(folder: str, name: str, file: str, entry: VariantDefinition | DatasetDefinition) -> dict[str, Any]:
    options = catalogue.preset(folder, file, entry.preset) | entry.options
    label = _usual_label(folder, name) if entry.label is None else entry.label
    return {"label": label, "options": options}


def _usual_label(folder: str, name: str) -> str:
    """The label of the file of that name; an alternative to a file is labelled by its own name."""
    return catalogue.declared(folder, name, "LABEL") if name in catalogue.names(folder) else name


def _check_names(where: str, chosen: list[str], allowed: list[str]) -> None:
    """Every name is known, and none is given twice."""
    for number, name in enumerate(chosen):
        if name not in allowed:
            raise ValueError(f"{where}: {unknown(name, allowed, more=catalogue.LISTED)}")
        if name in chosen[:number]:
            raise ValueError(f"{where}: {shown(name)} is given twice; allowed: each name once")


def check_entry(folder: str, name: str, file: str, options: dict[str, Any], preset: str | None = None) -> None:
    """The file behind an entry exists, has the preset and accepts the options."""
    where = key_path(("definitions", folder, name))
    if file not in catalogue.names(folder):
        key = {"variants": "objective", "datasets": "family"}[folder]
        raise ValueError(f"{where}: {key} {unknown(file, catalogue.names(folder), more=catalogue.LISTED)}")
    if name in RESERVED or (name in catalogue.names(folder) and name != file):
        meaning = "a calibration row" if name in RESERVED else f"the file {catalogue.source(folder, name).name}"
        raise ValueError(f"{folder}: the name {name!r} means {meaning}; allowed: any other name")
    try:
        merged = catalogue.preset(folder, file, preset) | options
    except ValueError as problem:
        raise ValueError(f"{where}: {problem}") from None
    problem = first_problem(catalogue.options_model(folder, file), merged)
    if problem:
        location, sentence = problem
        raise ValueError(f"{key_path(('definitions', folder, name, 'options', *location))}: {sentence}")
