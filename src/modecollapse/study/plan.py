"""The plan: which cells are run, in which blocks of seeds."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from modecollapse.errors import StudyError
from modecollapse.study import catalogue, sizing
from modecollapse.study.checks import check_recipe
from modecollapse.study.config import Recipe, Study
from modecollapse.study.fingerprint import code_fingerprint, content_hash
from modecollapse.study.specs import Block, Cell, DatasetSpec, VariantSpec


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
    specs = {name: dataset_spec(study, name) for name in study.datasets}
    objectives = {name: study.variant(name).objective for name in study.variants}
    for experiment, listed in study.experiments.items():
        for dataset in study.datasets:
            for variant in study.variants:
                covering = [recipe for recipe in listed if recipe.covers(dataset, variant)]
                covering = [recipe for recipe in covering if recipe.variants] or covering
                if len(covering) > 1:
                    cell = f"{dataset}/{variant}"
                    raise StudyError(f"experiments.{experiment}: {len(covering)} recipes cover {cell}; allowed: one")
                if covering:
                    check_recipe(experiment, covering[0], objectives[variant], specs[dataset])
                    found[experiment, dataset, variant] = covering[0]
    for place, chosen in ((1, study.datasets), (2, study.variants)):
        for name in chosen:
            if name not in {cell[place] for cell in found}:
                raise StudyError(f"experiments: no recipe covers {name!r}; allowed: at least one cell for each name")
    return found


def cells(study: Study) -> list[Cell]:
    """Every cell of a study, in the order of the configuration. Raises as `recipes` does."""
    found = recipes(study)
    datasets = {name: dataset_spec(study, name) for name in study.datasets}
    variants = {name: variant_spec(study, name) for name in study.variants}
    return [
        Cell(
            experiment=experiment,
            dataset=datasets[dataset],
            variant=variants[variant],
            training=recipe.training(study.steps),
        )
        for (experiment, dataset, variant), recipe in found.items()
    ]


def blocks(study: Study, cell: Cell) -> list[Block]:
    """The blocks of a cell: its seeds in ascending order, `block_size` at a time."""
    seeds = study.seed_list
    size = sizing.block_size(cell, seeds, study.device) if study.block_size == "auto" else study.block_size
    return [Block(cell=cell, seeds=seeds[start : start + size]) for start in range(0, len(seeds), size)]


def block_paths(study: Study) -> list[str]:
    """The folder of every block of a study below runs/ and measures/."""
    return [block.path for cell in cells(study) for block in blocks(study, cell)]


def places(study: Study) -> list[str]:
    """Every experiment and data set of a study that go together, `experiment/dataset`, as folders below measures/."""
    return list(dict.fromkeys(f"{experiment}/{dataset}" for experiment, dataset, _ in recipes(study)))


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
        read.append(folder_state(Path(os.path.expanduser(spec.options["path"]))))
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
