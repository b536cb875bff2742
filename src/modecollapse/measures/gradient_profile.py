"""The size of a network's gradient over the training: whether it vanishes or grows.

The trace holds the norm of the last gradient of the evaluated step, so a third of the training is a handful of batches.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures.series import NONFINITE, OK, SHORT, ZERO, Found, missing


def by_thirds(norms: np.ndarray) -> tuple[Found, Found, Found]:
    """The geometric mean of `norms`, shape (T,), none negative, in each third of the evaluations.

    0 where any norm of the third is 0; `nonfinite` where any is not finite; `short` with fewer than three evaluations.
    """
    norms = np.asarray(norms, dtype=np.float64)
    if norms.size < 3:
        return (missing(SHORT),) * 3
    first, middle, last = (_geometric_mean(third) for third in np.array_split(norms, 3))
    return first, middle, last


def last_to_first(norms: np.ndarray) -> Found:
    """The last third's geometric mean over the first's: below 1 where the gradient shrinks.

    `zero` where the first is 0; otherwise undefined for the reason that a third is.
    """
    (first, first_status), _, (last, last_status) = by_thirds(norms)
    if first_status != OK or last_status != OK:
        return missing(first_status if first_status != OK else last_status)
    return missing(ZERO) if first == 0 else (last / first, OK)


def _geometric_mean(norms: np.ndarray) -> Found:
    if not np.isfinite(norms).all():
        return missing(NONFINITE)
    return (0.0, OK) if (norms == 0).any() else (float(np.exp(np.log(norms).mean())), OK)
