"""Divisions, matchings and resamples of the audit's own, which share no random number with the study's."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, permutations
from math import comb, factorial

import numpy as np

from modecollapse.audit.again.comparisons.endpoints import Cells

OWN = 10_000  # divisions, matchings and resamples, where they are not all taken
STREAM = 0x61756469  # tells the audit's random numbers from all others


def generator(*name: int) -> np.random.Generator:
    """Random numbers of one use."""
    return np.random.default_rng([STREAM, *name])


def all_divisions(n: int, m: int, draws: int) -> bool:
    """Whether a test with so many draws takes every division of n + m runs instead."""
    return comb(n + m, n) <= draws + 1


@lru_cache(maxsize=32)
def divisions(n: int, m: int, draws: int) -> np.ndarray:
    """Who is in the first group, bool (B, n + m): all divisions, or OWN random ones where the test draws some."""
    if not all_divisions(n, m, draws):
        return generator(1, n, m).random((OWN, n + m)).argsort(axis=1) < n
    first = np.zeros((comb(n + m, n), n + m), dtype=bool)
    for row, members in enumerate(combinations(range(n + m), n)):
        first[row, list(members)] = True
    return first


@lru_cache(maxsize=32)
def matchings(runs: int, draws: int) -> tuple[np.ndarray, bool]:
    """Orders of so many runs, (B, runs), and whether they are all: so they are if at most draws + 1."""
    if factorial(runs) <= draws + 1:
        return np.array(list(permutations(range(runs)))), True
    return generator(2, runs).random((OWN, runs)).argsort(axis=1), False


def shuffled(ranks: np.ndarray) -> np.ndarray:
    """OWN copies of `ranks`, (D, K), each row of each shuffled: (OWN, D, K)."""
    order = generator(3, *ranks.shape).random((OWN, *ranks.shape)).argsort(axis=2)
    return np.take_along_axis(np.broadcast_to(ranks, order.shape), order, axis=2)


def resampled_means(cells: Cells, *name: int) -> np.ndarray:
    """The means of OWN samples with replacement from each variant's values, (OWN, K); `name` tells uses apart."""
    rng = generator(4, *name)
    return np.stack(
        [values[rng.integers(values.size, size=(OWN, values.size))].mean(axis=1) for values in cells.values()], axis=1
    )
