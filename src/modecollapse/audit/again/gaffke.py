"""Gaffke's bound for a mean, without random draws: from the distribution of a mean with uniformly distributed weights.

The density of that mean over fixed points is the B-spline with the points as knots (Curry and Schoenberg 1966), so its
quantiles are exact up to rounding. The tables have it from DRAWS random weights: a written end is right where its place
in the exact distribution is one that such a draw has, but for a chance of MISSED on either side. At DRAWS = 20,000 and
2.5 % that is between 1.9 and 3.2 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.interpolate import BSpline
from scipy.optimize import brentq
from scipy.stats import beta

DRAWS = 20_000
TAIL = 0.025
MISSED = 1e-9
ROUNDING = 1e-9  # of the range of the values


def share_below(points: Sequence[float], at: float) -> float:
    """P(sum of w_i x_i <= at) for sorted `points` x_0 <= ... <= x_n and weights w uniform on the simplex."""
    low, span = points[0], points[-1] - points[0]
    if span <= 0 or not low < at < points[-1]:
        return float(at >= points[-1])
    knots = [(point - low) / span for point in points]
    spline = BSpline.basis_element(knots, extrapolate=False).antiderivative()
    return min(max(float(spline((at - low) / span)) * (len(points) - 1), 0.0), 1.0)


def quantile(points: Sequence[float], share: float) -> float:
    """The value that `share_below` is `share` at."""
    if points[0] == points[-1]:
        return float(points[0])
    return float(brentq(lambda at: share_below(points, at) - share, points[0], points[-1], xtol=1e-12))


def places(share: float, draws: int = DRAWS, missed: float = MISSED) -> tuple[float, float]:
    """Between which shares the quantile of a sample of `draws` lies, but for a chance of `missed` on either side.

    The quantile lies between two order statistics, and the share below one of those has a beta distribution.
    """
    rank = math.floor((draws - 1) * share) + 1
    least = beta.ppf(missed, rank, draws + 1 - rank)
    most = beta.isf(missed, rank + 1, draws - rank)
    return float(least), float(most)


PLACES = {share: places(share) for share in (TAIL, 1 - TAIL)}


class End:
    """One end of the 95 % interval for the mean of values that lie in [low, high]."""

    def __init__(self, values: Sequence[float], support: tuple[float, float], upper: bool) -> None:
        """values: at least one, in any order, within a finite `support`."""
        self.points = sorted([*values, support[upper]])
        self.share = 1 - TAIL if upper else TAIL
        self.slack = ROUNDING * (support[1] - support[0])

    @property
    def value(self) -> float:
        """The end itself."""
        return quantile(self.points, self.share)

    def accepts(self, number: float, rounding: float = 0.0) -> bool:
        """Whether a number that is known up to `rounding` can be this end, found from random draws."""
        least, most = PLACES[self.share]
        slack = self.slack + rounding
        return share_below(self.points, number + slack) >= least and share_below(self.points, number - slack) <= most

    def __str__(self) -> str:
        least, most = (quantile(self.points, place) for place in PLACES[self.share])
        return f"{self.value:.6g} ({least:.6g} to {most:.6g} with {DRAWS:,} draws)"
