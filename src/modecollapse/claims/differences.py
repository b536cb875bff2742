"""What differs between the runs behind contradicting numbers of two sources: `differences` of the registry."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from modecollapse.study.catalogue import Strict
from modecollapse.study.problems import unknown
from modecollapse.study.summary import CellSummary

EXPERIMENT, TABLE = "reconciliation", "reconciliation.csv"  # the runs that vary the factors, and what judges them
Level = str | int | float


class Factor(Strict):
    """One difference, as each of the two sources has it (`first`, `second`).

    key, levels: where a cell of the experiment shows its level (`latent`, `networks.encoder.posterior`), and the levels
    that stand for the first and the second source; without them the experiment does not vary it, and `why` says so.
    methods: those that it is about, all by default.
    """

    first: str
    second: str
    key: str = ""
    levels: Annotated[list[Level], Field(min_length=2, max_length=2)] | None = None
    why: str = ""
    methods: list[str] | None = None

    @model_validator(mode="after")
    def _is_varied_or_says_why_not(self) -> Self:
        if bool(self.key) != bool(self.levels) or bool(self.key) == bool(self.why):
            raise ValueError("allowed: key and levels, or why the experiment does not vary it")
        return self

    @property
    def settings(self) -> dict[str, str]:
        """How each source has it, as columns of the table."""
        return {"first_setting": self.first, "second_setting": self.second}

    def sign(self, cell: CellSummary) -> int | None:
        """-1 where a cell has the first source's level, 1 where it has the second's, None for another one."""
        first, *rest = self.key.split(".")
        found: Any = getattr(cell, first, None)
        for part in rest:
            found = found.get(part) if isinstance(found, dict) else None
        return (-1, 1)[self.levels.index(found)] if found in self.levels else None


class Difference(Strict):
    """Two sources that print contradicting numbers of some methods, and the factors in which their runs differ.

    interactions: pairs of factors whose common effect is sought too.
    """

    methods: Annotated[list[str], Field(min_length=1)]
    sources: Annotated[list[str], Field(min_length=2, max_length=2)]
    factors: dict[str, Factor]
    interactions: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []

    @model_validator(mode="after")
    def _interactions_are_of_varied_factors(self) -> Self:
        varied = [name for name, factor in self.factors.items() if factor.key]
        for name in sum(self.interactions, []):
            if name not in varied:
                raise ValueError(f"interactions: factor {unknown(name, varied)}")
        return self

    def factors_of(self, method: str) -> dict[str, Factor]:
        """The factors that concern a method."""
        return {name: factor for name, factor in self.factors.items() if method in (factor.methods or self.methods)}
