"""What the comparison tables share: families of values, columns with declared types, and keyed random numbers.

A family holds the values that are compared with each other: the variants of an experiment, on a data set, by a measure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.comparisons.endpoints import FAMILY, RUN, Better, primary
from modecollapse.errors import StudyError
from modecollapse.statistics.permutation import Permutations, permutations
from modecollapse.study.streams import stream_seed

FEWEST = 2  # a single run says nothing of spread
DIGITS = 12  # in which equal values agree, whatever the last bits of the sums they come from
SIGN = {"more": 1.0, "less": -1.0}  # what makes larger values better
TEXT, WHOLE, NUMBER, FLAG = "str", "int64", "float64", "bool"  # types of columns
Family = tuple[str, str, str]  # FAMILY


def families(table: pd.DataFrame, better: Better) -> dict[Family, dict[str, np.ndarray]]:
    """The primary endpoints by family and variant, both sorted by name: ascending values, shape (n,), n >= FEWEST.

    table: endpoints; better: measure -> "more" or "less", measures without a direction are left out. Families of a
    single variant are left out too. Raises StudyError where a value is NaN.
    """
    chosen = table[table["measure"].isin([measure for measure, direction in better.items() if direction])]
    check_nan(chosen)
    found: dict[Family, dict[str, np.ndarray]] = {}
    for (*family, variant), runs in primary(chosen).groupby([*FAMILY, "variant"])["value"]:
        if len(runs) >= FEWEST:
            found.setdefault(tuple(family), {})[variant] = np.sort(runs.to_numpy(dtype=np.float64))
    return {family: cells for family, cells in found.items() if len(cells) > 1}


def check_nan(rows: pd.DataFrame) -> None:
    """StudyError that names the run of the first NaN in the column `value`, of endpoints or of the tidy table."""
    for run in rows[rows["value"].isna()].sort_values(RUN).head(1).to_dict("records"):
        name = "{experiment}/{dataset}/{variant}, seed {seed}, {measure}".format(**run)
        raise StudyError(f"{name}: the value is NaN; allowed: numbers")


def mean_of(values: np.ndarray) -> float:
    """The mean of ascending values, exactly the value itself where all are equal."""
    return float(np.clip(values.mean(), values[0], values[-1]))


def score(values: np.ndarray, direction: str = "more") -> float:
    """The mean of ascending values as it ranks: the larger the better, and equal means tie."""
    return float(as_ranked(np.array([mean_of(values)]), direction)[0])


def as_ranked(values: np.ndarray, direction: str) -> np.ndarray:
    """Values as they rank: the larger the better (`direction` "more" or "less"), and equal up to rounding is equal.

    ln K, the worst divergence, is another number after the mean over the last tenth than as the value of a failed run.
    """
    return SIGN[direction] * np.array([float(f"{value:.{DIGITS}g}") for value in values])


def frame(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str]) -> pd.DataFrame:
    """The columns of `types`, in its order; None becomes NaN in a column of numbers, which a CSV leaves empty."""
    return pd.DataFrame(list(rows), columns=list(types)).astype(dict(types))


def generator(root: int, *name: str | int) -> np.random.Generator:
    """The generator of the stream `name`: neither the order of rows nor another cell changes what it draws."""
    return np.random.default_rng(stream_seed(root, *name))


def permutations_of(root: int, draws: int) -> Callable[[int, int], Permutations]:
    """A function of n and m: their divisions, drawn once and the same for every comparison of n with m runs."""

    @cache
    def of(n: int, m: int) -> Permutations:
        return permutations(n, m, generator(root, "splits", n, m), draws)

    return of
