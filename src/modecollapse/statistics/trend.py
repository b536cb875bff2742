"""Whether values rise along ordered groups: Jonckheere's test with a permutation null."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from modecollapse.statistics import verdicts
from modecollapse.statistics.intervals import Values
from modecollapse.statistics.permutation import DRAWS, permutation_p, ranked
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict, too_few


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
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    ends = np.flatnonzero(np.append(ascending[1:] != ascending[:-1], True))
    observed = float(_later_larger(labels[order][np.newaxis], ends)[0])
    permuted = _later_larger(rng.permuted(np.broadcast_to(labels, (draws, labels.size)), axis=1), ends)
    rising, falling = (permutation_p(sign * observed, sign * permuted, exact=False) for sign in (1, -1))
    estimate = observed / sum(len(first) * len(second) for first, second in combinations(groups, 2))
    if rising <= alpha:
        return IntervalVerdict(Verdict(REPRODUCED), estimate, p=rising)
    if falling <= alpha:
        return IntervalVerdict(Verdict(NOT_REPRODUCED, verdicts.BELOW), estimate, p=falling)
    return IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.UNCLEAR), estimate)


def _later_larger(labels: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Jonckheere's statistic of each row of `labels`, (B, N): how many pairs of values of different groups have the
    larger one in the later group, ties counting one half.

    Columns stand for the pooled values in ascending order; `ends` are the last columns of each class of equal ones.
    """
    total = np.zeros(len(labels))
    for group in range(1, labels.max() + 1):
        earlier, own = (np.cumsum(chosen, axis=1)[:, ends] for chosen in (labels < group, labels == group))
        below = earlier - np.diff(earlier, axis=1, prepend=0) / 2
        total += (below * np.diff(own, axis=1, prepend=0)).sum(axis=1)
    return total
