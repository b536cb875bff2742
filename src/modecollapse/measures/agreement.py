"""Whether a training signal such as M_global follows quality within a run, and tells collapsed runs from others.

The two questions must not be pooled: points of one run are no replicates; across runs the unit is the seed.
"""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from modecollapse.measures.series import FLAT, OK, SHORT, Found, finite_start, missing

LEAST = 4  # evaluations
DRAWS, LEVEL = 2000, 0.95


class Estimate(NamedTuple):
    """A value with its interval; NaN where there is none."""

    value: float
    lower: float
    upper: float
    status: str


def rank_correlation(signal: np.ndarray, quality: np.ndarray, weights: np.ndarray | None = None) -> Found:
    """Spearman's correlation of two series, shape (T,) each, up to the first value of either that is not finite.

    `weights`, (T,), are the steps that each evaluation stands for, by default equally many: one that stands for three
    counts as three equal ones. Ties share their mean rank. `short` below four evaluations, `flat` where one of the two
    does not vary.
    """
    pairs = np.column_stack([signal, quality]).astype(np.float64)
    both, status = finite_start(np.where(np.isfinite(pairs).all(1), 0.0, np.nan))
    if len(both) < LEAST:
        return missing(SHORT)
    weights = np.ones(len(both)) if weights is None else weights[: len(both)]
    ranks = [_ranks(values, weights) for values in pairs[: len(both)].T]
    if any(np.ptp(one) == 0 for one in ranks):
        return missing(FLAT)
    a, b = (np.sqrt(weights) * (one - np.average(one, weights=weights)) for one in ranks)
    return float(np.clip((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()), -1, 1)), status


def _ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(T,): for each value the weight below it and half the weight of those equal to it."""
    _, level = np.unique(values, return_inverse=True)
    held = np.bincount(level, weights)
    return (np.cumsum(held) - held / 2)[level]


def detection(
    of_collapsed: np.ndarray, of_others: np.ndarray, rng: np.random.Generator, draws: int = DRAWS
) -> Estimate:
    """The chance that the signal of a collapsed run exceeds that of another one, a tie counting half: the AUC.

    The interval resamples the seeds of each group; where the groups are apart (AUC 0 or 1) all resamples agree and it
    is Wilson's for the smaller group. A value that is not finite is above all finite ones: the alarm is on. `short`
    where a group is empty.
    """
    collapsed, others = (np.where(np.isfinite(values), values, np.inf) for values in (of_collapsed, of_others))
    if not collapsed.size or not others.size:
        return Estimate(nan, nan, nan, SHORT)
    wins = (collapsed[:, None] > others) + 0.5 * (collapsed[:, None] == others)
    value = float(wins.mean())
    if value in (0.0, 1.0):
        fewest = min(wins.shape)
        wilson = binomtest(int(value) * fewest, fewest).proportion_ci(LEVEL, "wilson")
        return Estimate(value, float(wilson.low), float(wilson.high), OK)
    rows, columns = (rng.multinomial(size, np.full(size, 1 / size), draws) / size for size in wins.shape)
    resampled = ((rows @ wins) * columns).sum(1)
    limits = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    lower, upper = np.quantile(resampled, limits).clip(0, 1)  # or 1 by rounding more
    return Estimate(value, float(lower), float(upper), OK)
