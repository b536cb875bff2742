"""What samples are scored against: a data set, its measures, the published numbers, and the variants of a study."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from modecollapse import datasets, measures, reading
from modecollapse.audit.bundle import Bundle
from modecollapse.claims import Value, load
from modecollapse.datasets import data_cache
from modecollapse.errors import StudyError
from modecollapse.measures.measuring import reference_of
from modecollapse.measures.sampled import Reference
from modecollapse.statistics import describe
from modecollapse.statistics.intervals import Values
from modecollapse.study import catalogue, plan
from modecollapse.study.load import load_study as load_configuration
from modecollapse.study.problems import unknown
from modecollapse.study.specs import DatasetSpec
from modecollapse.study.summary import as_published

CLAIMS = catalogue.SOURCES.with_name("claims.yaml")
ROOT_SEED, REPLICATES = 0, 5  # where no study says them


@dataclass(frozen=True)
class Target:
    """A data set that samples imitate.

    reference: its training data; chosen: the measures, those that readers look at first in front; published: the
    numbers about it; replicates: the draws behind each row of the oracle and the nulls; study: a finished one.
    """

    spec: DatasetSpec
    reference: Reference
    chosen: list[str]
    published: list[Value]
    replicates: int
    study: Bundle | None

    def support(self, _dataset: str, measure: str) -> tuple[float, float]:
        """The lowest and the highest value of a measure, as `comparisons` asks for it."""
        return measures.support(measure, self.spec.modes)


def load_study(results: Path | str) -> Bundle:
    """A finished study, such as results/reported: its `study`, `summary`, the tidy table `measures`, `typed(NAME)`.

    Raises StudyError where the folder is none, or holds links or special files.
    """
    with reading.results(Path(results)):
        return Bundle(Path(results))


def described(goal: Target, names: Iterable[str], values: Iterable[Values]) -> pd.DataFrame:
    """A row for the runs of each measure: runs, value (their mean), lower, upper (its exact interval) and sd."""
    found = [describe(own, goal.support("", name)) for name, own in zip(names, values, strict=True)]
    return pd.DataFrame(found).rename(columns={"n": "runs", "mean": "value"}).drop(columns=["minimum", "maximum"])


def target(
    data: str, chosen: Sequence[str] = (), configfiles: Sequence[Path] = (), study: Bundle | None = None
) -> Target:
    """The data set `data` of a finished study, else of a configuration, else a family with its default options.

    chosen: names of measures; by default those of the study or, without one, all that samples alone decide.
    Raises StudyError for what is unknown or does not go together.
    """
    if study and configfiles:
        raise StudyError("--configfile: a finished study defines its data sets; allowed: it or --against")
    spec = _spec(data, configfiles, study)
    file = study.folder / "data" / f"{data}.npz" if study else Path()
    made = file if file.is_file() else io.BytesIO(data_cache.data_file(spec))
    usual = study.summary.datasets[data].measures if study else catalogue.names("measures")
    claims = study.claims if study else CLAIMS
    about = {spec.name, spec.family} if as_published(spec) else {spec.name} - {spec.family}
    return Target(
        spec,
        reference_of(spec, datasets.load(spec.family, made, spec.config_hash)),
        _measures(spec, chosen, usual),
        [value for value in load(claims).values if value.dataset in about] if claims.is_file() else [],
        study.study.calibration_replicates if study else REPLICATES,
        study,
    )


def _spec(data: str, configfiles: Sequence[Path], study: Bundle | None) -> DatasetSpec:
    if study:
        if data not in study.summary.datasets:
            raise StudyError(f"--data: {unknown(data, study.summary.datasets)}, the data sets of {study.folder}")
        return plan.dataset_spec(study.study, data)
    offered = list(catalogue.names("datasets"))
    if configfiles:
        configuration = load_configuration(configfiles)
        offered = sorted({*offered, *configuration.definitions.datasets})
        if data in offered:
            return plan.dataset_spec(configuration, data)
    elif data in offered:
        options = catalogue.options_model("datasets", data)().model_dump()
        return DatasetSpec(name=data, family=data, options=options, root_seed=ROOT_SEED)
    raise StudyError(f"--data: {unknown(data, offered)}, and with --configfile those that it defines")


def _measures(spec: DatasetSpec, chosen: Sequence[str], usual: Sequence[str]) -> list[str]:
    offered = [m for m in catalogue.names("measures") if spec.has(m) and measures.reads(m) != measures.INVERSIONS]
    for name in chosen:
        measures.reads(name)  # which refuses an unknown one
        if name not in offered:
            raise StudyError(
                f"--measures: {name} is not decided by samples of {spec.name}; allowed: {', '.join(offered)}"
            )
    default = [name for name in usual if name in offered and name not in spec.declared("UNINFORMATIVE")]
    found = dict.fromkeys(chosen or default)
    return sorted(found, key=lambda name: not catalogue.declarations("measures", name).get("MAIN", False))
