"""The configuration of a study, as pydantic models. `config/README.md` says what each key means."""

from __future__ import annotations

from functools import reduce
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.fields import Count, Seed
from modecollapse.study.inversion import Inversion
from modecollapse.study.labels import check_label, check_text
from modecollapse.study.merge import merge, without_nulls
from modecollapse.study.problems import first_problem, key_path, shown, unknown
from modecollapse.study.recipe import Training

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Names = Annotated[list[str], Field(min_length=1)]
# Rows that tables have.
RESERVED = ("oracle", "null-uniform", "null-gaussian", "untrained", "mean-image", "pca", "nearest-training")
FILES = {"variants": "objective", "datasets": "family"}  # the key of a definition that names a file of the folder
OLD_FORM = (
    "is a list of recipes, as in an earlier release; allowed: `recipes: {NAME: {kind: points, ...}}` (config/README.md)"
)
OLD_KEY = (
    "reference_steps is a key of an earlier release; allowed: none, since the work behind a published number stands in "
    "`sources` of config/claims.yaml"
)
RELEASED = "reported"  # results/reported is not for a run to write into
MOST_SEEDS = 10_000  # beyond it, the count was meant to be something else (a root seed)


def _usable_seeds(seeds: Any) -> Any:
    listed = seeds if isinstance(seeds, list) else [seeds]
    whole = all(type(seed) is int and 0 <= seed < 2**32 for seed in listed)
    counted = isinstance(seeds, list) or (whole and 1 <= seeds <= MOST_SEEDS)
    if not listed or not whole or len(set(listed)) < len(listed) or not counted:
        raise ValueError(
            f"{shown(seeds)} is not allowed; allowed: a count from 1 to {MOST_SEEDS}, or a list of distinct "
            "whole numbers from 0 to 2^32-1"
        )
    return seeds


def _usable_size(size: Any) -> Any:
    if size != "auto" and (type(size) is not int or not 1 <= size <= MOST_SEEDS):
        raise ValueError(f"{shown(size)} is not allowed; allowed: a whole number from 1 to {MOST_SEEDS}, or auto")
    return size


Seeds = Annotated[Count | list[Seed], BeforeValidator(_usable_seeds)]
BlockSize = Annotated[int | Literal["auto"], BeforeValidator(_usable_size)]  # auto: see `cost.block_size`


class CellRecipe(Training):
    """The training of a cell, and where its values come from."""

    source: Annotated[str, AfterValidator(check_text)]  # where the values come from; it is printed

    @model_validator(mode="before")
    @classmethod
    def _has_no_reference(cls, given: Any) -> Any:
        if isinstance(given, dict) and "reference_steps" in given:
            raise ValueError(OLD_KEY)
        return given

    def training(self, steps: int | None) -> Training:
        """The training alone; `steps`, if given, replaces the recipe's."""
        fields = {name: getattr(self, name) for name in Training.model_fields}
        return Training(**fields | ({"steps": steps, "evaluations": min(self.evaluations, steps)} if steps else {}))


class DatasetPart(CellRecipe):
    """A recipe with the part for a data set, which may also name the variants that are run on it."""

    variants: Names | None = None


