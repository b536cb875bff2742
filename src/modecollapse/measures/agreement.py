"""Whether a training signal such as M_global follows quality within a run, and tells collapsed runs from others.

The two questions must not be pooled: points of one run are no replicates; across runs the unit is the seed.
"""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest, rankdata

from modecollapse.measures.series import FLAT, OK, SHORT, Found, finite_start, missing

LEAST = 4  # evaluations
DRAWS, LEVEL = 2000, 0.95


class Estimate(NamedTuple):
    """A value with its interval; NaN where there is none."""

    value: float
    lower: float
    upper: float
    status: str


def rank_correlation(signal: np.ndarray, quality: np.ndarray) -> Found:
    """Spearman's correlation of two series, shape (T,) each, up to the first value of either that is not finite.

    Ties share their mean rank. `short` below four evaluations, `flat` where one of the two does not vary.
    """
    pairs = np.column_stack([signal, quality]).astype(np.float64)
    both, status = finite_start(np.where(np.isfinite(pairs).all(1), 0.0, np.nan))
    if len(both) < LEAST:
        return missing(SHORT)
    ranks = rankdata(pairs[: len(both)], axis=0).T
    if (np.ptp(ranks, axis=1) == 0).any():
        return missing(FLAT)
    a, b = ranks - ranks.mean(-1, keepdims=True)
    return float(np.clip((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()), -1, 1)), status


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
