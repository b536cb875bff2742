"""Whether a loss, or the norm of a gradient, left its scale for good.

A run that ends in NaN is recorded by the trainer; this also finds the run that is still finite but has blown up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modecollapse.measures.series import ABSENT, OK, SHORT, ZERO, Found, missing, share_of

FACTOR, LAST = 10.0, 0.1


def diverged(series: np.ndarray, factor: float = FACTOR, last: float = LAST) -> Found:
    """1 or 0: any value is not finite, or every |value| of the last tenth exceeds ten times the median before it.

    `zero` where the median before is 0 and the end is not: there is no scale to leave. A loss without a natural zero,
    such as a critic's, may cross 0 for half of the training; read its flag beside its curve.
    """
    values = np.abs(np.asarray(series, dtype=np.float64))
    if not np.isfinite(values).all():
        return 1.0, OK
    tail = share_of(values.size, last)
    if values.size <= tail:
        return missing(SHORT)
    scale, least = float(np.median(values[:-tail])), float(values[-tail:].min())
    if scale == 0 and least > 0:
        return missing(ZERO)
    return float(least > factor * scale), OK


def any_diverged(flags: Sequence[Found]) -> Found:
    """1 where any flag of a run is, 0 where all are 0; else undefined, for the reason of the first that is."""
    if not flags:
        return missing(ABSENT)
    if any(value == 1 for value, _ in flags):
        return 1.0, OK
    return next((missing(status) for _, status in flags if status != OK), (0.0, OK))
