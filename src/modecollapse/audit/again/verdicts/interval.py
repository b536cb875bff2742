"""The ends of intervals for a mean: Gaffke's from an integral instead of random weights, and Student's.

Gaffke's end is a quantile of a mean with uniformly distributed weights, which are exponential variables divided by
their sum. So the mean is at most t where sum of a_i E_i <= 0 with a_i = x_i - t, and that chance is the integral of
1 / (s prod(1 - a_i s)) along a line beside the imaginary axis, best where the integrand is least on the real one (the
saddle point; Daniels 1954). A point that counts r times has the factor r times, as the sum of r exponentials has.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

from modecollapse.audit.again.gaffke import places
from modecollapse.audit.again.verdicts.words import Options, answers

DRAWS = 20_000  # of random weights behind a written interval
SEARCH_DRAWS = 4_000  # behind one of the search for the runs that would decide
ROUNDING = 1e-9  # relative
NODES, WEIGHTS = np.polynomial.legendre.leggauss(128)

places_of = lru_cache(maxsize=None)(places)


def share_below(points: Sequence[float], bound: float, at: float, repeats: int = 1) -> float:
    """P(mean <= at) of `points`, each `repeats` times, and `bound` once, under uniformly distributed weights."""
    apart = np.append(np.asarray(points, dtype=float), bound) - at
    times = np.append(np.full(len(points), float(repeats)), 1.0)[apart != 0]
    apart = apart[apart != 0]
    if not (apart > 0).any():
        return 1.0
    if not (apart < 0).any():
        return 0.0
    apart /= np.abs(apart).max()
    end = 1 / apart.max()
    saddle = brentq(lambda s: np.sum(times * apart / (1 - apart * s)) - 1 / s, 1e-12 * end, (1 - 1e-12) * end)
    angles = np.pi / 4 * (NODES + 1)  # the upper half of the line, s = saddle (1 + i tan angle)
    s = saddle * (1 + 1j * np.tan(angles))
    logs = -np.log(s) - times @ np.log(1 - np.outer(apart, s))
    above = np.real(np.exp(logs) * saddle / np.cos(angles) ** 2) @ WEIGHTS / 4
    return float(min(max(1 - above, 0.0), 1.0))


class RandomEnd:
    """An end of Gaffke's interval, which the tables have from random weights."""

    def __init__(self, points: np.ndarray, support: tuple[float, float], share: float, upper: bool, repeats: int = 1):
        self.points, self.bound, self.repeats = points, support[upper], repeats
        self.share = 1 - share if upper else share
        self.places = places_of(self.share, DRAWS if repeats == 1 else SEARCH_DRAWS)
        self.slack = ROUNDING * (support[1] - support[0])

    def below(self, at: float) -> float:
        """The share of the distribution, whose quantile the end is, up to a number."""
        return share_below(self.points, self.bound, at, self.repeats)

    def above(self, at: float) -> Options:
        """Whether the end is above a number."""
        return answers(self.below(at), self.share, self.places)

    @property
    def value(self) -> float:
        """The end itself."""
        least, most = min(*self.points, self.bound), max(*self.points, self.bound)
        if least == most:
            return float(least)
        return float(brentq(lambda at: self.below(at) - self.share, least, most))

    def agrees(self, written: str) -> bool:
        """Whether the text of a cell is a number that random weights can give."""
        try:
            at = float(written)
        except ValueError:
            return False
        return self.below(at + self.slack) >= self.places[0] and self.below(at - self.slack) <= self.places[1]

    def __str__(self) -> str:
        return f"{self.value:.6g}, give or take its random draws"


class ExactEnd:
    """An end that is computed without random numbers."""

    def __init__(self, value: float) -> None:
        self.value = value

    def above(self, at: float) -> Options:
        """Whether the end is above a number; either where they are equal but for rounding."""
        ours = self.value > at
        return (ours, not ours) if np.isclose(self.value, at, rtol=ROUNDING, atol=0) else (ours,)

    def agrees(self, written: str) -> bool:
        """Whether the text of a cell is this number."""
        try:
            return bool(np.isclose(float(written), self.value, rtol=ROUNDING, atol=0))
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"{self.value:.9g}"


Ends = tuple[RandomEnd | ExactEnd, RandomEnd | ExactEnd]


def gaffke(points: np.ndarray, support: tuple[float, float], share: float, repeats: int = 1) -> Ends:
    """Both ends, each missed with the chance `share`."""
    return tuple(RandomEnd(points, support, share, upper, repeats) for upper in (False, True))


def student_ends(points: np.ndarray, share: float, logs: bool = False) -> Ends | None:
    """Student's, of values or of their logarithms; None where they are all equal, one alone, or have no logarithm."""
    if logs and not (points > 0).all():
        return None
    own = np.log(points) if logs else points
    if len(set(own.tolist())) < 2:
        return None
    low, high = student.interval(1 - 2 * share, len(own) - 1, np.mean(own), np.std(own, ddof=1) / np.sqrt(len(own)))
    with np.errstate(over="ignore", under="ignore"):
        low, high = (np.exp(low), np.exp(high)) if logs else (low, high)
    return (ExactEnd(float(low)), ExactEnd(float(high))) if np.isfinite(high) else None
