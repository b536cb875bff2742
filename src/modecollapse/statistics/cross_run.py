"""The cross-run shuffle: whether two curves of a run agree more than curves of different runs do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import factorial
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from modecollapse.statistics.intervals import Values
from modecollapse.statistics.permutation import DRAWS, permutation_p

CONSTANT, FEW_RUNS, OK, UNEQUAL = "constant", "few runs", "ok", "unequal length"


class Shuffle(NamedTuple):
    """The mean correlation `value` of two curves of the same run, its `p`, and its mean `across` all matchings of runs.

    A `value` near `across` is what a shared trend alone yields. All three are None unless the `status` is "ok";
    else it is "few runs" (fewer than 3), "unequal length" or "constant" (a curve that never moves has no ranks).
    """

    value: float | None
    p: float | None
    status: str
    across: float | None = None


def cross_run(
    signal: Sequence[Values], quality: Sequence[Values], rng: np.random.Generator, draws: int = DRAWS
) -> Shuffle:
    """The mean over S runs of Spearman's correlation of a run's `signal` with the same run's `quality` over time.

    p compares it with matchings of the signal of run i with the quality of run j: each matching keeps both curves
    whole, so neither autocorrelation nor a trend that all runs share makes it small. All S! matchings are taken if
    they are at most draws + 1, else random ones. p is two-sided and measures the distance from the mean of all
    matchings, not from zero.

    signal, quality: S curves of T values, at the same times; infinite values rank at the ends. The order of the runs
    does not matter. Raises ValueError for NaN, no or unequally many runs, empty curves and impossible settings.
    """
    if draws < 1:
        raise ValueError(f"draws {draws} must be positive")
    curves = [np.asarray(curve, dtype=np.float64) for curve in (*signal, *quality)]
    if any(curve.ndim != 1 or curve.size == 0 or np.isnan(curve).any() for curve in curves):
        raise ValueError("a curve must be a list of at least one number without NaN")
    runs = len(signal)
    if runs != len(quality) or runs == 0:
        raise ValueError(f"signal has {runs} runs and quality {len(quality)}: equally many, at least one, are needed")
    if runs < 3:
        return Shuffle(None, None, FEW_RUNS)
    if len({curve.size for curve in curves}) > 1:
        return Shuffle(None, None, UNEQUAL)
    ranks = rankdata(curves, axis=1)
    if (ranks == ranks[:, :1]).all(axis=1).any():
        return Shuffle(None, None, CONSTANT)
    correlations = _correlations(ranks[:runs], ranks[runs:])
    exact = factorial(runs) <= draws + 1
    if exact:
        matchings = np.array(list(permutations(range(runs))))
    else:
        matchings = rng.permuted(np.tile(np.arange(runs), (draws, 1)), axis=1)
    same_run, across = correlations.diagonal().mean(), correlations.mean()
    matched = correlations[np.arange(runs), matchings].mean(axis=1)  # a matching only picks entries of the matrix
    # Correlations are of order 1: what is below 1e-12 is rounding, also where all matchings are alike.
    observed, permuted = (np.abs(np.round(means - across, 12)) for means in (same_run, matched))
    return Shuffle(float(same_run), permutation_p(float(observed), permuted, exact), OK, float(across))


def _correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pearson's correlation of every row of `first` with every row of `second`: two (S, T) give (S, S)."""
    # The runs are sorted, so that the draws do not depend on the order in which they came.
    order = np.lexsort(np.hstack([first, second]).T)
    first, second = (rows[order] - rows.mean(axis=1, keepdims=True) for rows in (first, second))
    lengths = np.sqrt(np.outer((first**2).sum(axis=1), (second**2).sum(axis=1)))
    return first @ second.T / lengths  # of half-integers, so exact: never beyond 1
