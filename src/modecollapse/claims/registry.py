"""Reads `config/claims.yaml`: what was published and how it is judged, fixed before results are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from modecollapse.claims.names import (
    check_datasets,
    check_identity,
    check_measures,
    check_signal,
    defined_beside,
    published_modes,
)
from modecollapse.claims.published import Published, Value
from modecollapse.claims.rules import Association, Claim, Equivalence, Identity, Ordering, Values
from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import MOST_SEEDS, Study
from modecollapse.study.problems import first_problem, key_path, shown, unknown
from modecollapse.study.strict_yaml import read_yaml

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class MarginEntry(Strict):
    """How far a mean may lie from the published number and still reproduce it; one of the four.

    absolute: in the measure's unit; share: of the measure's range; relative: of the published number; factor: times and
    divided by.
    """

    absolute: Positive | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    relative: Annotated[float, Field(gt=0, le=1)] | None = None
    factor: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"{given} are given; allowed: exactly one of {', '.join(type(self).model_fields)}")
        return self

    def zone(self, published: float, limits: tuple[float, float]) -> tuple[float, float]:
        """From where to where a mean reproduces a number, rounding aside; `limits` are the measure's."""
        if self.factor is not None:
            return published / self.factor, published * self.factor
        share = (self.share or 0) * (limits[1] - limits[0])
        width = self.absolute or share or (self.relative or 0) * published
        return published - width, published + width


class Settings(Strict):
    """What all verdicts share. Margins are by measure, or by `data set/measure` where that needs its own."""

    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    window: Annotated[int, Field(ge=1, le=100_000)]  # evaluations of the primary endpoint, but no more than half of all
    draws: Annotated[int, Field(ge=99, le=99_999)]  # of permutation tests
    fewest_runs: Annotated[int, Field(ge=4, le=MOST_SEEDS)]
    plausible_runs: Annotated[
        list[Annotated[int, Field(ge=1, le=MOST_SEEDS)]], Field(min_length=1)
    ]  # behind a published mean
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
        ids = [claim.id for claim in self.claims]
        for claim in self.claims:
            where = f"claims: {claim.id}: "
            if ids.count(claim.id) > 1:
                raise ValueError(f"{where}is given twice; allowed: each id once")
            if claim.source not in self.sources:
                raise ValueError(f"{where}source {unknown(claim.source, self.sources)}")
            for test in claim.tests:
                self._check_test(where, test)
                if isinstance(test, Values) and not self.of(claim.source, test.place):
                    places = dict.fromkeys(value.place for value in self.values if value.source == claim.source)
                    raise ValueError(f"{where}place {unknown(test.place, places)}")
        for name in self.settings.margins:
            dataset, slash, measure = name.rpartition("/")
            check_datasets([dataset] if slash else [], f"settings.margins: {shown(name)}: ")
            check_measures([measure], f"settings.margins: {shown(name)}: ")
        for number, value in enumerate(self.values):
            self._check_margin(number, value)
        return self

    def _check_test(self, where: str, test: object) -> None:
        """Every method, data set and measure of a test is known, and no method is compared with itself."""
        named = [getattr(test, key) for key in ("first", "second", "method") if hasattr(test, key)]
        named += test.others if isinstance(test, Ordering) else []
        for method in named:
            if method not in self.methods:
                raise ValueError(f"{where}method {unknown(method, self.methods)}")
        if isinstance(test, Ordering | Equivalence) and len(set(named)) < len(named):
            twice = next(name for name in named if named.count(name) > 1)
            raise ValueError(f"{where}method {shown(twice)} is listed twice; allowed: different methods")
        check_datasets(getattr(test, "datasets", []), where)
        read = [getattr(test, key) for key in ("measure", "quality") if hasattr(test, key)]
        read += [*getattr(test, "measures", []), *(one.measure for one in getattr(test, "conditions", []))]
        check_measures(read, where)
        if isinstance(test, Association):
            check_signal(test.signal, where)
        if isinstance(test, Identity):
            check_identity(test.check, where)

    def _check_margin(self, number: int, value: Value) -> None:
        """A published number lies in the range of its measure, and what reproduces it is narrower than that."""
        from modecollapse.measures import support  # with NumPy, which no other command needs so early

        entry = self.settings.margin(value.dataset, value.measure)
        if entry is None:
            raise ValueError(f"settings.margins: none for {value.measure}; allowed: one for each published measure")
        limits = support(value.measure, published_modes(value.dataset))
        said = f"{value.measure} of {value.dataset} ({limits[0]:g} to {limits[1]:g})"
        if not limits[0] <= value.value <= limits[1]:
            raise ValueError(f"values[{number}]: {value.printed} is no {said}; allowed: a number of that range")
        low, high = entry.zone(value.value, limits)
        if high - low >= limits[1] - limits[0]:
            raise ValueError(f"settings.margins: {low:g} to {high:g} is as wide as {said}; allowed: a narrower margin")


def load(path: Path, study: Study | None = None) -> Registry:
    """Read and check the file; StudyError with file, place and reason on any fault.

    With a study, each variant that a method names is a file of variants/ or defined by the study or a file beside
    this one.
    """
    content = read_yaml(path)
    problem = first_problem(Registry, content)
    if problem:
        raise StudyError(": ".join(filter(None, [str(path), key_path(problem[0]), problem[1]])))
    registry = Registry.model_validate(content)
    if study:
        known = dict.fromkeys([*catalogue.names("variants"), *study.definitions.variants])
        beside = defined_beside(path)
        for method, variants in registry.methods.items():
            for name in variants:
                if name not in known and name not in beside:
                    raise StudyError(f"{path}: methods: {shown(method)}: variant {unknown(name, [*known])}")
    return registry
