"""Published numbers as printed, and what may stand beside them."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from modecollapse.claims.name_checks import about, check_datasets, check_known, check_measures, once
from modecollapse.study.catalogue import Strict
from modecollapse.study.problems import shown


def plain_decimal(text: str) -> str:
    """The text of a number, which must be digits with or without a point; ValueError otherwise."""
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text):
        raise ValueError(f"{shown(text)} is not allowed; allowed: a plain decimal number in quotes, such as '8.0'")
    return text


Decimal = Annotated[str, AfterValidator(plain_decimal)]


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


class Published(Strict):
    """All published numbers; `methods` maps a method as printed to the variants it is compared with.

    datasets: names of data sets that a study defines, which tests may name beside the files of datasets/.
    """

    sources: dict[str, Source]
    methods: dict[str, Annotated[list[str], AfterValidator(once)]]
    datasets: Annotated[list[str], AfterValidator(once)] = []
    values: list[Value]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, source in self.sources.items():
            with about(f"sources: {name}: work"):
                check_datasets(dataset for entry in source.work for dataset in entry.datasets)
        for number, value in enumerate(self.values):
            with about(f"values[{number}]"):
                for source in (value.source, *(other.source for other in value.remeasured)):
                    check_known("source", source, self.sources)
                check_known("method", value.method, self.methods)
                check_datasets([value.dataset])
                check_measures([value.measure], of_training=False)
        keys = [(v.source, v.place, v.dataset, v.measure, v.method) for v in self.values]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise ValueError(f"values[{number}]: {'/'.join(key)[:150]} is published twice; allowed: once")
        return self

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
