"""How losses behave: whether they oscillate, and whether they, or gradients, have blown up for good.

The loss of a GAN may circle instead of settling (CS236 notes: the two losses oscillate, then diverge). Sign changes and
the spectral peak have no unit, so they compare between losses of different scale, and adding a constant does not change
them; a NaN or an infinity ends the series (`cut`). Evaluations are samples of the training: what turns faster than
every second evaluation shows up as slower than it is, or not at all. Losses are therefore given as their means between
evaluations, in which such turns and the noise of single batches are averaged out before they can pass for slow ones;
for sign changes and the spectrum all these windows must be equally long (`series.even_windows`).

The trainer records a run that ends in NaN; `loss_blowup` also finds the run that is still finite but has blown up.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import (
    ABSENT,
    FLAT,
    FLAT_BELOW,
    OK,
    SHORT,
    ZERO,
    Found,
    finite_start,
    missing,
)
from modecollapse.study.recipe import in_last_tenth

LEAST, LEAST_SPECTRUM = 4, 8  # evaluations; fewer have no choice but to turn, or hardly a frequency
FACTOR = 10.0  # of a blow-up


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


def spectral_peak(series: np.ndarray) -> Found:
    """The share of the detrended series' variance at its strongest frequency.

    It is 1 for a sine of whole cycles; for white noise at m frequencies (m = T/2) it is about
    (1 + 1/2 + ... + 1/m) / m, .15 at T = 50. A share that is no larger is no oscillation.
    """
    values, status = finite_start(series)
    if values.size < LEAST_SPECTRUM:
        return missing(SHORT)
    rest = _detrended(values)
    if not rest.any():
        return missing(FLAT)
    power = np.abs(np.fft.rfft(rest / np.abs(rest).max())[1:]) ** 2
    power[: (values.size - 1) // 2] *= 2  # each also stands for its negative frequency; an even T's highest has none
    return float(power[int(power.argmax())] / power.sum()), status


def loss_blowup(steps: np.ndarray, series: np.ndarray) -> Found:
    """1 or 0: any value is not finite, or all |values| of the last tenth of steps exceed ten times the median before.

    `steps` and `series` are (T,). No value is weighted: those before the last tenth are equally far apart.

    `zero` where the median before is 0 and the end is not: there is no scale to leave. A loss without a natural zero,
    such as a critic's, may cross 0 for half of the training; read its flag beside its curve.
    """
    values = np.abs(np.asarray(series, dtype=np.float64))
    if not np.isfinite(values).all():
        return 1.0, OK
    late = in_last_tenth(steps, max(steps, default=0))
    if late.all():
        return missing(SHORT)
    scale, least = float(np.median(values[~late])), float(values[late].min())
    if scale == 0 and least > 0:
        return missing(ZERO)
    return float(least > FACTOR * scale), OK


def any_blowup(steps: np.ndarray, series: list[np.ndarray]) -> Found:
    """1 where any of a run's series blew up, 0 where none did; else undefined, for the reason of the first that is."""
    flags = [loss_blowup(steps, one) for one in series] or [missing(ABSENT)]
    if any(value == 1 for value, _ in flags):
        return 1.0, OK
    return next((flag for flag in flags if flag[1] != OK), (0.0, OK))


def _detrended(values: np.ndarray) -> np.ndarray:
    """What a straight line leaves, exactly zero where only rounding is left."""
    time = np.arange(values.size) - (values.size - 1) / 2
    centred = values - values.mean()
    rest = centred - time * (time @ centred) / (time @ time)
    return np.where(np.abs(rest) <= FLAT_BELOW * np.abs(values).max(), 0.0, rest)
