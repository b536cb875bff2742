"""How losses behave: whether they oscillate, and whether they, or gradients, have blown up for good.

The loss of a GAN may circle instead of settling (CS236 notes: the two losses oscillate, then diverge). A share of the
spectrum has no unit, so it compares between losses of different scale, and adding a constant does not change it.
Evaluations are samples of the training: what turns faster than every second evaluation shows up as slower than it is,
or not at all. Losses are therefore given as their means between evaluations, in which such turns and the noise of
single batches are averaged out before they can pass for slow ones; for the spectrum all these windows must be equally
long (`series.even_windows`).

The trainer records a run that ends in NaN; `loss_blowup` also finds the run that is still finite but has blown up.
`oscillation` is about what comes before that, so that a blow-up is not taken for a swing, nor a swing for a blow-up.
"""

from __future__ import annotations

from math import comb

import numpy as np

from modecollapse.measures.series import FLAT_BELOW, OK, SHORT, ZERO, Found, finite_start, missing
from modecollapse.study.evaluations import in_last_tenth

LEAST = 8  # evaluations; fewer have hardly a frequency
FACTOR = 10.0  # of a blow-up
LEVEL, CYCLES = 0.05, 4  # of an oscillation: the level of its test, and the fewest cycles; a drift has fewer


def oscillation(series: np.ndarray) -> Found:
    """1 or 0: whether the series swings before its last tenth, and before it blows up, if it does.

    It swings where its strongest frequency makes CYCLES cycles at least and has a larger share of the variance than
    white noise has with probability LEVEL (Fisher 1929).
    """
    head = finite_start(series)[0][: int(0.9 * len(series))]
    beyond = np.flatnonzero(np.abs(head) > FACTOR * np.median(np.abs(head))) if head.size else head
    head = head[: beyond[0]] if beyond.size else head
    if head.size < LEAST:
        return missing(SHORT)
    shares = power_shares(head)
    if shares is None:
        return 0.0, OK
    return float(shares.argmax() + 1 >= CYCLES and peak_p(float(shares.max()), shares.size) <= LEVEL), OK


def power_shares(values: np.ndarray) -> np.ndarray | None:
    """The share of the detrended values' variance at 1, 2, ... cycles; None where they do not vary.

    The largest is 1 for a sine of whole cycles, and for white noise at m frequencies about (1 + 1/2 + ... + 1/m) / m.
    """
    rest = _detrended(values)
    if not rest.any():
        return None
    power = np.abs(np.fft.rfft(rest / np.abs(rest).max())[1:]) ** 2
    power[: (values.size - 1) // 2] *= 2  # each also stands for its negative frequency; an even T's highest has none
    return power / power.sum()


def peak_p(share: float, m: int) -> float:
    """The chance that the largest of m frequencies of white noise has at least this share of the variance (Fisher)."""
    terms = [(-1) ** (j - 1) * comb(m, j) * (1 - j * share) ** (m - 1) for j in range(1, int(1 / share) + 1)]
    return float(np.clip(sum(terms), 0, 1))


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
    """1 where any of a run's series blew up, 0 where none did; else undefined, for the reason of the first that is.

    A run that is not trained has no series, and none that blew up.
    """
    flags = [loss_blowup(steps, one) for one in series]
    if any(value == 1 for value, _ in flags):
        return 1.0, OK
    return next((flag for flag in flags if flag[1] != OK), (0.0, OK))


def _detrended(values: np.ndarray) -> np.ndarray:
    """What a straight line leaves, exactly zero where only rounding is left."""
    time = np.arange(values.size) - (values.size - 1) / 2
    centred = values - values.mean()
    rest = centred - time * (time @ centred) / (time @ time)
    return np.where(np.abs(rest) <= FLAT_BELOW * np.abs(values).max(), 0.0, rest)
