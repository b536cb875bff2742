"""BEGAN's equilibrium (Berthelot et al. 2017, sections 3.3 and 3.4) from a trace: does L(G(z)) / L(x) reach gamma?

The trace has the means of L(x) and of L(G(z_G)) over all steps between two evaluations, and the shares of those steps
with k at 0 and at 1. These windows are equally long but for one step, so a mean of theirs is one over steps.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import NONFINITE, OK, SHORT, ZERO, Found, missing, share_of

LAST, FIRST = 0.2, 0.2  # shares of the evaluations


def loss_ratio(real: np.ndarray, fake: np.ndarray, last: float = LAST) -> Found:
    """E[L(G(z))] / E[L(x)], as gamma is defined: the ratio of the means over the `last` share of windows, (T,) each."""
    end = share_of(len(real), last)
    real, fake = np.asarray(real, dtype=np.float64)[-end:], np.asarray(fake, dtype=np.float64)[-end:]
    if not real.size:
        return missing(SHORT)
    if not (np.isfinite(real).all() and np.isfinite(fake).all()):
        return missing(NONFINITE)
    return missing(ZERO) if real.mean() == 0 else (float(fake.mean() / real.mean()), OK)


def ratio_deviation(ratio: Found, gamma: float) -> Found:
    """How far the ratio is from gamma, as a signed share of gamma: -.1 to .1 is an equilibrium within 10 %."""
    value, status = ratio
    if status != OK:
        return missing(status)
    return missing(ZERO) if gamma == 0 else (value / gamma - 1, OK)


def share_of_steps(shares: np.ndarray) -> Found:
    """The share of all steps with k at a bound, from `shares`, (T,): those in each window."""
    shares = np.asarray(shares, dtype=np.float64)
    if not shares.size:
        return missing(SHORT)
    return (float(shares.mean()), OK) if np.isfinite(shares).all() else missing(NONFINITE)


def fake_is_easier(real: np.ndarray, fake: np.ndarray, first: float = FIRST) -> Found:
    """The share of the `first` windows with L(G(z)) < L(x): what G makes early is easy to reconstruct."""
    real, fake = (np.asarray(losses, dtype=np.float64)[: share_of(len(losses), first)] for losses in (real, fake))
    if not real.size:
        return missing(SHORT)
    if not (np.isfinite(real).all() and np.isfinite(fake).all()):
        return missing(NONFINITE)
    return float((fake < real).mean()), OK
