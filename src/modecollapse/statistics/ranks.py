"""Which ranks tests and seeds leave possible for each variant, and how far rankings on several data sets agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy

from modecollapse.statistics.intervals import Values
from modecollapse.statistics.permutation import DRAWS, permutation_p, ranked

BOOTSTRAP_DRAWS = 2000
ROUNDING = 1e-12  # of a mean, relative to the largest of its values: means that differ by less are tied


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
    runs = _checked_runs(values)
    if min(map(len, runs)) == 1:
        return None
    means, slack = _resampled_means(runs, rng, draws)
    orders = np.zeros((draws, len(runs), len(runs)))
    orders[:, *np.triu_indices(len(runs), 1)] = _pair_orders(_best_first(means, better), slack)
    orders = orders - orders.transpose(0, 2, 1)  # [i, j] is 1 where j is better than i, 0 where they tie
    ahead, tied = (orders > 0).sum(axis=2), (orders == 0).sum(axis=2)
    return np.stack([np.clip((ranks - ahead) / tied, 0, 1).mean(axis=0) for ranks in (1, 3)], axis=1)


def kendall_tau(a: Values, b: Values) -> float | None:
    """Kendall's tau-b of two lists of K scores, from -1 to 1; None where one of them is all ties.

    Only the order of the scores counts, so +-inf is allowed. Raises ValueError on NaN, lists of unequal length and
    empty ones. Source: Kendall 1945.
    """
    if len(a) != len(b):
        raise ValueError(f"the lists have {len(a)} and {len(b)} scores")
    tau = float(_tau_b(*_pair_orders(_ranks([a, b]))))
    return None if np.isnan(tau) else tau


def tau_interval(
    first: Sequence[Values], second: Sequence[Values], rng: np.random.Generator, draws: int = BOOTSTRAP_DRAWS
) -> tuple[float | None, float | None, float | None]:
    """Kendall's tau-b of the rankings of K variants, by their means, on two data sets, and its 95 % interval.

    first, second: for each variant the finite values (n,) of its runs on that data set, n >= 1. The interval shows what
    other seeds would do to the two rankings: seeds are resampled within each variant and data set. It says nothing of
    other data sets and, as seeds that are all equal give it no width, its level is nominal. The order of the values of
    a variant does not matter. tau is None where a ranking is all ties; its lower and upper end are the percentiles of
    the resamples where it is defined, and None where it is so in none, or a group is a single run.
    Raises ValueError on NaN, infinite or no values, unequally many or fewer than two variants.
    """
    if len(first) != len(second):
        raise ValueError(f"there are {len(first)} variants on the first data set and {len(second)} on the second")
    groups = [_checked_runs(first), _checked_runs(second)]
    means = [np.array([runs.mean() for runs in variants]) for variants in groups]
    resampled, slack = zip(*(_resampled_means(variants, rng, draws) for variants in groups), strict=True)
    observed = float(_tau_b(*map(_pair_orders, means, slack)))
    taus = _tau_b(*map(_pair_orders, resampled, slack))
    value, defined = None if np.isnan(observed) else observed, taus[~np.isnan(taus)]
    if defined.size == 0 or min(runs.size for variants in groups for runs in variants) == 1:
        return value, None, None
    lower, upper = np.quantile(defined, [0.025, 0.975])
    return value, float(lower), float(upper)


def concordance(scores: Sequence[Values], rng: np.random.Generator, draws: int = DRAWS) -> tuple[float | None, float]:
    """Kendall's W of D >= 2 rankings of K variants, from 0 to 1, corrected for ties, and its permutation p.

    scores: shape (D, K), scores or ranks (only their order within a row counts). W is None where every row is all ties.
    The p is that of data sets which order the variants independently of each other, from `draws` sets of rankings each
    of which is shuffled by itself; 1 where every row is all ties. The order of data sets and of variants does not
    matter. Raises ValueError on NaN and for fewer than two rows.
    Source: Kendall and Babington Smith 1939.
    """
    ranks = _ranks(scores)
    # What the spread would be if all rows agreed; ties make it smaller by themselves.
    largest, spread = len(ranks) * ((ranks - ranks.mean()) ** 2).sum(), _spread(ranks)
    # The shuffles depend on the ties alone: they start from an order that does not depend on that of the rows.
    ordered = np.sort(ranks, axis=1)
    ordered = ordered[np.lexsort(ordered.T)]
    shuffled = rng.permuted(np.broadcast_to(ordered, (draws, *ranks.shape)), axis=2)
    w = float(spread / largest) if largest > 0 else None
    return w, permutation_p(float(spread), _spread(shuffled), exact=False)


def largest_change(scores: Sequence[Values], better: str = "more") -> tuple[int, int, float]:
    """The data set whose leaving out changes a variant's mean rank most, that variant, and the change.

    scores: shape (D, K), D >= 2; better: whether "more" or "less" is better. Of equal changes it is the first. Raises
    ValueError on NaN.
    """
    ranks = _ranks(scores, better)
    after = (ranks.sum(axis=0) - ranks) / (len(ranks) - 1)  # [d, k]: of variant k without data set d
    before = after.mean(axis=0)  # every data set is in all rows but one
    sizes = np.round(np.abs(after - before), 12)  # ranks are of order 1: less is rounding
    data_set, variant = map(int, np.unravel_index(sizes.argmax(), sizes.shape))
    return data_set, variant, float(after[data_set, variant]) - float(before[variant])


def _pair_orders(values: np.ndarray, slack: np.ndarray | float = 0.0) -> np.ndarray:
    """1, 0 or -1 for each of the K (K - 1) / 2 pairs of `values`, shape (..., K): whether the first is the larger one.

    slack: (K,), the rounding error of each value; two that differ by no more than both together are tied.
    """
    first, second = np.triu_indices(values.shape[-1], 1)
    slack = np.broadcast_to(slack, values.shape[-1:])
    differences = values[..., first] - values[..., second]
    return np.where(np.abs(differences) <= slack[first] + slack[second], 0.0, np.sign(differences))


def _best_first(scores: np.ndarray, better: str) -> np.ndarray:
    """`scores` with their sign turned, if need be, so that the least is the best; ValueError on an unknown `better`."""
    if better not in ("more", "less"):
        raise ValueError(f"better {better!r} must be 'more' or 'less'")
    return -scores if better == "more" else scores


def _checked_runs(values: Sequence[Values]) -> list[np.ndarray]:
    """Each variant's values in ascending order; ValueError unless there are two variants with finite values."""
    if len(values) < 2:
        raise ValueError(f"a ranking needs at least two variants, got {len(values)}")
    groups = [ranked(runs) for runs in values]
    if not all(np.isfinite(runs).all() for runs in groups):
        raise ValueError("values must be finite")
    return groups


