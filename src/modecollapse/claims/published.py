"""Published numbers as printed, what was said of them, and how both are judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from modecollapse.claims.differences import Difference
from modecollapse.claims.name_checks import about, check_datasets, check_known, check_measures, once
from modecollapse.claims.settings import Settings
from modecollapse.statistics.intervals import Interval
from modecollapse.study import catalogue
from modecollapse.study.catalogue import Strict
from modecollapse.study.problems import shown
from modecollapse.study.specs import DatasetSpec

Decimal = Annotated[str, Field(pattern=r"^[0-9]{1,20}(\.[0-9]{1,20})?$")]


class Work(Strict):
    """How long the runs behind a source's numbers on some data sets were trained: G's learning rate times its steps.

    file: where rate and steps were read.
    """

    datasets: Annotated[list[str], Field(min_length=1)]
    rate_x_steps: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    file: str


class Source(Strict):
    """A document that numbers were taken from."""

    file: str
    title: str
    authors: str
    work: list[Work] = []

    def work_on(self, dataset: str) -> float | None:
        """The work behind its numbers on a data set, None where nobody knows it."""
        return next((entry.rate_x_steps for entry in self.work if dataset in entry.datasets), None)


class Remeasured(Strict):
    """What another paper measured of the same method on the same data."""

    source: str
    printed: Decimal
    spread: Decimal | None = None


class Value(Strict):
    """One published number: `printed` (and `spread`, if given) with exactly the decimals of the source.

    decimals: those of the column, where the source prints 8 for 8.0; readings: what the spread may be, where there is
    one: over runs, of the mean, or over images.
    """

    source: str
    place: str
    dataset: str
    column: str
    measure: str
    method: str
    printed: Decimal
    decimals: Annotated[int, Field(ge=0, le=20)] | None = None
    spread: Decimal | None = None
    readings: list[Literal["sd-of-runs", "standard-error", "sd-of-images"]] = []
    remeasured: list[Remeasured] = []

    @model_validator(mode="after")
    def _spread_is_read(self) -> Self:
        if (self.spread is None) != (not self.readings):
            raise ValueError("readings: allowed: some where there is a spread, none elsewhere")
        return self

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.printed)

    @property
    def rounding(self) -> float:
        """Half a unit of the last printed digit."""
        printed = len(self.printed.partition(".")[2])
        return 0.5 * 10.0 ** -(printed if self.decimals is None else self.decimals)

    @property
    def text(self) -> str:
        """As the source prints it: `0.00844 ± 0.002`."""
        return f"{self.printed} ± {self.spread}" if self.spread else self.printed


class Statement(Strict):
    """One claim of a document, in our words.

    holds: whether all of its tests must hold, or any one that survives the correction for the others; pilot_seeds:
    those of the runs that the claim was made after, with which no comparison of experiments is evidence for it.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$")]
    source: str
    place: str
    says: str
    note: str = ""
    holds: Literal["all", "any"] = "all"
    pilot_seeds: list[int] = []


class Published(Strict):
    """All published numbers, and the settings of the verdicts; `methods` maps a method as printed to the variants that
    it is compared with.

    datasets: names of data sets that a study defines, which tests may name beside the files of datasets/.
    """

    sources: dict[str, Source]
    methods: dict[str, Annotated[list[str], AfterValidator(once)]]
    datasets: Annotated[list[str], AfterValidator(once)] = []
    values: list[Value]
    settings: Settings
    differences: list[Difference] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, source in self.sources.items():
            with about(f"sources: {name}: work"):
                check_datasets(dataset for entry in source.work for dataset in entry.datasets)
        for name, entry in self.settings.margins.items():
            dataset, slash, measure = name.rpartition("/")
            with about(f"settings.margins: {shown(name)}"):
                check_datasets([dataset] if slash else [])
                check_measures([measure])
                if entry.odds and "_percent" not in measure:
                    raise ValueError("odds is not allowed; allowed: for a percentage")
        keys = [(v.source, v.place, v.dataset, v.measure, v.method) for v in self.values]
        for number, (value, key) in enumerate(zip(self.values, keys, strict=True)):
            with about(f"values[{number}]"):
                for source in (value.source, *(other.source for other in value.remeasured)):
                    check_known("source", source, self.sources)
                check_known("method", value.method, self.methods)
                check_datasets([value.dataset])
                check_measures([value.measure], trained=False)
                if key in keys[:number]:
                    raise ValueError(f"{'/'.join(key)[:150]} is published twice; allowed: once")
                self._check_margin(value)
        for number, difference in enumerate(self.differences):
            with about(f"differences[{number}]"):
                for method in difference.methods:
                    check_known("method", method, self.methods)
                for source in difference.sources:
                    check_known("source", source, self.sources)
        return self

    def _check_margin(self, value: Value) -> None:
        """A published number lies in the range of its measure, and what reproduces it is narrower than that."""
        entry, limits = self.settings.margin(value.dataset, value.measure), self.limits(value)
        said = f"{value.measure} of {value.dataset} ({limits[0]:g} to {limits[1]:g})"
        if entry is None:
            raise ValueError(f"settings.margins: none for {value.measure}; allowed: one for each published measure")
        if not limits[0] <= value.value <= limits[1]:
            raise ValueError(f"{value.printed} is no {said}; allowed: a number of that range")
        low, high = entry.at(value.value, limits).zone(value.value, 0.0)
        if high - low >= limits[1] - limits[0]:
            raise ValueError(f"settings.margins: {low:g} to {high:g} is as wide as {said}; allowed: a narrower margin")

    def limits(self, value: Value) -> Interval:
        """The range of a number's measure on its data set as published, whose file says K without options."""
        from modecollapse.measures import support  # with NumPy, which no other command needs so early

        options = catalogue.options_model("datasets", value.dataset)().model_dump()
        as_published = DatasetSpec(name=value.dataset, family=value.dataset, options=options, root_seed=0)
        return support(value.measure, as_published.modes)

    def check_names(self, methods: list[str], datasets: Iterable[str], measures: Iterable[str]) -> None:
        """ValueError for a method, a data set or a measure that is not known, or a method given twice."""
        for method in once(methods):
            check_known("method", method, self.methods)
        check_datasets(datasets, self.datasets)
        check_measures(measures)

    def about(self, datasets: list[str]) -> Published:
        """Only the numbers that are about these data sets."""
        return self.model_copy(update={"values": [value for value in self.values if value.dataset in datasets]})

    def of(self, source: str, place: str) -> list[Value]:
        """The numbers of one table of a source, row by row."""
        return [value for value in self.values if (value.source, value.place) == (source, place)]

    def beside(self, dataset: str, variant: str, measure: str) -> Value | None:
        """The published number that a variant's result is set beside, None where there is none."""
        there = (value for value in self.values if (value.dataset, value.measure) == (dataset, measure))
        return next((value for value in there if variant in self.methods[value.method]), None)
