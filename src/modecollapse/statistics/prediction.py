"""Whether a signal of the training tells the quality of a run better than the number of steps does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy

from modecollapse.statistics.prob_superiority import prob_superiority

TINY = 1e-9  # of the range of the quality: errors are never smaller, so that their ratio is defined
DIGITS = 9  # of the logarithm of the ratio


class Prediction(NamedTuple):
    """The mean absolute errors, over runs, of a run's quality as predicted from its signal and from the step.

    p_better, p_worse: of the signal's having the smaller or the larger error, one-sided. auc_signal, auc_step: the
    chance that of two evaluations, one with collapse and one without, the former has the worse signal, or comes first;
    None without a threshold, and where all or none of the evaluations show collapse.
    """

    e_signal: float
    e_step: float
    p_better: float
    p_worse: float
    auc_signal: float | None = None
    auc_step: float | None = None


def prediction(signal: np.ndarray, quality: np.ndarray, *, rising: bool, collapse: float | None = None) -> Prediction:
    """Predict each run's quality at each evaluation from its signal, and from the step, by what the other runs show.

    signal, quality: (S, T), of S >= 3 runs; only the order of the signal counts, so it may be infinite. From the signal
    the prediction is the monotone regression on the other runs, `rising` or falling as the claim says. From the step it
    is the mean of the other runs at that step or the monotone regression on the step, rising or falling, whichever has
    the least error: the plain mean alone is not smoothed, so a signal that merely counts the steps would beat it.
    The p are Student's, of the logarithm of the ratio of the two errors, with the jackknife's standard error: the runs'
    errors depend on each other, as any two are predicted from the same others. collapse: the quality up to which
    an evaluation shows collapse.
    Raises ValueError on curves of unequal shape, fewer than three, NaN and infinite quality.
    """
    if signal.shape != quality.shape or signal.ndim != 2 or len(signal) < 3 or signal.size == 0:
        raise ValueError(
            f"signal {signal.shape} and quality {quality.shape} must be curves of the same runs, 3 or more"
        )
    if np.isnan(signal).any() or not np.isfinite(quality).all():
        raise ValueError("signal must not be NaN and quality be finite")
    ranks, runs = scipy.stats.rankdata(signal).reshape(signal.shape), len(signal)
    e_signal, e_step = _mean_errors(ranks, quality, rising)
    without = [_mean_errors(np.delete(ranks, i, axis=0), np.delete(quality, i, axis=0), rising) for i in range(runs)]
    errors = np.array([(e_signal, e_step), *without]) + (TINY * np.ptp(quality) or 1.0)
    gain, *gains = np.round(np.log(errors[:, 1] / errors[:, 0]), DIGITS)
    spread = np.sqrt((runs - 1) * np.var(gains))
    # Where no run's absence changes anything, the runs decide nothing.
    better, worse = (float(scipy.stats.t.sf(side * gain / spread, runs - 1)) if spread > 0 else 1.0 for side in (1, -1))
    auc_signal = auc_step = None
    if collapse is not None and 0 < np.mean(collapsed := quality <= collapse) < 1:
        steps = np.broadcast_to(np.arange(signal.shape[1]), signal.shape)
        worst = -ranks if rising else ranks
        auc_signal, auc_step = (prob_superiority(x[collapsed], x[~collapsed]).value for x in (worst, -steps))
    return Prediction(e_signal, e_step, better, worse, auc_signal, auc_step)


def _mean_errors(signal: np.ndarray, quality: np.ndarray, rising: bool) -> tuple[float, float]:
    """The mean absolute errors of the predictions from the signal and from the step, each run's left out in turn."""
    steps = np.broadcast_to(np.arange(signal.shape[1]), signal.shape)
    means = (quality.sum(axis=0) - quality) / (len(quality) - 1)
    by_step = [float(np.abs(means - quality).mean()), *(_monotone_error(steps, quality, way) for way in (True, False))]
    return _monotone_error(signal, quality, rising), min(by_step)


def _monotone_error(x: np.ndarray, y: np.ndarray, rising: bool) -> float:
    """The mean absolute error of each run's y, (S, T), as predicted by the monotone regression on x of the others."""
    errors = []
    for run in range(len(x)):
        at, where = np.unique(np.delete(x, run, axis=0), return_inverse=True)
        count = np.bincount(where.ravel())
        mean = np.bincount(where.ravel(), np.delete(y, run, axis=0).ravel()) / count
        fitted = scipy.optimize.isotonic_regression(mean, weights=count, increasing=rising).x
        errors.append(np.abs(np.interp(x[run], at, fitted) - y[run]).mean())
    return float(np.mean(errors))
