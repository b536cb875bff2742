"""What `config/claims.yaml` may name: data sets, measures, signals, methods, and the variants of a study or a file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.problems import shown, unknown
from modecollapse.study.specs import DatasetSpec

if TYPE_CHECKING:
    from modecollapse.claims.published import Published

# What every run has of its training (measures/convergence_table.py), beside the files of measures/.
OF_TRAINING = (
    "loss_blowup", "full_coverage_share", "D_from_half", "began_M_global", "began_ratio", "began_ratio_deviation",
    "began_losses_W1", "began_k_at_0", "began_k_at_1", "began_k_swing", "began_k_settling", "began_fake_is_easier",
    "began_fake_is_easier_for_its_size", "z_error",
)  # fmt: skip
SIGNAL = r"(?:mean_)?(?:(?:loss|grad_norm)_[A-Z]+|(?:state|aux)_\w+)"  # a column of a trace
PATTERN = re.compile(
    rf"oscillation:loss_[A-Z]+|within_(?:sd:modes|cv:hq)|coverage_(?:time|share):[0-9.]+"
    rf"|rank_correlation:{SIGNAL}:(?:modes|hq)|mean_aux_\w+"
)
KEY = re.compile(r"^ +([a-z0-9-]+):", re.MULTILINE)


@contextmanager
def about(where: str) -> Iterator[None]:
    """A ValueError that is raised inside says where."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def check_known(kind: str, name: str, known: Collection[str], more: str = "") -> None:
    """ValueError for a name of a method, a source and so on that is not known; `more` is where all names stand."""
    if name not in known:
        raise ValueError(f"{kind} {unknown(name, known, more=more)}")


def check_names(registry: Published, methods: list[str], datasets: Iterable[str], measures: Iterable[str]) -> None:
    """ValueError for a method, a data set or a measure that the registry does not know, or a method given twice."""
    for method in methods:
        check_known("method", method, registry.methods)
        if methods.count(method) > 1:
            raise ValueError(f"method {shown(method)} is listed twice; allowed: different methods")
    check_datasets(datasets, registry.datasets)
    check_measures(measures)


def check_datasets(names: Iterable[str], more: Iterable[str] = ()) -> None:
    """ValueError for a data set that is no file of datasets/ and not one of `more`."""
    for name in names:
        check_known("data set", name, [*catalogue.names("datasets"), *more])


def check_measures(names: Iterable[str], of_training: bool = True) -> None:
    """ValueError for a measure that no run can have: of the samples, or `of_training` where these are allowed."""
    of_samples = catalogue.names("measures")
    for name in names:
        if name not in of_samples and not (of_training and (name in OF_TRAINING or PATTERN.fullmatch(name))):
            check_known("measure", name, [*of_samples, *(OF_TRAINING if of_training else ())], catalogue.LISTED)


def check_signal(name: str) -> None:
    """ValueError for what is no column of a trace."""
    if not re.fullmatch(SIGNAL, name):
        allowed = "a column of the traces, such as loss_G, grad_norm_D or mean_state_M_global"
        raise ValueError(f"signal {shown(name)} is unknown; allowed: {allowed}")


def published_modes(family: str) -> int:
    """K of a data set as published, which is what its file says without options."""
    options = catalogue.options_model("datasets", family)().model_dump()
    return DatasetSpec(name=family, family=family, options=options, root_seed=0).modes


def once(names: list[str]) -> list[str]:
    """The names, each of which may be there once; ValueError otherwise."""
    for number, name in enumerate(names):
        if name in names[:number]:
            raise ValueError(f"{shown(name)} is listed twice; allowed: each name once")
    return names


def defined_beside(path: Path) -> set[str]:
    """Every key of the YAML files beside a file and in folders there, the names that they define among them."""
    found: set[str] = set()
    for file in [*path.parent.glob("*.yaml"), *path.parent.glob("*/*.yaml")]:
        try:
            found |= set(KEY.findall(reading.text(file)) if file != path else ())
        except StudyError:  # not a file that claims could be about
            continue
    return found
