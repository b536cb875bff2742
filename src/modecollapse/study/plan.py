"""The plan: which cells are run, by which recipe, in which blocks of seeds."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from pydantic import ValidationError

from modecollapse.errors import StudyError
from modecollapse.study import catalogue, cost
from modecollapse.study.config import CellRecipe, Study
from modecollapse.study.problems import in_words, key_path
from modecollapse.study.specs import Block, Cell, DatasetSpec, VariantSpec


def dataset_spec(study: Study, name: str) -> DatasetSpec:
    """The data set `name` of a study, with defaults filled in."""
    entry = study.dataset(name)
    return DatasetSpec(name=name, family=entry.family, options=entry.options, root_seed=study.root_seed)


def variant_spec(study: Study, name: str) -> VariantSpec:
    """The variant `name` of a study, with defaults filled in."""
    entry = study.variant(name)
    return VariantSpec(name=name, objective=entry.objective, options=entry.options)


def planned(study: Study) -> list[tuple[Cell, CellRecipe]]:
    """Every cell of a study with its recipe, in the order of the configuration.

    Raises StudyError where two recipes name a cell equally closely, where a recipe does not suit a variant or a data
    set, or where a chosen data set or variant is in no cell.
    """
    found: list[tuple[Cell, CellRecipe]] = []
    datasets = {name: dataset_spec(study, name) for name in study.listed("datasets")}
    variants = {name: variant_spec(study, name) for name in study.listed("variants")}
    for experiment in study.experiments:
        chosen = product(study.chosen(experiment, "datasets"), study.chosen(experiment, "variants"))
        for dataset, variant in ((datasets[name], variants[other]) for name, other in chosen):
            if recipe := _recipe(study, experiment, dataset, variant):
                training = recipe.training(study.steps)
                cell = Cell(experiment=experiment, dataset=dataset, variant=variant, training=training)
                found.append((cell, recipe))
    _check_each_is_run(study, "datasets", {(cell.experiment, cell.dataset.name) for cell, _ in found})
    _check_each_is_run(study, "variants", {(cell.experiment, cell.variant.name) for cell, _ in found})
    return found


def cells(study: Study) -> list[Cell]:
    """Every cell of a study, in the order of the configuration."""
    return [cell for cell, _ in planned(study)]


def blocks(study: Study, cell: Cell) -> list[Block]:
    """The blocks of a cell: the seeds of its experiment in ascending order, `block_size` at a time."""
    seeds, size = study.seeds_of(cell.experiment), study.chosen(cell.experiment, "block_size")
    size = cost.block_size(cell, seeds, study.device) if size == "auto" else size
    return [Block(cell=cell, seeds=seeds[start : start + size]) for start in range(0, len(seeds), size)]


def block_paths(study: Study) -> list[str]:
    """The folder of every block of a study below runs/ and measures/."""
    return [block.path for cell in cells(study) for block in blocks(study, cell)]


def run_folders(study: Study, results: Path) -> list[Path]:
    """The run folder of every block of a study in its results folder."""
    return [results / "runs" / path for path in block_paths(study)]


def measured_folders(study: Study) -> list[str]:
    """Every experiment and data set of a study that go together, `experiment/dataset`, as folders below measures/."""
    return list(dict.fromkeys(f"{cell.experiment}/{cell.dataset.name}" for cell in cells(study)))


def measures(study: Study) -> dict[str, list[str]]:
    """The measures of each data set: those of all experiments that run it, since they share its reference rows."""
    chosen: dict[str, set[str]] = {}
    for cell in cells(study):
        chosen.setdefault(cell.dataset.name, set()).update(study.chosen(cell.experiment, "measures"))
    return {name: [measure for measure in study.listed("measures") if measure in own] for name, own in chosen.items()}


def inversions(study: Study) -> list[str]:
    """What is inverted, as files below inversions/: blocks, and the controls of their data sets.

    All blocks of images, if one of their measures reads inversions.
    """
    measured, facts = measures(study), {m: catalogue.declarations("measures", m) for m in study.listed("measures")}
    read = [name for name, declared in facts.items() if declared.get("READS") == "inversions"]
    chosen = [c for c in cells(study) if any(m in read and c.dataset.has(m) for m in measured[c.dataset.name])]
    controls = dict.fromkeys(f"calibration/{cell.dataset.name}" for cell in chosen)
    return [*controls, *(block.path for cell in chosen for block in blocks(study, cell))]


def _recipe(study: Study, experiment: str, dataset: DatasetSpec, variant: VariantSpec) -> CellRecipe | None:
    """The recipe of a cell: of those that cover it the one that names it most closely, its data before its variant."""
    listed, names = study.experiments[experiment].recipes, (dataset.family, dataset.name)
    ranks = {name: recipe.rank(dataset.kind, names, variant.name) for name, recipe in listed.items()}
    closest = max((rank for rank in ranks.values() if rank), default=None)
    first, *others = [name for name, rank in ranks.items() if rank == closest] if closest else [None]
    if others:
        both = f"{dataset.name}/{variant.name}: the recipes {first} and {others[0]} name it equally closely"
        raise StudyError(f"experiments.{experiment}: {both}; allowed: one (null removes a lower file's)")
    if first is None:
        return None
    where = f"experiments.{experiment}.recipes.{first}: {dataset.name}/{variant.name}: "
    try:
        recipe = listed[first].of_cell(names, (variant.objective, variant.name))
    except ValidationError as error:
        location, sentence = in_words(error)
        raise StudyError(f"{where}{key_path(location)}{': ' if location else ''}{sentence}") from None
    try:
        _check(recipe, dataset, variant.objective)
    except ValueError as problem:
        raise StudyError(f"{where}{problem}") from None
    return recipe


def _check(recipe: CellRecipe, dataset: DatasetSpec, objective: str) -> None:
    """ValueError unless a recipe has the networks of an objective, what it REQUIRES, and fits the shape of the data."""
    for role in catalogue.declared("variants", objective, "NETWORKS").values():
        if recipe.networks.of_role(role) is None:
            given = ", ".join(name for name, network in recipe.networks if network is not None)
            needs = f"networks: {objective} needs the role {role}, the recipe has {given}"
            raise ValueError(f"{needs}; allowed: a network for every role of a variant")
    facts = {"schedule": recipe.schedule, "discriminator optimizer": recipe.optimizer_of("discriminator").kind}
    facts["generator kind"] = recipe.networks.generator.kind
    if recipe.networks.discriminator:
        facts["discriminator normalisation"] = recipe.networks.discriminator.normalisation
    for fact, allowed in catalogue.declarations("variants", objective).get("REQUIRES", {}).items():
        if facts[fact] not in allowed:
            raise ValueError(f"{objective}: {fact} is {facts[fact]!r}; allowed: {', '.join(allowed)}")
    recipe.networks.check_shape(dataset.shape)


def _check_each_is_run(study: Study, key: str, run: set[tuple[str, str]]) -> None:
    """StudyError for a name of a list (`key`) that is in no cell of the experiments which go by that list.

    run: pairs of an experiment and a name that are in a cell.
    """
    sharing = [name for name, experiment in study.experiments.items() if getattr(experiment, key) is None]
    by_list = {"": sharing, **{f".{name}": [name] for name in study.experiments if name not in sharing}}
    for where, experiments in by_list.items():
        for name in study.chosen(experiments[0], key) if experiments else ():
            if not any((experiment, name) in run for experiment in experiments):
                allowed = "at least one cell for each name"
                raise StudyError(f"experiments{where}: no recipe covers {name!r}; allowed: {allowed}")
