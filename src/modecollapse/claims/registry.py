"""Reads `config/claims.yaml`: what was published and how it is judged, fixed before results are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modecollapse.claims.differences import Difference
from modecollapse.claims.name_checks import (
    about,
    check_datasets,
    check_known,
    check_measures,
    defined_beside,
    published_modes,
)
from modecollapse.claims.published import Published, Value
from modecollapse.claims.rules import Test
from modecollapse.errors import StudyError
from modecollapse.statistics.intervals import Interval
from modecollapse.statistics.margin import FACTOR, ODDS, Margin
from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.config import MOST_SEEDS, Study
from modecollapse.study.problems import first_problem, key_path, shown, unknown
from modecollapse.study.strict_yaml import read_yaml

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class MarginEntry(Strict):
    """How far a mean may lie from the published number and still reproduce it; one of the five.

    absolute: in the measure's unit; share: of the measure's range; relative: of the published number; factor: times and
    divided by; odds: the same for the odds of a percentage, so that the zone is narrow near 0 and 100.
    """

    absolute: Positive | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    relative: Annotated[float, Field(gt=0, le=1)] | None = None
    factor: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None
    odds: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
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
    """What all verdicts share. Margins are by measure, or by `data set/measure` where that needs its own."""

    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    draws: Annotated[int, Field(ge=99, le=99_999)]  # of permutation tests
    fewest_runs: Annotated[int, Field(ge=4, le=MOST_SEEDS)]
    plausible_runs: Annotated[
        list[Annotated[int, Field(ge=1, le=MOST_SEEDS)]], Field(min_length=1)
    ]  # behind a published mean; the first decides, the others stand beside it
    tie: Annotated[float, Field(gt=0, lt=0.5)]
    margins: dict[str, MarginEntry]

    @property
    def limits(self) -> dict[str, float]:
        """What every verdict rule of `statistics` takes: the fewest runs and the level."""
        return {"fewest": self.fewest_runs, "alpha": self.alpha}

    def margin(self, dataset: str, measure: str) -> MarginEntry | None:
        """The margin of a measure on a data set."""
        return self.margins.get(f"{dataset}/{measure}", self.margins.get(measure))


class Claim(Strict):
    """One claim of a document, in our words, and the tests that together decide it.

    holds: whether all parts must hold, or any one that survives the correction for the others; pilot_seeds: those of
    the runs that the claim was made after, with which no comparison of experiments is evidence for it.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$")]
    source: str
    place: str
    says: str
    note: str = ""
    holds: Literal["all", "any"] = "all"
    pilot_seeds: list[int] = []
    tests: Annotated[list[Test], Field(min_length=1)]


class Registry(Published):
    """All that was published, the claims made of it, and the settings of their verdicts."""

    settings: Settings
    claims: list[Claim]
    differences: list[Difference] = []

    @model_validator(mode="after")
    def _claims_are_consistent(self) -> Self:
        ids = [claim.id for claim in self.claims]
        for claim in self.claims:
            with about(f"claims: {claim.id}"):
                if ids.count(claim.id) > 1:
                    raise ValueError("is given twice; allowed: each id once")
                check_known("source", claim.source, self.sources)
                for test in claim.tests:
                    test.check_names(self, claim.source)
        for name, entry in self.settings.margins.items():
            dataset, slash, measure = name.rpartition("/")
            with about(f"settings.margins: {shown(name)}"):
                check_datasets([dataset] if slash else [])
                check_measures([measure])
                if entry.odds and "_percent" not in measure:
                    raise ValueError("odds is not allowed; allowed: for a percentage")
        for number, value in enumerate(self.values):
            self._check_margin(number, value)
        for number, difference in enumerate(self.differences):
            with about(f"differences[{number}]"):
                for method in difference.methods:
                    check_known("method", method, self.methods)
                for source in difference.sources:
                    check_known("source", source, self.sources)
        return self

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
        low, high = entry.at(value.value, limits).zone(value.value, 0.0)
        if high - low >= limits[1] - limits[0]:
            raise ValueError(f"settings.margins: {low:g} to {high:g} is as wide as {said}; allowed: a narrower margin")


def load(path: Path, study: Study | None = None) -> Registry:
    """Read and check the file; StudyError with file, place and reason on any fault.

    With a study, each variant, data set and experiment that it names is a file of the package or defined by the study
    or by a file beside this one or in a folder there.
    """
    content = read_yaml(path)
    problem = first_problem(Registry, content)
    if problem:
        raise StudyError(": ".join(filter(None, [str(path), key_path(problem[0]), problem[1]])))
    registry = Registry.model_validate(content)
    if study:
        _check_defined(registry, path, study)
    return registry


def _check_defined(registry: Registry, path: Path, study: Study) -> None:
    """StudyError for a variant, data set or experiment that neither the study nor a file beside the registry has."""
    beside = defined_beside(path)
    variants = dict.fromkeys([*catalogue.names("variants"), *study.definitions.variants])
    named = [(f"methods: {shown(m)}: variant", name, variants) for m, own in registry.methods.items() for name in own]
    named += [("datasets: data set", name, study.definitions.datasets) for name in registry.datasets]
    for claim in registry.claims:
        experiments = [name for test in claim.tests for name in getattr(test, "experiments", None) or []]
        named += [(f"claims: {claim.id}: experiment", name, study.experiments) for name in experiments]
    for what, name, known in named:
        if name not in known and name not in beside:
            raise StudyError(f"{path}: {what} {unknown(name, [*known])}")
