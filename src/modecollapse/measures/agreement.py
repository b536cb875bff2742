"""Whether a training signal such as M_global follows quality within a run."""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import FLAT, SHORT, Found, finite_start, missing

LEAST = 4  # evaluations


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
