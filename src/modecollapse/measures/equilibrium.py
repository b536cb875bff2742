"""BEGAN's equilibrium (Berthelot et al. 2017, sections 3.3 and 3.4) from a trace: does L(G(z)) / L(x) reach gamma, and
does k_t come to rest?

The trace has the means of L(x), of L(G(z_G)) and of k_t over all steps between two evaluations, (T,) each. Every window
counts with its steps, so that a mean of theirs is one over steps.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import NONFINITE, OK, SHORT, ZERO, Found, missing, spans, weighted_mean

LAST, FIRST = 0.2, 0.2  # shares of the steps
BAND = 0.2  # how far k_t may be from its end, as a share of that, and still be settled


def loss_ratio(steps: np.ndarray, real: np.ndarray, fake: np.ndarray) -> Found:
    """E[L(G(z))] / E[L(x)], as gamma is defined: the ratio of the means over the LAST share of the steps."""
    weights = spans(steps, 1 - LAST)
    (of_real, real_status), (of_fake, fake_status) = (weighted_mean(losses, weights) for losses in (real, fake))
    if real_status != OK or fake_status != OK:
        return missing(real_status if real_status != OK else fake_status)
    return missing(ZERO) if of_real == 0 else (of_fake / of_real, OK)


def ratio_deviation(ratio: Found, gamma: float) -> Found:
    """How far the ratio is from gamma, as a signed share of gamma: -.1 to .1 is an equilibrium within 10 %."""
    value, status = ratio
    if status != OK:
        return missing(status)
    return missing(ZERO) if gamma == 0 else (value / gamma - 1, OK)


def fake_is_easier(steps: np.ndarray, real: np.ndarray, fake: np.ndarray) -> Found:
    """The share of the FIRST steps in windows with L(G(z)) < L(x); of small images both are small."""
    easier = np.where(np.isfinite(real) & np.isfinite(fake), fake < real, np.nan)
    return weighted_mean(easier, spans(steps, 0.0, FIRST))


def swing(steps: np.ndarray, k: np.ndarray) -> Found:
    """The standard deviation of k_t around a straight line in the last half of the steps, as a share of its mean there.

    `k`, (T,), are values of single steps, not means of windows: in these a fast swing would cancel.
    """
    late = steps > steps[-1] / 2 if len(steps) else np.zeros(0, dtype=bool)
    time, values = steps[late].astype(float), np.asarray(k, dtype=np.float64)[late]
    if values.size < 4:
        return missing(SHORT)
    if not np.isfinite(values).all() or values.mean() == 0:
        return missing(ZERO if np.isfinite(values).all() else NONFINITE)
    line = np.polyval(np.polyfit(time - time.mean(), values, 1), time - time.mean())
    return float(np.sqrt(np.sum((values - line) ** 2) / (values.size - 2)) / values.mean()), OK


def settling(steps: np.ndarray, k: np.ndarray) -> Found:
    """The share of the steps, (T,), after which the means of k_t, (T,), stay near that of the last tenth: within BAND.

    0 where they always do. As in control engineering, a value that comes back out of the band has not settled.
    """
    end, status = weighted_mean(k, spans(steps, 0.9))
    if status != OK or not np.isfinite(k).all() or end == 0:
        return missing(status if status != OK else ZERO if end == 0 else NONFINITE)
    outside = np.flatnonzero(np.abs(k / end - 1) > BAND)
    return (float(steps[outside[-1]] / steps[-1]) if outside.size else 0.0), OK
