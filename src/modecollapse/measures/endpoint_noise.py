"""How much of the endpoint is noise within a run, beside the differences between seeds.

Where the within-run variance is not small, a final step is a lottery, and a mean over evaluations the better endpoint.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from modecollapse.measures.series import FLAT, NONFINITE, OK, SHORT, ZERO

NAN = float("nan")
ROUNDING = 1e-13  # of the largest value: as far apart as rounding sets equal means


class Noise(NamedTuple):
    """Variances in the value's unit squared, their ratio, and the intraclass correlation.

    The status is `zero` where only the ratio is missing, for the seeds' means are equal.
    """

    within: float
    between: float
    ratio: float
    correlation: float
    status: str


def endpoint_noise(values: np.ndarray) -> Noise:
    """`values`, shape (S, W): the last W evaluations of S seeds, both at least 2.

    within: the mean over seeds of the sample variance in a run; between: the sample variance of the seeds' means;
    ratio: within / between; correlation: ICC(1) of the one-way analysis of variance, -1/(W-1) to 1, the share of one
    evaluation's variance that is the seed's. Evaluations in a row resemble each other, which lowers the first and
    raises the last. `flat` where nothing varies; a diverged seed's NaN is not left out but leaves all undefined.
    """
    values = np.asarray(values, dtype=np.float64)
    seeds, length = values.shape
    if seeds < 2 or length < 2:
        return Noise(NAN, NAN, NAN, NAN, SHORT)
    if not np.isfinite(values).all():
        return Noise(NAN, NAN, NAN, NAN, NONFINITE)
    moves = values - values[:, :1]  # equal values then have exactly no variance
    means = (values[:, 0] - values[0, 0]) + moves.mean(axis=1)
    if np.ptp(means) <= ROUNDING * np.abs(values).max():  # the same sum, added up in another order
        means = np.zeros(seeds)
    within, between = float(moves.var(axis=1, ddof=1).mean()), float(means.var(ddof=1))
    if within == between == 0:
        return Noise(0.0, 0.0, NAN, NAN, FLAT)
    correlation = (between - within / length) / (between + within * (length - 1) / length)
    if between == 0:
        return Noise(within, between, NAN, correlation, ZERO)
    return Noise(within, between, within / between, correlation, OK)
