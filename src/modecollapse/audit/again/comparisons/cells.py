"""Numbers of random draws: how far they may lie from what the audit has from other draws.

Two shares of independent draws with one probability are apart where n KL(x, z) + m KL(y, z), for the pooled share z,
is more than EVIDENCE. By Chernoff's bound each term with the true probability for z exceeds s with chance 2 exp(-s) at
most; so their sum, which is no less, exceeds 2 ln 2 + u with the chance (1 + u) exp(-u). That holds for means of values
in [0, 1] as for shares of draws, without an approximation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import optimize, stats

from modecollapse.audit.again.tables.compare import TOLERANCE, number

FALSE_ALARM = 1e-4  # the chance that an honest study has a finding here, for want of luck
MOST = 10**6  # random numbers of a study
EVIDENCE = 2 * math.log(2) + float(stats.gamma.isf(FALSE_ALARM / MOST, 2))
WHOLE = 1e-6  # a count that is this far from a whole number is none


@dataclass(frozen=True)
class Between:
    """A number of random draws whose two most distant places are known."""

    low: float
    high: float

    def agrees(self, written: str) -> bool:
        """Whether the text is a number from `low` to `high`."""
        found = number(written)
        return found is not None and self.low <= found <= self.high

    def __str__(self) -> str:
        return f"{self.low:.9g} to {self.high:.9g}"


@dataclass(frozen=True)
class Share:
    """The share of `draws` random draws, which is `value` among `own` others."""

    value: float
    own: int
    draws: int

    def agrees(self, written: str) -> bool:
        """Whether the text is a share that is not apart from the audit's."""
        found = number(written)
        if found is None or not 0 <= found <= 1 + TOLERANCE:
            return False
        return evidence(min(found, 1.0), self.draws, self.value, self.own) <= EVIDENCE

    def __str__(self) -> str:
        return f"{self.value:.6g} from {self.own:,} other draws, which is too far"


@dataclass(frozen=True)
class RandomP(Share):
    """The p of `draws` random divisions, the observed one counted in: `value` is the share of `own` others."""

    def agrees(self, written: str) -> bool:
        """Whether the text is (1 + count) / (draws + 1), and the count not apart from the audit's."""
        found = number(written)
        count = math.nan if found is None else found * (self.draws + 1) - 1
        if not (-WHOLE < count < self.draws + WHOLE and abs(count - round(count)) < WHOLE):
            return False
        return evidence(round(count) / self.draws, self.draws, self.value, self.own) <= EVIDENCE


@dataclass(frozen=True)
class Quantile:
    """The quantile `level` of at least `draws` random draws; `own`, shape (m,), are others, ascending."""

    level: float
    draws: int
    own: np.ndarray = field(repr=False)

    def agrees(self, written: str) -> bool:
        """Whether the text is a number at a place among the audit's draws that such a quantile may have."""
        found = number(written)
        if found is None:
            return False
        below = np.searchsorted(self.own, found - TOLERANCE, "left") / self.own.size
        up_to = np.searchsorted(self.own, found + TOLERANCE, "right") / self.own.size
        low, high = places(self.level, self.draws, self.own.size)
        return bool(below <= high and up_to >= low)

    def __str__(self) -> str:
        return f"{np.quantile(self.own, self.level):.6g} from {self.own.size:,} other draws, which is too far"


def evidence(first: float, n: int, second: float, m: int) -> float:
    """n KL(first, pooled) + m KL(second, pooled) of two shares, of n and m draws."""
    pooled = (n * first + m * second) / (n + m)
    return n * _divergence(first, pooled) + m * _divergence(second, pooled)


def places(level: float, n: int, m: int) -> tuple[float, float]:
    """The least and the largest share of m draws up to a point that may be the quantile `level` of n draws."""
    down, up = max(level - 1 / n, 0.0), min(level + 1 / n, 1.0)  # a quantile lies between two draws

    def room(share: float, given: float) -> float:
        return EVIDENCE - evidence(given, n, share, m)

    low = optimize.brentq(room, 0.0, down, args=(down,)) if down > 0 and room(0.0, down) < 0 else 0.0
    high = optimize.brentq(room, up, 1.0, args=(up,)) if up < 1 and room(1.0, up) < 0 else 1.0
    return low, high


def _divergence(share: float, other: float) -> float:
    """Kullback and Leibler's divergence of two shares of successes."""
    parts = ((share, other), (1 - share, 1 - other))
    return max(0.0, sum(p * math.log(p / q) for p, q in parts if p > 0))
