"""BEGAN's equilibrium (Berthelot et al. 2017, sections 3.3 and 3.4) from a trace: does L(G(z)) / L(x) reach gamma?

The trace has the means of L(x) and of L(G(z_G)) over all steps between two evaluations. Within the last tenth of the
steps, and before it, these windows are equally long but for one step, so a mean of theirs is one over steps.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import NONFINITE, OK, SHORT, ZERO, Found, finite_mean, missing


def loss_ratio(real: np.ndarray, fake: np.ndarray) -> Found:
    """E[L(G(z))] / E[L(x)], as gamma is defined: the ratio of the means over windows, (T,) each."""
    (of_real, real_status), (of_fake, fake_status) = finite_mean(real), finite_mean(fake)
    if real_status != OK or fake_status != OK:
        return missing(real_status if real_status != OK else fake_status)
    return missing(ZERO) if of_real == 0 else (of_fake / of_real, OK)


def ratio_deviation(ratio: Found, gamma: float) -> Found:
    """How far the ratio is from gamma, as a signed share of gamma: -.1 to .1 is an equilibrium within 10 %."""
    value, status = ratio
    if status != OK:
        return missing(status)
    return missing(ZERO) if gamma == 0 else (value / gamma - 1, OK)


def fake_is_easier(real: np.ndarray, fake: np.ndarray) -> Found:
    """The share of windows, (T,), with L(G(z)) < L(x), which are absolute losses: small images have small ones."""
    if not real.size:
        return missing(SHORT)
    finite = np.isfinite(real).all() and np.isfinite(fake).all()
    return (float((fake < real).mean()), OK) if finite else missing(NONFINITE)
