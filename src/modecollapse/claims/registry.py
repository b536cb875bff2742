"""Reads `config/claims.yaml`: what was published and how it is judged, fixed before results are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from modecollapse.claims.published import Published
from modecollapse.claims.rules import Claim, Equivalence, Ordering, Values
from modecollapse.errors import StudyError
from modecollapse.study.catalogue import Strict
from modecollapse.study.load import read_yaml
from modecollapse.study.problems import first_problem, key_path

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class MarginEntry(Strict):
    """How far a mean may lie from the published number and still reproduce it; one of the four.

    absolute: in the measure's unit; share: of the measure's range; relative: of the published number; factor: times and
    divided by.
    """

    absolute: Positive | None = None
    share: Positive | None = None
    relative: Positive | None = None
    factor: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"{given} are given; allowed: exactly one of {', '.join(type(self).model_fields)}")
        return self


class Settings(Strict):
    """What all verdicts share. Margins are by measure, or by `data set/measure` where that needs its own."""

    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    window: Annotated[int, Field(ge=1)]  # evaluations of the primary endpoint, but no more than half of all
    draws: Annotated[int, Field(ge=99, le=99_999)]  # of permutation tests
    fewest_runs: Annotated[int, Field(ge=4)]
    plausible_runs: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)]  # behind a published mean
    tie: Annotated[float, Field(gt=0, lt=0.5)]
    margins: dict[str, MarginEntry]

    def margin(self, dataset: str, measure: str) -> MarginEntry | None:
        """The margin of a measure on a data set."""
        return self.margins.get(f"{dataset}/{measure}", self.margins.get(measure))


class Registry(Published):
    """All that was published, the claims made of it, and the settings of their verdicts."""

    settings: Settings
    claims: list[Claim]

    @model_validator(mode="after")
    def _claims_are_consistent(self) -> Self:
        repeated = {c.id for c in self.claims if [d.id for d in self.claims].count(c.id) > 1}
        if repeated:
            raise ValueError(f"claims: {sorted(repeated)} are given twice; allowed: each id once")
        for claim in self.claims:
            if claim.source not in self.sources:
                raise ValueError(f"claims: {claim.id}: source {claim.source!r} is not among {sorted(self.sources)}")
            for test in claim.tests:
                self._check_methods(claim, test)
                if isinstance(test, Values) and not self.of(claim.source, test.place):
                    raise ValueError(f"claims: {claim.id}: {test.place!r} has no values; allowed: a place with some")
        for value in self.values:
            if self.settings.margin(value.dataset, value.measure) is None:
                raise ValueError(f"settings.margins: none for {value.measure}; allowed: one for each published measure")
        return self

    def _check_methods(self, claim: Claim, test: object) -> None:
        named = [getattr(test, key) for key in ("first", "second", "method") if hasattr(test, key)]
        named += test.others if isinstance(test, Ordering) else []
        for method in named:
            if method not in self.methods:
                raise ValueError(f"claims: {claim.id}: method {method!r} is not among {sorted(self.methods)}")
        if isinstance(test, Ordering | Equivalence) and len(set(named)) < len(named):
            raise ValueError(f"claims: {claim.id}: {named} compares a method with itself; allowed: different methods")


def load(path: Path) -> Registry:
    """Read and check the file; StudyError with file, place and reason on any fault."""
    content = read_yaml(path)
    problem = first_problem(Registry, content)
    if problem:
        raise StudyError(": ".join(filter(None, [str(path), key_path(problem[0]), problem[1]])))
    return Registry.model_validate(content)
