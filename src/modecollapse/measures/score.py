"""The scores of a file of samples that anybody made, beside those of the oracle and the nulls with as many samples."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse import datasets, measures, reading
from modecollapse.datasets import data_cache
from modecollapse.datasets.random_numbers import RandomNumbers
from modecollapse.errors import StudyError
from modecollapse.measures import samples_check, samples_file
from modecollapse.measures.measuring import calibrate
from modecollapse.study import catalogue, plan
from modecollapse.study.load import load_study
from modecollapse.study.specs import DatasetSpec

ROOT_SEED = 0
REPLICATES = 5
USUAL = ("modes", "high_quality_percent", "reverse_kl")
WHOLE = ("modes", "modes_shell")  # printed as whole numbers


def score(dataset: str, samples: Path, data: Path | None = None, configfiles: Sequence[Path] = ()) -> dict[str, Any]:
    """The measures of a file of (n, *shape) numbers, with calibration; plain JSON data.

    `data` is the data file of a study, which then says the shape; without it the data set is made, with its default
    options or those of `configfiles`. Where the data set has further rules, their measures follow the usual ones.
    `undefined` lists the measures whose formula has no value here. A warning on stderr says where samples look as if
    they were on another scale. Raises StudyError for an unknown data set or unusable samples.
    """
    spec = _spec(dataset, configfiles)
    loaded = _loaded(spec, data, spec.config_hash if configfiles else None) if data else None
    points = samples_file.read(samples, _shape(loaded) if loaded else spec.shape)
    loaded = loaded or datasets.load(spec.family, io.BytesIO(data_cache.data_file(spec)))
    for doubt in samples_check.doubts(f"--samples {reading.printable(str(samples))}", points, loaded):
        print(f"warning: {doubt}", file=sys.stderr)
    counts = datasets.count_modes(points, loaded)
    chosen = [*USUAL, *measures.of_rules(catalogue.names("measures"), set(counts) - {None})]
    scored = {name: measures.value(name, counts[measures.rule(name)], len(points)) for name in chosen}
    calibration = calibrate(spec, loaded, chosen, REPLICATES, len(points))
    return {
        "dataset": dataset,
        "modes_max": loaded.modes,
        "n": len(points),
        "n_nonfinite": int(np.count_nonzero(~datasets.finite_rows(points))),
        **{name: int(value) if name in WHOLE else value for name, (value, _) in scored.items()},
        "undefined": [name for name, (_, status) in scored.items() if status == measures.STATUS_UNDEFINED],
        **{variant: _means(rows) for variant, rows in calibration.groupby("variant", sort=False)},
    }


def _means(rows: pd.DataFrame) -> dict[str, float]:
    """The mean over replicates of each measure, in the order of the rows."""
    means = rows.groupby("measure", sort=False)["value"].mean()
    return {measure: float(mean) for measure, mean in means.items() if measure != "n_nonfinite"}


def _spec(dataset: str, configfiles: Sequence[Path]) -> DatasetSpec:
    """The data set as a configuration defines it; without one, a family with its default options."""
    offered = list(catalogue.names("datasets"))
    if configfiles:
        study = load_study(configfiles)
        offered = sorted({*offered, *study.definitions.datasets})
        if dataset in offered:
            return plan.dataset_spec(study, dataset)
    elif dataset in offered:
        options = catalogue.options_model("datasets", dataset)().model_dump()
        return DatasetSpec(name=dataset, family=dataset, options=options, root_seed=ROOT_SEED)
    more = "" if configfiles else ", and with --configfile those that it defines"
    raise StudyError(f"--dataset: {dataset!r} is unknown; allowed: {', '.join(offered)}{more}")


def _loaded(spec: DatasetSpec, data: Path, config_hash: str | None) -> datasets.Dataset:
    """The data set of a study's data file, of that configuration if one is given."""
    try:
        if not data.is_file():  # a pipe would be waited for
            raise ValueError("is no file")
        loaded = datasets.load(spec.family, data, config_hash)
        _shape(loaded)
        return loaded
    except StudyError:
        raise
    except Exception as error:  # arrays that do not go together can raise anything
        problem, shown = reading.printable(str(error))[:100], reading.printable(str(data))
        raise StudyError(f"{shown}: {problem}; allowed: a data file of {spec.family} that `data` made") from None


def _shape(dataset: datasets.Dataset) -> tuple[int, ...]:
    return tuple(dataset.sample(1, RandomNumbers((0,), 1)).shape[1:])
