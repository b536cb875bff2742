"""Reads `config/claims.yaml`: published numbers as printed and what may stand beside them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import field_validator, model_validator

from modecollapse.errors import StudyError
from modecollapse.study.catalogue import Strict
from modecollapse.study.load import read_yaml
from modecollapse.study.problems import first_problem, key_path


class Source(Strict):
    """A document that numbers were taken from."""

    file: str
    title: str
    authors: str


class Value(Strict):
    """One published number: `printed` (and `spread`, if given) with exactly the decimals of the source."""

    source: str
    place: str
    dataset: str
    column: str
    measure: str
    method: str
    printed: str
    spread: str | None = None

    @field_validator("printed", "spread")
    @classmethod
    def _is_decimal(cls, text: str | None) -> str | None:
        if text is not None and not re.fullmatch(r"\d+(\.\d+)?", text):
            raise ValueError(f"{text!r} is not a plain decimal number")
        return text

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.printed)

    @property
    def text(self) -> str:
        """As the source prints it: `0.00844 ± 0.002`."""
        return f"{self.printed} ± {self.spread}" if self.spread else self.printed


class Published(Strict):
    """All published numbers; `methods` maps a method as printed to the variants it is compared with."""

    sources: dict[str, Source]
    methods: dict[str, list[str]]
    values: list[Value]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for value in self.values:
            if value.source not in self.sources:
                raise ValueError(f"source {value.source!r} is not among {sorted(self.sources)}")
            if value.method not in self.methods:
                raise ValueError(f"method {value.method!r} is not among {sorted(self.methods)}")
        keys = [(v.source, v.place, v.dataset, v.measure, v.method) for v in self.values]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise ValueError(f"published twice: {sorted(repeated)}")
        return self

    def about(self, datasets: list[str]) -> Published:
        """Only the numbers that are about these data sets."""
        return self.model_copy(update={"values": [value for value in self.values if value.dataset in datasets]})

    def of(self, source: str, place: str) -> list[Value]:
        """The numbers of one table of a source, row by row."""
        return [value for value in self.values if (value.source, value.place) == (source, place)]

    def beside(self, dataset: str, variant: str, measure: str) -> Value | None:
        """The published number that a variant's result is set beside, None where there is none."""
        return next(
            (
                value
                for value in self.values
                if (value.dataset, value.measure) == (dataset, measure) and variant in self.methods[value.method]
            ),
            None,
        )


def load(path: Path) -> Published:
    """Read and check the file; StudyError with file, place and reason on any fault."""
    content = read_yaml(path)
    problem = first_problem(Published, content)
    if problem:
        raise StudyError(": ".join(filter(None, [str(path), key_path(problem[0]), problem[1]])))
    return Published.model_validate(content)
