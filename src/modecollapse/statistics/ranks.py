"""How variants rank, and how far rankings on different data sets agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from modecollapse.statistics.permutation import DRAWS, permutation_p


class Change(NamedTuple):
    """The mean rank of one variant (column) over all data sets, and after leaving one data set (row) out."""

    data_set: int
    variant: int
    before: float
    after: float


def rank_sets(better: Sequence[Sequence[bool]] | np.ndarray) -> np.ndarray:
    """The ranks, 1 is best, that pairwise tests leave possible for each of K variants: (K, 2), first and last.

    better: bool (K, K); better[i, j] says that i is significantly better than j. When those entries come from tests
    that are corrected together (Holm) at level alpha, all sets hold at once with probability 1 - alpha at least.
    Raises ValueError unless `better` is square, and for a variant that is better than itself or than its better.
    Source: the step from tests to ranks of Mogstad, Romano, Shaikh and Wilhelm 2024.
    """
    wins = np.asarray(better)
    if wins.ndim != 2 or wins.shape[0] != wins.shape[1] or wins.size == 0 or wins.dtype != bool:
        raise ValueError(f"better must be a square table of True and False, got {wins.dtype} of shape {wins.shape}")
    if (wins & wins.T).any():
        raise ValueError("no variant can be better than itself, nor two be better than each other")
    return np.stack([1 + wins.sum(axis=0), len(wins) - wins.sum(axis=1)], axis=1)


def kendall_tau(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> float | None:
    """Kendall's tau-b of two lists of K scores, from -1 to 1; None where one of them is all ties.

    Only the order of the scores counts, so +-inf is allowed. Raises ValueError on NaN, lists of unequal length and
    empty ones. Source: Kendall 1945.
    """
    first, second = checked_scores(a, 1), checked_scores(b, 1)
    if first.size != second.size:
        raise ValueError(f"the lists have {first.size} and {second.size} scores")
    tau = float(tau_b(pair_orders(rankdata(first)), pair_orders(rankdata(second))))
    return None if np.isnan(tau) else tau


def pair_orders(values: np.ndarray, slack: np.ndarray | float = 0.0) -> np.ndarray:
    """1, 0 or -1 for each of the K (K - 1) / 2 pairs of `values`, shape (..., K): whether the first is the larger one.

    slack: (K,), the rounding error of each value; two that differ by no more than both together are tied.
    """
    first, second = np.triu_indices(values.shape[-1], 1)
    slack = np.broadcast_to(slack, values.shape[-1:])
    differences = values[..., first] - values[..., second]
    return np.where(np.abs(differences) <= slack[first] + slack[second], 0.0, np.sign(differences))


def tau_b(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kendall's tau-b of the orders `a` and `b` of pairs, both of shape (..., P); NaN where one of them is all ties."""
    untied = np.sqrt(np.abs(a).sum(axis=-1) * np.abs(b).sum(axis=-1))
    return np.divide((a * b).sum(axis=-1), untied, out=np.full_like(untied, np.nan), where=untied > 0)


def kendall_w(scores: Sequence[Sequence[float]] | np.ndarray) -> float | None:
    """Kendall's coefficient of concordance of D >= 2 rankings of K variants, from 0 to 1, corrected for ties.

    scores: shape (D, K), scores or ranks (only their order within a row counts). None where every row is all ties.
    Raises ValueError on NaN and for fewer than two rows. Source: Kendall and Babington Smith 1939.
    """
    ranks = _ranks(scores)
    # What the spread would be if all rows agreed; ties make it smaller by themselves.
    largest = len(ranks) * ((ranks - ranks.mean()) ** 2).sum()
    return float(_spread(ranks) / largest) if largest > 0 else None


