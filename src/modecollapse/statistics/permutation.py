"""Permutation tests: the divisions of two groups, the p of a statistic over them, and the Brunner-Munzel test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np

from modecollapse.statistics.intervals import Values

DRAWS = 9999
SLACK = 1e-9  # relative; statistics that differ by less are equal but for rounding
# The smallest spread (see _statistics) of two groups that are not apart: all values apart but for one tie.
LEAST_SPREAD = 0.5


@dataclass(frozen=True, eq=False)
class Permutations:
    """Divisions of n + m values into a first group of n and a second group of m.

    first: bool, shape (B, n + m), which values are in the first group; exact: whether each division is there once.
    """

    first: np.ndarray
    exact: bool


def permutations(n: int, m: int, rng: np.random.Generator, draws: int = DRAWS) -> Permutations:
    """All divisions of n + m values when there are at most draws + 1 of them, else `draws` random ones.

    They do not depend on the values, so one set serves every comparison of n with m runs.
    Raises ValueError unless n, m and draws are at least 1.
    """
    if n < 1 or m < 1 or draws < 1:
        raise ValueError(f"n {n}, m {m} and draws {draws} must be at least 1")
    if comb(n + m, n) > draws + 1:
        first = np.broadcast_to(np.arange(n + m) < n, (draws, n + m))
        return Permutations(rng.permuted(first, axis=1), exact=False)
    members = np.array(list(combinations(range(n + m), n)))
    first = np.zeros((len(members), n + m), dtype=bool)
    np.put_along_axis(first, members, True, axis=1)
    return Permutations(first, exact=True)


def permutation_p(observed: float, permuted: np.ndarray, exact: bool) -> float:
    """The p of `observed` among `permuted`, shape (B,), of a statistic that is larger where it is more extreme.

    Exact: the share of all divisions at least as extreme, which the observed one is itself. Random: the observed
    division is counted as one more, (1 + count) / (B + 1), which keeps the test valid (Phipson and Smyth 2010).
    So p is never 0. Raises ValueError on non-finite statistics: NaN would pass for "less extreme".
    """
    if permuted.size == 0 or not (np.isfinite(observed) and np.isfinite(permuted).all()):
        raise ValueError("statistics must be finite, and at least one be permuted")
    slack = SLACK * max(abs(observed), np.abs(permuted).max())
    count = int((permuted >= observed - slack).sum())
    if exact and count == 0:
        raise ValueError("the observed division must be one of all divisions")
    return count / permuted.size if exact else (1 + count) / (1 + permuted.size)


def brunner_munzel(x: Values, y: Values, permutations: Permutations, alternative: str = "two-sided") -> float:
    """p of the studentised permutation test of P(X > Y) + P(X = Y) / 2 = 1/2.

    x: shape (n,), y: shape (m,), n and m >= 1; only the order of values counts, so +-inf is allowed.
    permutations: of n and m. alternative: "two-sided", or "greater" for X tending to be larger than Y.
    Exact for equal distributions, and for unequal ones asymptotically, as the statistic is divided by its own
    standard error. Groups that are equal throughout give 1.
    Raises ValueError on NaN, an empty group, permutations of other sizes, or an unknown alternative.
    Sources: Brunner and Munzel 2000; Neubert and Brunner 2007 (the permutation test).
    """
    first, second = ranked(x), ranked(y)
    n, m = first.size, second.size
    if permutations.first.shape[1] != n + m or permutations.first[0].sum() != n:
        raise ValueError(f"the permutations must be of {n} and {m} values")
    if alternative not in ("two-sided", "greater"):
        raise ValueError(f"alternative {alternative} must be two-sided or greater")
    pooled = np.concatenate([first, second])
    order = np.argsort(pooled, kind="stable")
    ascending = pooled[order]
    ends = np.flatnonzero(np.append(ascending[1:] != ascending[:-1], True))
    observed = _statistics((order < n)[np.newaxis], ends)
    permuted = _permuted(permutations, ends.tobytes())
    if alternative == "two-sided":
        observed, permuted = np.abs(observed), np.abs(permuted)
    return permutation_p(float(observed[0]), permuted, permutations.exact)


@lru_cache(maxsize=32)
def _permuted(permutations: Permutations, ends: bytes) -> np.ndarray:
    """The statistics of all divisions, shape (B,): they depend on the values only by which of them are equal."""
    return _statistics(permutations.first, np.frombuffer(ends, dtype=np.intp))


def _statistics(first: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The Brunner-Munzel statistic of each row of `first`, shape (B, n + m); the result has shape (B,).

    Columns stand for the pooled values in ascending order, of which equal ones form G classes; `ends`, shape (G,), are
    the last columns of each. The placement of a value is how many values of the other group lie below it, ties
    counting one half.
    """
    n = int(first[0].sum())
    m = first.shape[1] - n
    sizes = np.diff(ends, prepend=-1)
    # (B, G) arrays: in_first is how many of a class are in the first group, placements are those of its members.
    up_to_here = np.cumsum(first, axis=1, dtype=np.float64)[:, ends]
    in_first = np.diff(up_to_here, axis=1, prepend=0)
    placed_second = up_to_here - in_first / 2
    placed_first = ends + 1 - sizes / 2 - placed_second
    wins = np.einsum("bg,bg->b", in_first, placed_first)  # A12 n m
    squares_first = np.einsum("bg,bg,bg->b", in_first, placed_first, placed_first)
    squares_second = np.einsum("bg,bg,bg->b", sizes - in_first, placed_second, placed_second)
    # n Sx + m Sy with sample variances, 0 for a single value. Numerators are exact, being multiples of 1/4.
    spread = (n * squares_first - wins**2) / max(n - 1, 1) + (m * squares_second - (n * m - wins) ** 2) / max(m - 1, 1)
    # Only groups that are apart have less spread than the floor (and single values), and under any floor they are
    # the most extreme of all: they win most and have the smallest divisor.
    return (wins - n * m / 2) / np.sqrt(np.maximum(spread, LEAST_SPREAD))


def ranked(values: Values) -> np.ndarray:
    """`values` in ascending order as float64, shape (n,); ValueError when empty or when one of them is NaN."""
    points = np.asarray(values, dtype=np.float64)
    if points.ndim != 1 or points.size == 0:
        raise ValueError(f"values must be a list of at least one number, got shape {points.shape}")
    if np.isnan(points).any():
        raise ValueError("values must not be NaN")
    return np.sort(points)