class Recipe(CellRecipe):
    """The recipe of the cells that it covers: of data of a `kind` or of named data sets, of all variants or named ones.

    by_dataset, by_variant: what is merged on top for a data set and then for a variant. An entry that is named after a
    family or an objective is for all that is made of it, and comes before that of the name itself.
    """

    kind: Literal["points", "images"] | None = None  # of the data that it covers
    datasets: Names | None = None  # that it covers, in place of a kind
    variants: Names | None = None  # that it covers; none: all
    by_dataset: dict[str, dict[str, Any]] = {}  # keys of a recipe merged on top for a data set
    by_variant: dict[str, dict[str, Any]] = {}  # keys of a recipe merged on top for a variant, after that

    @model_validator(mode="after")
    def _covers_something_and_has_parts_that_fit(self) -> Recipe:
        if (self.kind is None) == (self.datasets is None):
            raise ValueError("has both or none of kind and datasets; allowed: one; null removes a lower file's")
        for key, model in (("by_dataset", DatasetPart), ("by_variant", CellRecipe)):
            for name, part in getattr(self, key).items():
                if problem := first_problem(model, self._with(part)):
                    raise ValueError(f"{key_path((key, name, *problem[0]))}: {problem[1]}")
        return self

    def rank(self, kind: str, datasets: tuple[str, str], variant: str) -> tuple[bool, bool] | None:
        """How closely the recipe names a cell (the closest one counts); None where it does not cover the cell.

        datasets: the family and the name of the data set, which is of this `kind`.
        """
        covered = self.kind == kind or datasets[1] in (self.datasets or ())
        lists = (self.variants, self._on(datasets).get("variants"))
        covered = covered and all(variant in names for names in lists if names is not None)
        return (self.datasets is not None, self.variants is not None) if covered else None

    def of_cell(self, datasets: tuple[str, str], variants: tuple[str, str]) -> CellRecipe:
        """The recipe of a cell, given family and name of its data set, objective and name of its variant.

        Raises pydantic's ValidationError where its parts do not fit together.
        """
        part = {key: value for key, value in self._on(datasets).items() if key != "variants"}
        return CellRecipe.model_validate(self._with(part, *_named(self.by_variant, variants)))

    def _on(self, datasets: tuple[str, str]) -> dict[str, Any]:
        return reduce(merge, _named(self.by_dataset, datasets), {})

    def _with(self, *parts: dict[str, Any]) -> dict[str, Any]:
        return without_nulls(reduce(merge, parts, self.model_dump(include=set(CellRecipe.model_fields))))


def _named(parts: dict[str, dict[str, Any]], names: tuple[str, str]) -> list[dict[str, Any]]:
    return [parts[name] for name in dict.fromkeys(names) if name in parts]


class Experiment(Strict):
    """A protocol: recipes by name. What the study says as well and it does not, is as the study says."""

    datasets: Names | None = None  # in place of the study's, as the four below
    variants: Names | None = None
    measures: Names | None = None
    seeds: Seeds | None = None
    block_size: Annotated[BlockSize | None, Field(exclude_if=lambda size: size is None)] = None
    recipes: dict[Name, Recipe] = Field(min_length=1)  # each cell takes the one that names it most closely


class Definition(Strict):
    """A name that a configuration defines: a label, one of the presets of a file, and options on top of it."""

    label: str | None = None  # in print, at most 24 characters
    preset: str | None = None  # one of the sets of options that the file declares
    options: dict[str, Any] = {}  # single options, on top of the preset


class VariantDefinition(Definition):
    """A named variant of an objective, a file of `variants/`."""

    objective: str | None = None  # a file of variants/; by default the name


class DatasetDefinition(Definition):
    """A named data set of a family, a file of `datasets/`."""

    family: str | None = None  # a file of datasets/; by default the name


AnyDefinition = TypeVar("AnyDefinition", bound=Definition)


class Definitions(Strict):
    """Labels and options of the names that `variants` and `datasets` may list."""

    variants: dict[Name, VariantDefinition] = {}
    datasets: dict[Name, DatasetDefinition] = {}


