"""The data set that samples imitate: as a study, a configuration or its own file defines it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from modecollapse import datasets, reading
from modecollapse.datasets import data_cache
from modecollapse.errors import StudyError
from modecollapse.study import catalogue, plan
from modecollapse.study.config import Study
from modecollapse.study.load import load_study
from modecollapse.study.specs import DatasetSpec

ROOT_SEED = 0


def spec_of(dataset: str, configfiles: Sequence[Path], study: Study | None) -> DatasetSpec:
    """The data set as a study or a configuration defines it; without one, a family with its default options."""
    offered = list(catalogue.names("datasets"))
    study = study or (load_study(configfiles) if configfiles else None)
    if study:
        offered = sorted({*offered, *study.definitions.datasets})
        if dataset in offered:
            return plan.dataset_spec(study, dataset)
    elif dataset in offered:
        options = catalogue.options_model("datasets", dataset)().model_dump()
        return DatasetSpec(name=dataset, family=dataset, options=options, root_seed=ROOT_SEED)
    more = "" if study else ", and with --configfile or --against those that it defines"
    raise StudyError(f"--dataset: {dataset!r} is unknown; allowed: {', '.join(offered)}{more}")


def load(spec: DatasetSpec, against: Path | None) -> datasets.Dataset:
    """The data set from the study's data file, where it has one; else it is made, or taken from the cache."""
    file = against / "data" / f"{spec.name}.npz" if against else None
    content = reading.regular_bytes(file) if file and file.is_file() else data_cache.data_file(spec)
    try:
        return datasets.load(spec.family, io.BytesIO(content), spec.config_hash)
    except Exception as error:  # arrays that do not go together can raise anything
        problem = reading.shown(str(error).partition("; allowed")[0].partition(" If you trust")[0], 200)
        raise StudyError(f"{file}: {problem}; allowed: a data file of {spec.family} that `data` made") from None
