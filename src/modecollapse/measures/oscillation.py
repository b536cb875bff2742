"""Oscillation of a series: how often it turns, whether it has a period, how far it falls.

The loss of a GAN may circle instead of settling (CS236 notes: the two losses oscillate, then diverge). Two of these
measures have no unit and compare between losses of different scale, sign changes and the spectral peak; total variation
and drawdown are in the unit of the series. Evaluations are samples of the training: what turns faster than every second
evaluation shows up as slower than it is, or not at all. Losses are therefore given as their means between evaluations,
in which such turns and the noise of single batches are averaged out before they can pass for slow ones.

All are unchanged by adding a constant; a NaN or an infinity ends the series (`cut`).
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import FLAT, FLAT_BELOW, SHORT, Found, finite_start, missing

LEAST, LEAST_SPECTRUM = 4, 8  # evaluations; fewer have no choice but to turn, or hardly a frequency


def sign_changes(series: np.ndarray) -> Found:
    """Sign changes of the detrended series per step from one evaluation to the next, 0 to 1.

    About 1/2 for white noise, 1 for a series that alternates, near 0 for a random walk; 0 where nothing is left when
    the straight line is taken away.
    """
    values, status = finite_start(series)
    if values.size < LEAST:
        return missing(SHORT)
    signs = np.sign(_detrended(values))
    signs = signs[signs != 0]  # a zero has the sign before it
    return float(np.count_nonzero(signs[1:] != signs[:-1])) / (values.size - 1), status


def spectral_peak(series: np.ndarray) -> tuple[Found, Found]:
    """The share of the detrended series' variance at its strongest frequency, and that frequency's period.

    The share is 1 for a sine of whole cycles; for white noise at m frequencies (m = T/2) it is about
    (1 + 1/2 + ... + 1/m) / m, .15 at T = 50. A share that is no larger is no oscillation. The period is in evaluations.
    """
    values, status = finite_start(series)
    if values.size < LEAST_SPECTRUM:
        return missing(SHORT), missing(SHORT)
    rest = _detrended(values)
    if not rest.any():
        return missing(FLAT), missing(FLAT)
    power = np.abs(np.fft.rfft(rest / np.abs(rest).max())[1:]) ** 2
    power[: (values.size - 1) // 2] *= 2  # each also stands for its negative frequency; an even T's highest has none
    peak = int(power.argmax())
    return (float(power[peak] / power.sum()), status), (values.size / (peak + 1), status)


def total_variation(series: np.ndarray) -> Found:
    """The mean absolute change from one evaluation to the next, in the series' unit."""
    values, status = finite_start(series)
    if values.size < 2:
        return missing(SHORT)
    return float(np.abs(np.diff(values)).mean()), status


def largest_drawdown(series: np.ndarray) -> Found:
    """The deepest fall from a value to a later one, in the series' unit; 0 for a series that never falls."""
    values, status = finite_start(series)
    if values.size < 2:
        return missing(SHORT)
    return float((np.maximum.accumulate(values) - values).max()), status


def down_crossings(series: np.ndarray, level: float) -> Found:
    """How often the series goes from `level` or more to less than it."""
    values, status = finite_start(series)
    if values.size < 2:
        return missing(SHORT)
    above = values >= level
    return float(np.count_nonzero(above[:-1] & ~above[1:])), status


def share_at_least(series: np.ndarray, level: float) -> Found:
    """The share of evaluations at `level` or more."""
    values, status = finite_start(series)
    if values.size < 1:
        return missing(SHORT)
    return float((values >= level).mean()), status


def _detrended(values: np.ndarray) -> np.ndarray:
    """What a straight line leaves, exactly zero where only rounding is left."""
    time = np.arange(values.size) - (values.size - 1) / 2
    centred = values - values.mean()
    rest = centred - time * (time @ centred) / (time @ time)
    return np.where(np.abs(rest) <= FLAT_BELOW * np.abs(values).max(), 0.0, rest)
