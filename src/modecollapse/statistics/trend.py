"""Whether values rise along ordered groups, or with another value of the same runs, with permutation nulls."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import scipy

from modecollapse.statistics import verdicts
from modecollapse.statistics.intervals import Values
from modecollapse.statistics.permutation import DRAWS, permutation_p, ranked
from modecollapse.statistics.verdicts import INCONCLUSIVE, IntervalVerdict, Verdict, too_few


def trend_verdict(
    groups: Sequence[Values], rng: np.random.Generator, *, draws: int = DRAWS, fewest: int = 5, alpha: float = 0.05
) -> IntervalVerdict:
    """Whether the values of later groups tend to be larger than those of earlier ones: REPRODUCED where they do,
    NOT_REPRODUCED(below) where they tend to be smaller, each by a one-sided test at alpha.

    groups: two or more, each (n,), in the order of the claimed rise. The estimate is the chance that of two runs of
    different groups the one of the later group has the larger value, ties counting one half. p is that of values which
    are exchangeable between the groups, from `draws` shuffles. Only the order of the values counts, so +-inf is
    allowed. Raises ValueError on NaN and for fewer than two groups.
    Sources: Jonckheere 1954; Terpstra 1952.
    """
    if len(groups) < 2:
        raise ValueError(f"there are {len(groups)} groups; allowed: two or more")
    if min(map(len, groups)) < fewest:
        return IntervalVerdict(too_few(fewest))
    values = np.concatenate([ranked(group) for group in groups])
    labels = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    larger = (values > values[:, np.newaxis]) + (values == values[:, np.newaxis]) / 2  # [i, j]: j is larger than i
    shuffled = rng.permuted(np.broadcast_to(labels, (draws, labels.size)), axis=1)
    # Jonckheere's statistic: how many pairs of runs of different groups have the larger value in the later one.
    rows = np.vstack([labels, shuffled])
    later = (((rows < group) @ larger) * (rows == group) for group in range(1, len(groups)))
    observed, *permuted = sum(later).sum(axis=1)
    estimate = float(observed) / sum(len(first) * len(second) for first, second in combinations(groups, 2))
    return _of_either_side(float(observed), np.array(permuted), estimate, alpha)


def rank_verdict(
    first: Values, second: Values, rng: np.random.Generator, *, draws: int = DRAWS, fewest: int = 5, alpha: float = 0.05
) -> IntervalVerdict:
    """Whether runs with a larger first value, (n,), have a larger second one: as `trend_verdict`, by Spearman's r.

    INCONCLUSIVE(undefined) where one of the two is the same in all runs. Raises ValueError on NaN.
    """
    if len(first) < fewest:
        return IntervalVerdict(too_few(fewest))
    if np.isnan(first).any() or np.isnan(second).any():
        raise ValueError("values must not be NaN")
    x, y = (scipy.stats.rankdata(values) - (len(first) + 1) / 2 for values in (first, second))
    if not (x.any() and y.any()):
        return IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.UNDEFINED))
    shuffled = rng.permuted(np.broadcast_to(x, (draws, x.size)), axis=1)
    return _of_either_side(float(x @ y), shuffled @ y, float(x @ y / np.sqrt((x @ x) * (y @ y))), alpha)


def _of_either_side(observed: float, permuted: np.ndarray, estimate: float, alpha: float) -> IntervalVerdict:
    """REPRODUCED where the statistic is significantly large, NOT_REPRODUCED(below) where it is significantly small."""
    rising, falling = (permutation_p(sign * observed, sign * permuted, exact=False) for sign in (1, -1))
    return verdicts.of_either_side(rising, falling, alpha)._replace(estimate=estimate)
