"""The zone around a published number in which a mean reproduces it, and how wide it would have to be for a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from modecollapse.statistics.intervals import Interval


@dataclass(frozen=True)
class Margin:
    """`size` in the value's unit, or, where `is_factor`, a factor above 1: the zone is times and divided by it."""

    size: float
    is_factor: bool = False

    def zone(self, value: float, rounding: float) -> Interval:
        """The means that reproduce a published `value`, known up to `rounding` (half a unit of its last digit)."""
        low, high = value - rounding, value + rounding
        if self.is_factor:
            return max(low, 0.0) / self.size, high * self.size
        return low - self.size, high + self.size

    def to_hold(self, value: float, rounding: float, interval: Interval) -> float:
        """`d_repro`: the smallest margin, 0 or 1 where none is needed, whose zone holds the whole interval."""
        low, high = value - rounding, value + rounding
        if self.is_factor:
            down = max(low, 0.0) / interval[0] if interval[0] > 0 else (1.0 if low <= 0 else float("inf"))
            return max(1.0, down, interval[1] / high)
        return max(0.0, low - interval[0], interval[1] - high)

    def to_miss(self, value: float, rounding: float, interval: Interval) -> float | None:
        """`d_refute`: the margins below this have no mean in common with the interval; None where every one has."""
        low, high = value - rounding, value + rounding
        if self.is_factor:
            up = interval[0] / high
            down = low / interval[1] if interval[1] > 0 else (float("inf") if low > 0 else 0.0)
            return max(up, down) if max(up, down) > 1 else None
        apart = max(interval[0] - high, low - interval[1])
        return apart if apart > 0 else None
