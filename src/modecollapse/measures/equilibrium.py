"""BEGAN's equilibrium (Berthelot et al. 2017, sections 3.3 and 3.4) from a trace: does L(G(z)) / L(x) reach gamma?

The trace has the means of L(x) and of L(G(z_G)) over all steps between two evaluations, (T,) each. Every window counts
with its steps, so that a mean of theirs is one over steps.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import OK, ZERO, Found, missing, spans, weighted_mean

LAST, FIRST = 0.2, 0.2  # shares of the steps


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
