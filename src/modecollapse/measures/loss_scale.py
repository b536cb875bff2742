"""Whether losses and gradients keep their scale: blow-up for good, and gradients that vanish or grow.

The trainer records a run that ends in NaN; `loss_blowup` also finds the run that is still finite but has blown up. The
trace holds the norm of the last gradient of the evaluated step, so a third of the training is a handful of batches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modecollapse.measures.series import ABSENT, NONFINITE, OK, SHORT, ZERO, Found, missing, share_of

FACTOR, LAST = 10.0, 0.1


def loss_blowup(series: np.ndarray) -> Found:
    """1 or 0: any value is not finite, or every |value| of the last tenth exceeds ten times the median before it.

    `zero` where the median before is 0 and the end is not: there is no scale to leave. A loss without a natural zero,
    such as a critic's, may cross 0 for half of the training; read its flag beside its curve.
    """
    values = np.abs(np.asarray(series, dtype=np.float64))
    if not np.isfinite(values).all():
        return 1.0, OK
    tail = share_of(values.size, LAST)
    if values.size <= tail:
        return missing(SHORT)
    scale, least = float(np.median(values[:-tail])), float(values[-tail:].min())
    if scale == 0 and least > 0:
        return missing(ZERO)
    return float(least > FACTOR * scale), OK


def any_blowup(flags: Sequence[Found]) -> Found:
    """1 where any flag of a run is, 0 where all are 0; else undefined, for the reason of the first that is."""
    if not flags:
        return missing(ABSENT)
    if any(value == 1 for value, _ in flags):
        return 1.0, OK
    return next((missing(status) for _, status in flags if status != OK), (0.0, OK))


def by_thirds(norms: np.ndarray) -> list[Found]:
    """The geometric mean of `norms`, shape (T,), none negative, in each third of the evaluations.

    0 where any norm of the third is 0; `nonfinite` where any is not finite; `short` with fewer than three evaluations.
    """
    if norms.size < 3:
        return [missing(SHORT)] * 3
    return [_geometric_mean(third) for third in np.array_split(norms, 3)]


def last_to_first(thirds: Sequence[Found]) -> Found:
    """The last third's geometric mean over the first's: below 1 where the gradient shrinks.

    `zero` where the first is 0; otherwise undefined for the reason that a third is.
    """
    (first, first_status), _, (last, last_status) = thirds
    if first_status != OK or last_status != OK:
        return missing(first_status if first_status != OK else last_status)
    return missing(ZERO) if first == 0 else (last / first, OK)


def _geometric_mean(norms: np.ndarray) -> Found:
    if not np.isfinite(norms).all():
        return missing(NONFINITE)
    return (0.0, OK) if (norms == 0).any() else (float(np.exp(np.log(norms).mean())), OK)
