"""The zone around a published number in which a mean reproduces it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modecollapse.audit.again.tables.ranges import Range


@dataclass
class Zone:
    """A published number with its rounding and margin; where `factor`, the margin multiplies and divides."""

    number: float
    rounding: float
    margin: float
    factor: bool = False
    spread: float | None = None
    readings: Sequence[str] = ()

    @property
    def ends(self) -> Range:
        """The means that reproduce it."""
        low, high = self.number - self.rounding, self.number + self.rounding
        return (max(0.0, low) / self.margin, high * self.margin) if self.factor else (
            low - self.margin, high + self.margin)  # fmt: skip

    def margins(self, interval: Range) -> tuple[float, float | None]:
        """The least margin whose zone holds an interval, and the largest whose zone misses it (None: none does)."""
        low, high = self.number - self.rounding, self.number + self.rounding
        if not self.factor:
            apart = max(interval[0] - high, low - interval[1])
            return max(0.0, low - interval[0], interval[1] - high), apart if apart > 0 else None
        down = _ratio(max(0.0, low), interval[0])
        apart = max(interval[0] / high, _ratio(low, interval[1]))
        return max(1.0, down, interval[1] / high), apart if apart > 1 else None


def rounding(value: dict[str, Any]) -> float:
    """Half a unit of the last decimal of a published value: of its column where the source leaves zeros out."""
    decimals = value.get("decimals")
    return 0.5 / 10 ** (len(value["printed"].partition(".")[2]) if decimals is None else decimals)


def zone(value: dict[str, Any], margins: dict[str, Any], limits: Range) -> Zone:
    """The zone of an entry of `values`; margins: of the settings; limits: the measure's."""
    entry = margins.get(f"{value['dataset']}/{value['measure']}", margins.get(value["measure"]))
    [(kind, size)] = entry.items()
    number = float(value["printed"])
    size = float(size) * {"share": limits[1] - limits[0], "relative": number}.get(kind, 1.0)
    spread = value.get("spread")
    told = {"spread": None if spread is None else float(spread), "readings": value.get("readings", ())}
    return Zone(number, rounding(value), size, kind == "factor", **told)


def _ratio(number: float, divisor: float) -> float:
    """Their quotient, where the divisor is not above 0: 1 of nothing, else infinite."""
    if divisor > 0:
        return number / divisor
    return 1.0 if number <= 0 else float("inf")
