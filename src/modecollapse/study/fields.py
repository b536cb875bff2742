"""Kinds of numbers that recipes hold, and how a mapping is read as the model of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from modecollapse.study.catalogue import Strict
from modecollapse.study.problems import unknown

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
# Limits that a machine could meet: what is above them was meant to be something else.
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]  # of steps
Width = Annotated[int, Field(ge=1, le=100_000)]  # of a layer, a code or a batch
Widths = Annotated[list[Width], Field(max_length=100)]


def by_kind(kinds: Mapping[str, type[Strict]], kind_of: Callable[[dict[str, Any]], Any]) -> BeforeValidator:
    """Reads a mapping as the model of its kind, so that a mistake in it is one of that model."""

    def read(given: Any) -> Any:
        if isinstance(given, tuple(kinds.values())):
            return given
        if not isinstance(given, dict):
            return next(iter(kinds.values())).model_validate(given)  # which says that it has to be a mapping
        kind = kind_of(given)
        if not isinstance(kind, str) or kind not in kinds:
            raise ValueError(f"kind {unknown(kind, kinds)}")
        return kinds[kind].model_validate(given)

    return BeforeValidator(read)
