"""Which ranks the tests and the runs leave possible for each variant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modecollapse.statistics.intervals import Values
from modecollapse.statistics.rank_agreement import (
    BOOTSTRAP_DRAWS,
    best_first,
    checked_runs,
    pair_orders,
    resampled_means,
    rounding_errors,
)


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


def first_places(
    values: Sequence[Values], rng: np.random.Generator, draws: int = BOOTSTRAP_DRAWS, better: str = "more"
) -> np.ndarray | None:
    """How often each of K variants has the best mean, and is among the best three, when seeds are resampled: (K, 2).

    values: for each variant the finite values (n,) of its runs; better: whether "more" or "less" is better. Variants
    that tie for a rank share it equally, so the columns add up to 1 and to min(3, K). A description of these seeds,
    no probability of being best: with few seeds it is too sure. None if a variant is a single run, which cannot vary.
    Raises ValueError as `tau_interval`.
    """
    runs = checked_runs(values)
    if min(map(len, runs)) == 1:
        return None
    means = best_first(resampled_means(runs, rng, draws), better)
    variants = len(runs)
    first, second = np.triu_indices(variants, 1)
    orders = np.zeros((draws, variants, variants))
    orders[:, first, second] = pair_orders(means, rounding_errors(runs))
    orders = orders - orders.transpose(0, 2, 1)  # [i, j] is 1 where j is better than i, 0 where they tie
    ahead, tied = (orders > 0).sum(axis=2), (orders == 0).sum(axis=2)
    return np.stack([np.clip((ranks - ahead) / tied, 0, 1).mean(axis=0) for ranks in (1, 3)], axis=1)
