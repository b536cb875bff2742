"""The permutation test of Brunner and Munzel's statistic, written a second time.

Where there are few divisions of the runs into two groups all are taken, as the tables' are; else random ones, drawn
here once more, so that both p are known up to their draws.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

OWN_DRAWS = 15_000
SIGMAS = 5.0  # standard errors between two p of random draws that are no disagreement
SLACK = 1e-9  # relative, of statistics that are one but for rounding
LEAST_SPREAD = 0.5  # what groups that are apart are divided by instead of 0


class Chance(NamedTuple):
    """A p, and how far the written one may be from it."""

    value: float
    error: float = 0.0


def chance(value: float, draws: int) -> Chance:
    """A p of OWN_DRAWS random divisions beside one of `draws`: the error of their difference, also where p is 0."""
    variance = 1 / draws + 1 / OWN_DRAWS
    return Chance(value, SIGMAS * math.sqrt(value * (1 - value) * variance) + SIGMAS**2 * variance)


@lru_cache(maxsize=8)
def divisions(n: int, m: int, draws: int) -> tuple[np.ndarray, bool]:
    """Who is in the first group, (B, n + m) of 0 and 1, and whether these are all divisions."""
    if math.comb(n + m, n) <= draws + 1:
        chosen = np.array(list(combinations(range(n + m), n)))
        return (chosen[:, :, np.newaxis] == np.arange(n + m)).any(axis=1).astype(float), True
    keys = np.random.default_rng(n * 1000 + m).random((OWN_DRAWS, n + m))
    return (np.argsort(keys, axis=1) < n).astype(float), False


def statistics(first: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    """Brunner and Munzel's statistic of `pooled` values, shape (N,), for each row of `first`, shape (B, N)."""
    n = int(first[0].sum())
    m = first.shape[1] - n
    wins = (pooled[:, np.newaxis] > pooled) + 0.5 * (pooled[:, np.newaxis] == pooled)
    over_first = first @ wins.T  # how many of the first group a value exceeds, a tie counting half
    over_second = wins.sum(axis=1) - over_first
    spread = n * _variance(over_second, first, n) + m * _variance(over_first, 1 - first, m)
    return (np.einsum("bi,bi->b", first, over_second) - n * m / 2) / np.sqrt(np.maximum(spread, LEAST_SPREAD))


def _variance(places: np.ndarray, chosen: np.ndarray, size: int) -> np.ndarray:
    """The sample variance of the `size` chosen places of each row, multiples of 1/2; 0 of a single one."""
    squares, total = np.einsum("bi,bi,bi->b", chosen, places, places), np.einsum("bi,bi->b", chosen, places)
    return (squares - total**2 / size) / max(size - 1, 1)


@lru_cache(maxsize=128)
def _under_chance(n: int, m: int, draws: int, sizes: tuple[int, ...]) -> np.ndarray:
    """The statistics of all divisions: of the values they know only how many are equal, in ascending order."""
    return statistics(divisions(n, m, draws)[0], np.repeat(np.arange(len(sizes)), sizes))


def chances(x: np.ndarray, y: np.ndarray, draws: int) -> tuple[Chance, Chance]:
    """The p that x tends to be larger than y, and the p that it tends to be smaller."""
    n, m = len(x), len(y)
    _, sizes = np.unique(np.append(x, y), return_counts=True)
    permuted = _under_chance(n, m, draws, tuple(sizes.tolist()))
    own = statistics(np.append(np.ones(n), np.zeros(m))[np.newaxis], np.append(x, y))[0]
    slack = SLACK * max(abs(own), np.abs(permuted).max())
    counts = [int((permuted >= own - slack).sum()), int((permuted <= own + slack).sum())]
    if divisions(n, m, draws)[1]:
        return tuple(Chance(count / len(permuted)) for count in counts)
    return tuple(chance((1 + count) / (1 + len(permuted)), draws) for count in counts)
