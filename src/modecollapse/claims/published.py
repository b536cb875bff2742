"""Reads `config/claims.yaml`: published numbers as printed and what may stand beside them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from modecollapse.errors import StudyError


class _Strict(BaseModel):
    # Strict: a number written without quotes would lose its printed decimals, so it is refused.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Source(_Strict):
    """A document that numbers were taken from."""

    file: str
    title: str
    authors: str


class Value(_Strict):
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
    def rounding(self) -> float:
        """Half a unit of the last printed digit: what rounding alone may hide."""
        return float(Decimal(5).scaleb(Decimal(self.printed).as_tuple().exponent - 1))


class Published(_Strict):
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
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise StudyError(f"{path}: cannot be read: {' '.join(str(fault).split())}") from fault
    try:
        return Published.model_validate(content)
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(map(str, first["loc"])) or "file"
        raise StudyError(f"{path}: {place}: {first['msg']}") from fault
