"""BEGAN's equilibrium (Berthelot et al. 2017, sections 3.3 and 3.4) from a trace: does L(G(z)) / L(x) reach gamma?

The trace has L(G(z_G)) as the loss of G, and M = L(x) + |gamma L(x) - L(G(z_G))| of the same step. For gamma < 1, M
rises with L(x), so both give L(x) exactly. The loss of D would not: it holds L(G(z_D)) of another batch, or of another
D, times the k before the step, whereas the trace has the k after it.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import NONFINITE, OK, SHORT, ZERO, Found, missing, share_of

PRECISION = 1e-6  # of stored single-precision losses
LAST, FIRST = 0.2, 0.2  # shares of the evaluations


def real_loss(m_global: np.ndarray, fake_loss: np.ndarray, gamma: float) -> np.ndarray:
    """L(x), shape (T,), from M and L(G(z)) of the same evaluations; NaN where they do not determine it.

    Where L(G) <= gamma L(x), M = (1 + gamma) L(x) - L(G), and gamma M >= L(G); elsewhere M = (1 - gamma) L(x) + L(G).
    With gamma = 1 the second case says nothing of L(x). Rounding errors grow by 1 / (1 - gamma).
    """
    m_global, fake_loss = np.asarray(m_global, dtype=np.float64), np.asarray(fake_loss, dtype=np.float64)
    finite = np.isfinite(m_global) & np.isfinite(fake_loss)
    m, fake = np.where(finite, m_global, np.nan), np.where(finite, fake_loss, np.nan)
    if gamma == 1:
        return np.where(m > fake * (1 + PRECISION), (m + fake) / 2, np.nan)
    return np.where(gamma * m >= fake, (m + fake) / (1 + gamma), np.maximum(m - fake, 0) / (1 - gamma))


def loss_ratio(real: np.ndarray, fake: np.ndarray, last: float = LAST) -> Found:
    """E[L(G(z))] / E[L(x)]: the ratio of the means over the `last` share of evaluations, as gamma is defined."""
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


def saturation(k: np.ndarray) -> tuple[Found, Found]:
    """The shares of evaluations with k at 0 (or below, where it is not clamped) and at 1 (or above)."""
    k = np.asarray(k, dtype=np.float64)
    if not k.size:
        return missing(SHORT), missing(SHORT)
    if not np.isfinite(k).all():
        return missing(NONFINITE), missing(NONFINITE)
    return (float((k <= 0).mean()), OK), (float((k >= 1).mean()), OK)


def fake_is_easier(real: np.ndarray, fake: np.ndarray, first: float = FIRST) -> Found:
    """The share of the `first` evaluations with L(G(z)) < L(x): what G makes early is easy to reconstruct."""
    real, fake = (np.asarray(losses, dtype=np.float64)[: share_of(len(losses), first)] for losses in (real, fake))
    if not real.size:
        return missing(SHORT)
    if not (np.isfinite(real).all() and np.isfinite(fake).all()):
        return missing(NONFINITE)
    return float((fake < real).mean()), OK