def concordance(
    scores: Sequence[Sequence[float]] | np.ndarray, rng: np.random.Generator, draws: int = DRAWS
) -> tuple[float | None, float]:
    """`kendall_w` and its p among `draws` sets of rankings, each of which is shuffled by itself.

    The p is that of data sets which order the variants independently of each other; 1 where every row is all ties.
    The order of data sets and of variants does not matter. Raises ValueError as `kendall_w` and for draws < 1.
    """
    if draws < 1:
        raise ValueError(f"draws {draws} must be at least 1")
    ranks = _ranks(scores)
    # The shuffles depend on the ties alone: start from an order of their own.
    ordered = np.sort(ranks, axis=1)
    ordered = ordered[np.lexsort(ordered.T)]
    shuffled = rng.permuted(np.broadcast_to(ordered, (draws, *ranks.shape)), axis=2)
    return kendall_w(ranks), permutation_p(float(_spread(ranks)), _spread(shuffled), exact=False)


def without_each(scores: Sequence[Sequence[float]] | np.ndarray, better: str = "more") -> np.ndarray:
    """The mean rank, 1 is best, of K variants over the other data sets when each of D is left out: shape (D, K).

    scores: shape (D, K), D >= 2; better: whether "more" or "less" is better. Raises ValueError on NaN.
    """
    ranks = _ranks(scores, better)
    return (ranks.sum(axis=0) - ranks) / (len(ranks) - 1)


def largest_change(scores: Sequence[Sequence[float]] | np.ndarray, better: str = "more") -> Change:
    """The largest change of a mean rank when one data set is left out; of equal ones the first. As `without_each`."""
    after = without_each(scores, better)
    before = after.mean(axis=0)  # every data set is in all rows but one
    changes = np.round(np.abs(after - before), 12)  # ranks are of order 1: less is rounding
    data_set, variant = map(int, np.unravel_index(changes.argmax(), changes.shape))
    return Change(data_set, variant, float(before[variant]), float(after[data_set, variant]))


def profile(scores: Sequence[Sequence[float] | np.ndarray], thresholds: Sequence[float] | np.ndarray) -> np.ndarray:
    """The performance profile of one variant: the share of its runs that score above each of T thresholds, (T,).

    scores: for each data set the scores (n,) of its runs, n >= 1, on a scale that all data sets share. Every data set
    counts the same, whatever its number of runs. Raises ValueError on NaN, no data sets and an empty data set.
    Source: Agarwal et al. 2021, arXiv 2108.13264.
    """
    if len(scores) == 0:
        raise ValueError("scores of at least one data set are needed")
    heights = checked_scores(thresholds, 1)
    shares = [(checked_scores(runs, 1)[:, np.newaxis] > heights).mean(axis=0) for runs in scores]
    return np.mean(shares, axis=0)


def checked_scores(scores: Sequence | np.ndarray, axes: int) -> np.ndarray:
    """`scores` as float64; ValueError unless they have so many axes, none of them empty, and no NaN."""
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != axes or values.size == 0:
        raise ValueError(f"scores must have {axes} axes, none of them empty, got shape {values.shape}")
    if np.isnan(values).any():
        raise ValueError("scores must not be NaN")
    return values


def best_first(scores: np.ndarray, better: str) -> np.ndarray:
    """`scores` with their sign turned, if need be, so that the least is the best; ValueError on an unknown `better`."""
    if better not in ("more", "less"):
        raise ValueError(f"better {better!r} must be 'more' or 'less'")
    return -scores if better == "more" else scores


def _ranks(scores: Sequence[Sequence[float]] | np.ndarray, better: str = "less") -> np.ndarray:
    """The mid-ranks of `scores`, shape (D, K), within each row."""
    values = checked_scores(scores, 2)
    if len(values) < 2:
        raise ValueError("scores on at least two data sets are needed")
    return rankdata(best_first(values, better), axis=1)


def _spread(ranks: np.ndarray) -> np.ndarray:
    """How far the K sums of ranks, shape (..., D, K), lie from their mean: the sum of squares, shape (...)."""
    data_sets, variants = ranks.shape[-2:]
    return ((ranks.sum(axis=-2) - data_sets * (variants + 1) / 2) ** 2).sum(axis=-1)
