"""Whether two curves of the same run move together, beyond what runs of the same kind share anyway."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import factorial
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from modecollapse.statistics.permutation import DRAWS, permutation_p

CONSTANT, FEW_RUNS, OK, UNEQUAL = "constant", "few runs", "ok", "unequal length"


class Shuffle(NamedTuple):
    """The mean correlation `value` of a run's own curves, its `p`, and its mean `across` all matchings of runs.

    A `value` near `across` is what a shared trend alone yields. All three are None unless the `status` is "ok";
    else it is "few runs" (fewer than 3), "unequal length" or "constant" (a curve that never moves has no ranks).
    """

    value: float | None
    p: float | None
    status: str
    across: float | None = None


def cross_run(
    signal: Sequence[Sequence[float]] | np.ndarray,
    quality: Sequence[Sequence[float]] | np.ndarray,
    rng: np.random.Generator,
    draws: int = DRAWS,
    alternative: str = "two-sided",
) -> Shuffle:
    """The mean over S runs of Spearman's correlation of a run's `signal` with its own `quality` over time.

    p compares it with matchings of the signal of run i with the quality of run j: each matching keeps both curves
    whole, so neither autocorrelation nor a trend that all runs share makes it small. All S! matchings are taken if
    they are at most draws + 1, else random ones. "greater" asks whether own curves agree more than those of different
    runs, "less" whether less; "two-sided" measures the distance from the mean of all matchings, not from zero.

    signal, quality: S curves of T values, at the same times; infinite values rank at the ends. The order of the runs
    does not matter. Raises ValueError for NaN, no or unequally many runs, empty curves and impossible settings.
    """
    if draws < 1 or alternative not in ("two-sided", "greater", "less"):
        raise ValueError(f"draws {draws} must be positive and alternative {alternative!r} be one of the three")
    curves = [*map(_checked, signal), *map(_checked, quality)]
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
    own = _mean_of_matchings(correlations, np.arange(runs)[np.newaxis])
    others = _mean_of_matchings(correlations, matchings)
    across = correlations.mean()
    observed, permuted = _extremes(own - across, alternative), _extremes(others - across, alternative)
    return Shuffle(float(own[0]), permutation_p(float(observed[0]), permuted, exact), OK, float(across))


def _checked(curve: Sequence[float] | np.ndarray) -> np.ndarray:
    values = np.asarray(curve, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or np.isnan(values).any():
        raise ValueError(f"a curve must be a list of at least one number without NaN, got shape {values.shape}")
    return values


def _correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pearson's correlation of every row of `first` with every row of `second`: two (S, T) give (S, S)."""
    # The runs in an order of their own, so that the draws do not depend on the order in which they came.
    order = np.lexsort(np.hstack([first, second]).T)
    first, second = (rows[order] - rows.mean(axis=1, keepdims=True) for rows in (first, second))
    lengths = np.sqrt(np.outer((first**2).sum(axis=1), (second**2).sum(axis=1)))
    return first @ second.T / lengths  # of half-integers, so exact: never beyond 1


def _mean_of_matchings(correlations: np.ndarray, matchings: np.ndarray) -> np.ndarray:
    """The mean correlation of each of (B, S) matchings, shape (B,): a matching only picks entries of the matrix."""
    return correlations[np.arange(len(correlations)), matchings].mean(axis=1)


def _extremes(distances: np.ndarray, alternative: str) -> np.ndarray:
    """`distances` from the mean of all matchings, turned so that larger is more extreme."""
    # Correlations are of order 1: what is below 1e-12 is rounding, also where all matchings are alike.
    distances = np.round(distances, 12)
    return np.abs(distances) if alternative == "two-sided" else distances if alternative == "greater" else -distances
