"""How all verdicts are made: levels, counts of runs, and how far from a published number still reproduces it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from modecollapse.statistics.intervals import Interval
from modecollapse.statistics.margin import FACTOR, ODDS, Margin
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import MOST_SEEDS

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Proportion = Annotated[float, Field(gt=0, le=1)]
Ratio = Annotated[float, Field(gt=1, allow_inf_nan=False)]
Level = Annotated[float, Field(gt=0, lt=0.5)]


class MarginEntry(Strict):
    """How far a mean may lie from the published number and still reproduce it; one of the five.

    absolute: in the measure's unit; share: of the measure's range; relative: of the published number; factor: times and
    divided by; odds: the same for the odds of a percentage, so that the zone is narrow near 0 and 100.
    """

    absolute: Positive | None = None
    share: Proportion | None = None
    relative: Proportion | None = None
    factor: Ratio | None = None
    odds: Ratio | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [*self.model_dump(exclude_none=True)]
        if len(given) != 1:
            raise ValueError(f"{given} are given; allowed: exactly one of {', '.join(type(self).model_fields)}")
        return self

    def at(self, value: float, limits: Interval) -> Margin:
        """The margin around a value of a measure with these limits."""
        if ratio := self.factor or self.odds:
            return Margin(ratio, FACTOR if self.factor else ODDS)
        if self.share is not None:
            return Margin(self.share * (limits[1] - limits[0]))
        return Margin(self.absolute or self.relative * value)


class Settings(Strict):
    """What all verdicts share. Margins are by measure, or by `data set/measure` where that needs its own.

    draws: of permutation tests; plausible_runs: behind a published mean, the first decides, the others stand beside it.
    """

    alpha: Level
    draws: Annotated[int, Field(ge=99, le=99_999)]
    fewest_runs: Annotated[int, Field(ge=4, le=MOST_SEEDS)]
    plausible_runs: Annotated[list[Annotated[int, Field(ge=1, le=MOST_SEEDS)]], Field(min_length=1)]
    tie: Level
    margins: dict[str, MarginEntry]

    @property
    def limits(self) -> dict[str, float]:
        """What every verdict rule of `statistics` takes: the fewest runs and the level."""
        return {"fewest": self.fewest_runs, "alpha": self.alpha}

    def margin(self, dataset: str, measure: str) -> MarginEntry | None:
        """The margin of a measure on a data set."""
        return self.margins.get(f"{dataset}/{measure}", self.margins.get(measure))
