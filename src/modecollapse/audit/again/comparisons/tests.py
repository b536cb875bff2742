"""Permutation tests computed again, from mid-ranks and placements as Brunner and Munzel write them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from modecollapse.audit.again.comparisons.cells import RandomP
from modecollapse.audit.again.comparisons.draws import all_divisions, divisions
from modecollapse.audit.again.tables.compare import Cell, Number

EQUAL = 1e-9  # statistics closer than this share of the largest are equal
LEAST_SPREAD = 0.5  # what the statistic is divided by, squared, is no less: two groups that are apart have no spread


def p_among(observed: float, permuted: np.ndarray, exact: bool, draws: int) -> tuple[Cell, float]:
    """What the p of `observed` among the statistics `permuted` must be, and a p to go on with; larger is more extreme.

    exact: `permuted` are all that there are. Else they are the audit's, and the study's p is of `draws` others.
    """
    reach = observed - EQUAL * max(abs(observed), float(np.abs(permuted).max()))
    share = float((permuted >= reach).mean())
    if exact:
        return Number(share), share
    return RandomP(share, permuted.size, draws), (1 + share * draws) / (1 + draws)


class BrunnerMunzel:
    """The two-sided test of two groups of values: how the pooled values tie, and the statistic without its sign."""

    def __init__(self, x: np.ndarray, y: np.ndarray, draws: int) -> None:
        """x: shape (n,), y: shape (m,), two values at least; draws: of the study's test."""
        self.sizes, self.draws = (x.size, y.size), draws
        classes = np.unique(np.concatenate([x, y]), return_inverse=True)[1]
        self.ties = tuple(np.bincount(classes).tolist())
        in_first = np.bincount(classes[: x.size], minlength=len(self.ties)).astype(np.float64)
        self.statistic = abs(float(statistics(in_first[np.newaxis], np.array(self.ties))[0]))

    @property
    def drawn(self) -> bool:
        """Whether the study's divisions are random."""
        return not all_divisions(*self.sizes, self.draws)

    def p(self) -> tuple[Cell, float]:
        """As `p_among`."""
        return p_among(self.statistic, _null(*self.sizes, self.draws, self.ties), not self.drawn, self.draws)


def statistics(in_first: np.ndarray, ties: np.ndarray) -> np.ndarray:
    """Brunner and Munzel's statistic, but for a factor, of B divisions: shape (B,).

    in_first: (B, G), how many of each of G classes of equal values, ascending, are in the first group; ties: (G,), how
    many there are in all. The placement of a value is its mid-rank among all less that in its group.
    """
    in_second = ties - in_first
    n, m = float(in_first[0].sum()), float(in_second[0].sum())
    among_all = np.cumsum(ties) - (ties - 1) / 2
    mean_first, spread_first = _placements(in_first, among_all, n)
    _, spread_second = _placements(in_second, among_all, m)
    return n * (mean_first - m / 2) / np.sqrt(np.maximum(n * spread_first + m * spread_second, LEAST_SPREAD))


def _placements(members: np.ndarray, among_all: np.ndarray, n: float) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the sample variance, both (B,), of the placements of a group."""
    placed = among_all - np.cumsum(members, axis=1) + (members - 1) / 2
    means = np.einsum("bg,bg->b", members, placed) / n
    placed -= means[:, np.newaxis]
    return means, np.einsum("bg,bg,bg->b", members, placed, placed) / (n - 1)


@lru_cache(maxsize=256)
def _null(n: int, m: int, draws: int, ties: tuple[int, ...]) -> np.ndarray:
    """The statistic, without its sign, of all divisions or of the audit's."""
    first = divisions(n, m, draws).astype(np.float64)
    starts = np.concatenate([[0], np.cumsum(ties)[:-1]]).astype(np.intp)
    return np.abs(statistics(np.add.reduceat(first, starts, axis=1), np.array(ties)))