def _resampled_means(groups: list[np.ndarray], rng: np.random.Generator, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each variant in each bootstrap resample of its runs, (draws, K), and its rounding error, (K,)."""
    means = np.stack([rng.choice(runs, (draws, runs.size)).mean(axis=1) for runs in groups], axis=1)
    return means, ROUNDING * np.array([np.abs(runs).max() for runs in groups])


def _tau_b(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kendall's tau-b of the orders `a` and `b` of pairs, both of shape (..., P); NaN where one of them is all ties."""
    untied = np.sqrt(np.abs(a).sum(axis=-1) * np.abs(b).sum(axis=-1))
    return np.divide((a * b).sum(axis=-1), untied, out=np.full_like(untied, np.nan), where=untied > 0)


def _ranks(scores: Sequence[Values], better: str = "less") -> np.ndarray:
    """The mid-ranks of `scores`, shape (D, K), within each row."""
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 2 or len(values) < 2 or values.size == 0 or np.isnan(values).any():
        raise ValueError(f"scores must be two lists or more without NaN, got shape {values.shape}")
    return scipy.stats.rankdata(_best_first(values, better), axis=1)


def _spread(ranks: np.ndarray) -> np.ndarray:
    """How far the K sums of ranks, shape (..., D, K), lie from their mean: the sum of squares, shape (...)."""
    data_sets, variants = ranks.shape[-2:]
    return ((ranks.sum(axis=-2) - data_sets * (variants + 1) / 2) ** 2).sum(axis=-1)
