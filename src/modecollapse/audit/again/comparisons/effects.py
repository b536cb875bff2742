"""Effects and their intervals, computed again."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats
from scipy.interpolate import BSpline

from modecollapse.audit.again.comparisons.cells import Between
from modecollapse.audit.again.comparisons.endpoints import mean
from modecollapse.audit.again.comparisons.written import exact
from modecollapse.audit.again.gaffke import PLACES, ROUNDING, TAIL
from modecollapse.audit.again.tables.compare import Cell, Number
from modecollapse.audit.again.tables.ranges import Range

TRIALS_Z2 = float(stats.chi2.isf(2 * TAIL, 1))  # the square of a normal quantile


class Mean(NamedTuple):
    """A mean, and between which values either end of its interval lies, as it is of random draws.

    The ends are None where the range is infinite; there is no interval then.
    """

    value: float
    lower: Range | None
    upper: Range | None


def mean_of(values: np.ndarray, support: Range) -> Mean:
    """The mean of ascending values within `support`, with Gaffke's interval."""
    value = mean(values)
    if not (math.isfinite(support[0]) and math.isfinite(support[1])):
        return Mean(value, None, None)
    ends = []
    for share, bound in ((TAIL, support[0]), (1 - TAIL, support[1])):
        ends.append(_quantiles(np.sort([*values, bound]), PLACES[share]))
    (least, low), (high, most) = ends
    return Mean(value, (min(least, value), min(low, value)), (max(high, value), max(most, value)))


def difference(first: Mean, second: Mean, support: Range) -> tuple[Cell, Cell, Cell]:
    """The difference of two means and the ends of its interval: Zou and Donner's, from those of both means."""
    same = math.isinf(first.value) and first.value == second.value
    apart = math.nan if same else first.value - second.value
    value = exact(apart, max(abs(first.value), abs(second.value)))
    if first.lower is None or second.lower is None:
        return value, Number(None), Number(None)
    span = support[1] - support[0]
    slack = ROUNDING * span
    near, far = _reach(first.value, first.lower, second.value, second.upper)
    lower = Between(max(apart - far, -span) - slack, max(apart - near, -span) + slack)
    near, far = _reach(first.value, first.upper, second.value, second.lower)
    return value, lower, Between(min(apart + near, span) - slack, min(apart + far, span) + slack)


def superiority(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """The chance that a value of x is larger than one of y, ties counting half, with Wilson's interval.

    The interval is of as many trials as the smaller group has values. Its ends are the p that are as many standard
    errors of their own away from the share: the roots of a quadratic.
    """
    wins = (x[:, np.newaxis] > y).sum() + (x[:, np.newaxis] == y).sum() / 2
    share, z2 = float(wins) / (x.size * y.size), TRIALS_Z2 / min(x.size, y.size)
    root = math.sqrt(z2 * (share * (1 - share) + z2 / 4))
    low, high = ((share + z2 / 2 + side * root) / (1 + z2) for side in (-1, 1))
    return share, low if share > 0 else 0.0, high if share < 1 else 1.0


def _quantiles(points: np.ndarray, shares: Range) -> Range:
    """Quantiles of the mean of ascending points under weights that are uniform on the simplex.

    Its density is the B-spline with the points as knots; as in `gaffke`, but both from one spline.
    """
    low, span = points[0], points[-1] - points[0]
    if span == 0:
        return float(low), float(low)
    below = BSpline.basis_element((points - low) / span, extrapolate=False).antiderivative()

    def excess(at: float, share: float) -> float:
        return (float(at) if at in (0, 1) else (points.size - 1) * float(below(at))) - share

    least, most = (optimize.brentq(excess, 0, 1, args=(share,), xtol=1e-12) for share in shares)
    return float(low + span * least), float(low + span * most)


def _reach(first: float, end: Range, second: float, other: Range) -> Range:
    """The least and the largest root of the summed squares of the distances of two means from ends of theirs."""
    (near, far), (other_near, other_far) = (
        sorted(abs(at - edge) for edge in edges) for at, edges in ((first, end), (second, other))
    )
    return math.hypot(near, other_near), math.hypot(far, other_far)
