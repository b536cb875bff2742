"""What `config/claims.yaml` may name: data sets, measures of the samples and of the training, and signals."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from math import inf
from typing import NamedTuple

from modecollapse.study import catalogue
from modecollapse.study.problems import shown, unknown


class OfTraining(NamedTuple):
    """A measure of the training: its lowest and highest value, and its direction where a failed run has the worst."""

    limits: tuple[float, float] = (-inf, inf)
    better: str | None = None


SHARE = (0.0, 1.0)
SIGNAL = r"(?:mean_)?(?:(?:loss|grad_norm)_[A-Z]+|(?:state|aux)_\w+)"  # a column of a trace
# What every run has of its training (measures/convergence_table.py), beside the files of measures/; names are patterns.
OF_TRAINING = {
    "loss_blowup": OfTraining(SHARE, "less"),
    "full_coverage_share|coverage_share:[0-9.]+": OfTraining(SHARE, "more"),
    "coverage_time:[0-9.]+|within_sd:modes|within_cv:hq": OfTraining(better="less"),
    "oscillation:loss_[A-Z]+|began_k_at_[01]|began_k_settling": OfTraining(SHARE),
    "began_fake_is_easier|began_fake_is_easier_for_its_size": OfTraining(SHARE),
    rf"rank_correlation:{SIGNAL}:(?:modes|hq)": OfTraining((-1.0, 1.0)),
    "began_M_global|began_ratio|began_ratio_deviation|began_losses_W1|began_k_swing": OfTraining(),
    r"D_from_half|z_error|mean_aux_\w+": OfTraining(),
}


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


def check_datasets(names: Iterable[str], more: Iterable[str] = ()) -> None:
    """ValueError for a data set that is no file of datasets/ and not one of `more`."""
    for name in names:
        check_known("data set", name, [*catalogue.names("datasets"), *more])


def of_training(measure: str) -> OfTraining | None:
    """What is known of a measure of the training; None for one of the samples and for a name that there is not."""
    return next((known for names, known in OF_TRAINING.items() if re.fullmatch(names, measure)), None)


def check_measures(names: Iterable[str], trained: bool = True) -> None:
    """ValueError for a measure that no run can have: of the samples or, with `trained`, of the training."""
    for name in names:
        if not (trained and of_training(name)):
            known = catalogue.names("measures")
            check_known("measure", name, [*known, *(OF_TRAINING if trained else ())], catalogue.LISTED)


def check_signal(name: str) -> None:
    """ValueError for what is no column of a trace."""
    if not re.fullmatch(SIGNAL, name):
        allowed = "a column of the traces, such as loss_G, grad_norm_D or mean_state_M_global"
        raise ValueError(f"signal {shown(name)} is unknown; allowed: {allowed}")


def once(names: list[str]) -> list[str]:
    """The names, each of which may be there once; ValueError otherwise."""
    for number, name in enumerate(names):
        if name in names[:number]:
            raise ValueError(f"{shown(name)} is listed twice; allowed: each name once")
    return names