class Study(Strict):
    """One study: what is run, with which seeds, and how."""

    study: Name  # results go to results/<study>; lower-case letters, digits and hyphens
    root_seed: Seed  # the root of every random stream
    seeds: Seeds  # how many, from 0 on, or which
    block_size: BlockSize  # seeds trained together; auto: as many as an estimated hour holds
    device: Literal["cpu", "cuda"] = "cpu"  # what trains and inverts; decides the bits, so a change trains again
    steps: Count | None = None  # in place of the steps of every recipe, for a quick look
    datasets: Names  # `modecollapse options` lists what can be named
    variants: Names  # which may run on all of them, or as recipes say
    measures: Names  # a further one is measured without training again
    calibration_replicates: Annotated[int, Field(ge=2, le=1000)]  # independent draws behind each oracle and null row
    inversion: Inversion = Inversion()  # how latents are sought for the measures ivom_*
    tables: Literal["printed", "all"] = "printed"  # `all` releases comparisons that the report does not print
    data_root: str | None = None  # the folder of the official files, in place of MODECOLLAPSE_DATA; decides no number
    definitions: Definitions = Definitions()  # names of your own
    experiments: dict[Name, Experiment] = Field(min_length=1)  # protocols by name

    @field_validator("experiments", mode="before")
    @classmethod
    def _experiments_are_of_this_release(cls, experiments: Any) -> Any:
        for name, content in experiments.items() if isinstance(experiments, dict) else ():
            if isinstance(content, list):
                raise ValueError(f"{shown(name)} {OLD_FORM}")
        return experiments

    @model_validator(mode="after")
    def _names_and_options_exist(self) -> Study:
        for folder, key in FILES.items():
            for name, entry in getattr(self.definitions, folder).items():
                check_entry(folder, name, getattr(entry, key) or name, entry.options, entry.preset)
        if self.study == RELEASED:
            allowed = "any other name (see modecollapse publish)"
            raise ValueError(f"study: {RELEASED!r} is where a release is kept; allowed: {allowed}")
        if "calibration" in self.experiments:
            raise ValueError("experiments: 'calibration' names the oracle's rows; allowed: any other name")
        self._check_names("", self)
        for name, experiment in self.experiments.items():
            self._check_names(f"experiments.{name}.", experiment)
            for title, recipe in experiment.recipes.items():
                where = f"experiments.{name}.recipes.{title}."
                self._check_names(where, recipe)
                for key in ("dataset", "variant"):
                    _check_names(f"{where}by_{key}", list(getattr(recipe, f"by_{key}")), self._known(f"{key}s"))
                for data, part in recipe.by_dataset.items():
                    chosen = part.get("variants") or []
                    _check_names(f"{where}by_dataset.{data}.variants", chosen, self._known("variants"))
        self._check_labels()
        return self

    def seeds_of(self, experiment: str) -> list[int]:
        """The seeds of an experiment in ascending order: 0..n-1 where the configuration gives a count."""
        seeds = self.chosen(experiment, "seeds")
        return list(range(seeds)) if isinstance(seeds, int) else sorted(seeds)

    def chosen(self, experiment: str, key: str) -> Any:
        """What an experiment has under a key that the study has as well, such as `datasets`; by default the study's."""
        chosen = getattr(self.experiments[experiment], key)
        return getattr(self, key) if chosen is None else chosen

    def listed(self, key: str) -> list[str]:
        """The names under `datasets`, `variants` or `measures` of the study and of its experiments, each once."""
        lists = [getattr(holder, key) or [] for holder in (self, *self.experiments.values())]
        return list(dict.fromkeys(name for names in lists for name in names))

    def variant(self, name: str) -> VariantDefinition:
        """The definition of a variant with its objective, label and every option filled in."""
        return _filled("variants", name, self.definitions.variants.get(name, VariantDefinition()))

    def dataset(self, name: str) -> DatasetDefinition:
        """The definition of a data set with its family, label and every option filled in."""
        return _filled("datasets", name, self.definitions.datasets.get(name, DatasetDefinition()))

    def _known(self, folder: str) -> list[str]:
        """Every name that may be chosen, those of `definitions` first."""
        return list(dict.fromkeys([*getattr(self.definitions, folder, {}), *catalogue.names(folder)]))

    def _check_names(self, where: str, holder: Study | Experiment | Recipe) -> None:
        """The lists of names of a part of the configuration hold known names."""
        for folder in ("datasets", "variants", "measures"):
            _check_names(f"{where}{folder}", getattr(holder, folder, None) or [], self._known(folder))

    def _check_labels(self) -> None:
        """Each label can be printed, and no two rows of a table share one."""
        for name in self.listed("measures"):
            check_text(catalogue.declared("measures", name, "LABEL"), f"measures: the LABEL of {name}: ", most=32)
        for folder, entry in (("variants", self.variant), ("datasets", self.dataset)):
            chosen = self.listed(folder)
            for name in (*getattr(self.definitions, folder), *chosen):
                check_label(entry(name).label, f"{key_path(('definitions', folder, name, 'label'))}: ")
            labels = [entry(name).label for name in chosen]
            for label in labels:
                if labels.count(label) > 1:
                    raise ValueError(f"{folder}: the label {shown(label)} is used twice; allowed: each label once")


def _filled(folder: str, name: str, entry: AnyDefinition) -> AnyDefinition:
    file = getattr(entry, FILES[folder]) or name
    label = entry.label
    if label is None:  # the file of that name has one; the label of any other name is the name
        label = catalogue.declared(folder, name, "LABEL") if name in catalogue.names(folder) else name
    chosen = catalogue.preset(folder, file, entry.preset) | entry.options
    options = catalogue.options_model(folder, file).model_validate(chosen).model_dump()
    return entry.model_copy(update={FILES[folder]: file, "label": label, "options": options})


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
        raise ValueError(f"{where}: {FILES[folder]} {unknown(file, catalogue.names(folder), more=catalogue.LISTED)}")
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
