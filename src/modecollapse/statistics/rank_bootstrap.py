"""How firmly few seeds settle a ranking: seeds drawn again within each variant and data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from modecollapse.statistics.ranks import best_first, checked_scores, pair_orders, tau_b

DRAWS = 2000
ROUNDING = 1e-12  # of a mean, relative to the largest of its values: means that differ by less are tied


class TauInterval(NamedTuple):
    """Kendall's tau-b, None where a ranking is all ties, and its interval from the resamples where it is defined.

    undefined: the number of resamples where it is not. No interval, None, if none is left or a group is a single run.
    """

    value: float | None
    lower: float | None
    upper: float | None
    undefined: int


def tau_interval(
    first: Sequence[Sequence[float] | np.ndarray],
    second: Sequence[Sequence[float] | np.ndarray],
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = DRAWS,
) -> TauInterval:
    """Kendall's tau-b between the rankings of K variants, by their means, on two data sets, with a percentile interval.

    first, second: for each variant the finite values (n,) of its runs on that data set, n >= 1. The interval shows what
    other seeds would do to the two rankings; it says nothing of other data sets and, as seeds that are all equal give
    it no width, its level is nominal. The order of the values of a variant does not matter.
    Raises ValueError on NaN, infinite or no values, unequally many or fewer than two variants, impossible settings.
    """
    if not 0 < level < 1 or draws < 1:
        raise ValueError(f"level {level} must lie in (0, 1) and draws {draws} be positive")
    if len(first) != len(second):
        raise ValueError(f"there are {len(first)} variants on the first data set and {len(second)} on the second")
    groups = [_checked(first), _checked(second)]
    observed = tau_b(*(pair_orders(_means(runs), _slack(runs)) for runs in groups))
    resampled = tau_b(*(pair_orders(_resampled_means(runs, rng, draws), _slack(runs)) for runs in groups))
    value = None if np.isnan(observed) else float(observed)
    defined = resampled[~np.isnan(resampled)]
    if defined.size == 0 or min(runs.size for variants in groups for runs in variants) == 1:
        return TauInterval(value, None, None, draws - defined.size)
    lower, upper = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return TauInterval(value, float(lower), float(upper), draws - defined.size)


def first_places(
    values: Sequence[Sequence[float] | np.ndarray],
    rng: np.random.Generator,
    draws: int = DRAWS,
    better: str = "more",
) -> np.ndarray | None:
    """How often each of K variants has the best mean, and is among the best three, when seeds are drawn again: (K, 2).

    values: for each variant the finite values (n,) of its runs; better: whether "more" or "less" is better. Variants
    that tie for a place share it equally, so the columns add up to 1 and to min(3, K). A description of these seeds,
    no probability of being best: with few seeds it is too sure. None if a variant is a single run, which cannot vary.
    Raises ValueError as `tau_interval`.
    """
    if draws < 1:
        raise ValueError(f"draws {draws} must be positive")
    runs = _checked(values)
    if min(map(len, runs)) == 1:
        return None
    means = best_first(_resampled_means(runs, rng, draws), better)
    variants, slack = len(runs), _slack(runs)
    first, second = np.triu_indices(variants, 1)
    orders = np.zeros((draws, variants, variants))
    orders[:, first, second] = pair_orders(means, slack)
    orders = orders - orders.transpose(0, 2, 1)  # [i, j] is 1 where j is better than i, 0 where they tie
    ahead, tied = (orders > 0).sum(axis=2), (orders == 0).sum(axis=2)
    return np.stack([np.clip((places - ahead) / tied, 0, 1).mean(axis=0) for places in (1, 3)], axis=1)


def _checked(values: Sequence[Sequence[float] | np.ndarray]) -> list[np.ndarray]:
    """Each variant's values in ascending order."""
    if len(values) < 2:
        raise ValueError(f"a ranking needs at least two variants, got {len(values)}")
    groups = [np.sort(checked_scores(runs, 1)) for runs in values]
    if not all(np.isfinite(runs).all() for runs in groups):
        raise ValueError("values must be finite")
    return groups


def _means(groups: list[np.ndarray]) -> np.ndarray:
    return np.array([runs.mean() for runs in groups])


def _resampled_means(groups: list[np.ndarray], rng: np.random.Generator, draws: int) -> np.ndarray:
    """The mean of each variant in each resample, shape (draws, K)."""
    return np.stack([rng.choice(runs, (draws, runs.size)).mean(axis=1) for runs in groups], axis=1)


def _slack(groups: list[np.ndarray]) -> np.ndarray:
    """The rounding error that the mean of each variant may have, shape (K,)."""
    return ROUNDING * np.array([np.abs(runs).max() for runs in groups])
