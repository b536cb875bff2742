"""Means of cells and the differences between them: the interval of a mean is computed once and serves every pair."""

from __future__ import annotations

import math

import numpy as np

from modecollapse.errors import StudyError
from modecollapse.statistics.differences import Difference
from modecollapse.statistics.summary import Description, describe

LEVEL = 0.95
SLACK = 1e-9  # of the support: a mean over evaluations may leave it by a rounding error


def description(values: np.ndarray, support: tuple[float, float], rng: np.random.Generator, name: str) -> Description:
    """`describe` at LEVEL; StudyError that begins with `name` where values lie outside the support."""
    low, high = support
    slack = SLACK * (high - low) if math.isfinite(high - low) else 0.0
    if values.min() < low - slack or values.max() > high + slack:
        raise StudyError(
            f"{name}: values {values.min()} to {values.max()} are outside [{low}, {high}]; allowed: inside"
        )
    return describe(np.clip(values, low, high), support, rng, LEVEL)


def difference(first: Description, second: Description, support: tuple[float, float]) -> Difference:
    """mean - mean with its MOVER interval; NaN ends where the support is infinite, NaN all where both means are.

    As `mean_difference` of `statistics.differences`, but from means that are already described.
    Source: Zou and Donner 2008.
    """
    value = first.mean - second.mean
    if first.lower is None or second.lower is None:
        return Difference(value, math.nan, math.nan)
    span = support[1] - support[0]
    down = math.hypot(first.mean - first.lower, second.upper - second.mean)
    up = math.hypot(first.upper - first.mean, second.mean - second.lower)
    return Difference(value, max(value - down, -span), min(value + up, span))
