"""Random numbers of the tables: each use is named, so that neither the order of rows nor another cell changes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from modecollapse.statistics.permutation import Splits, splits
from modecollapse.study.streams import stream_seed


def generator(root: int, *name: str | int) -> np.random.Generator:
    """The generator of the stream `name`."""
    return np.random.default_rng(stream_seed(root, *name))


def splits_of(root: int, draws: int) -> Callable[[int, int], Splits]:
    """A function of n and m: their divisions, drawn once and the same for every comparison of n with m runs."""

    @cache
    def of(n: int, m: int) -> Splits:
        return splits(n, m, generator(root, "splits", n, m), draws)

    return of
