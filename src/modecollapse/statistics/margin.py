"""The zone around a published number in which a mean reproduces it, and how wide it would have to be for a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modecollapse.statistics.intervals import Interval

Kind = Literal["absolute", "factor", "odds"]
ABSOLUTE, FACTOR, ODDS = "absolute", "factor", "odds"
WHOLE = 100.0  # odds are those of a percentage


@dataclass(frozen=True)
class Margin:
    """How far a mean may lie from a published number: `size` in its unit, a factor above 1 that the number is divided
    and multiplied by, or one that the odds p / (100 - p) of a percentage p are."""

    size: float
    kind: Kind = ABSOLUTE

    def zone(self, value: float, rounding: float) -> Interval:
        """The means that reproduce a published `value`, known up to `rounding` (half a unit of its last digit)."""
        low, high = value - rounding, value + rounding
        if self.kind == ABSOLUTE:
            return low - self.size, high + self.size
        return self._value(self._ratio(low) / self.size), self._value(self._ratio(high) * self.size)

    def to_hold(self, value: float, rounding: float, interval: Interval) -> float:
        """`d_repro`: the smallest margin, 0 or 1 where none is needed, whose zone holds the whole interval."""
        low, high = value - rounding, value + rounding
        return max(self._between(interval[0], low), self._between(high, interval[1]))

    def to_miss(self, value: float, rounding: float, interval: Interval) -> float | None:
        """`d_refute`: the margins below this have no mean in common with the interval; None where every one has."""
        low, high = value - rounding, value + rounding
        apart = max(self._between(high, interval[0]), self._between(interval[1], low))
        return apart if apart > (0.0 if self.kind == ABSOLUTE else 1.0) else None

    def half_at(self, mean: float, rounding: float = 0.0) -> float:
        """Half of the margin in the value's unit for runs whose mean this is: the change that counts as none.

        For a factor, also of odds, it is a quarter of the zone's width. `rounding` keeps it above 0 at the ends.
        """
        low, high = self.zone(mean, rounding)
        return self.size / 2 if self.kind == ABSOLUTE else (high - low) / 4

    def _between(self, lower: float, upper: float) -> float:
        """The margin that leads from one number up to the other; 0 or 1 where that is not above."""
        if self.kind == ABSOLUTE:
            return max(0.0, upper - lower)
        lower, upper = self._ratio(lower), self._ratio(upper)
        if upper <= lower:
            return 1.0
        return upper / lower if lower > 0 else float("inf")

    def _ratio(self, value: float) -> float:
        """What the factor multiplies: a value of at least 0, or the odds of a percentage, infinite for 100 and more."""
        value = max(value, 0.0)
        if self.kind == FACTOR:
            return value
        return value / (WHOLE - value) if value < WHOLE else float("inf")

    def _value(self, ratio: float) -> float:
        """The inverse of `_ratio`."""
        if self.kind == FACTOR:
            return ratio
        return WHOLE * ratio / (1 + ratio) if ratio < float("inf") else WHOLE
