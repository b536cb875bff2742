"""What the files of variants/, datasets/ and measures/ must declare, checked before anything is planned or run."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.fields import Width
from modecollapse.study.problems import first_problem, key_path

PLAIN = re.compile(r"[a-z0-9_-]{1,64}")  # what a file may be called
Text = Annotated[str, Field(min_length=1)]
Rule = Annotated[list[Any], Field(min_length=1)] | dict[str, Any]  # of an option; `catalogue.options_model` reads it
Limit = float | Literal["K", "ln K"] | None


class Declared(BaseModel):
    """A file may declare more than it must."""

    model_config = ConfigDict(extra="ignore")

    LABEL: Text
    OPTIONS: dict[str, Rule] = {}
    PRESETS: dict[str, dict[str, Any]] = {}


class DatasetFacts(Declared):
    """A number of SHAPE and MODES may be the name of an option."""

    SHAPE: Annotated[tuple[Width | str, ...], Field(min_length=1)]
    MODES: Width | str | dict[str, dict[str, int]]
    SAMPLES: Width
    STORED_AS: Literal["float16", "float32"]
    UNINFORMATIVE: tuple[str, ...]


class VariantFacts(Declared):
    """A role for each symbol of the objective."""

    NETWORKS: Annotated[dict[str, str], Field(min_length=1)]


class MeasureFacts(BaseModel):
    """As `measures/__init__.py` says."""

    model_config = ConfigDict(extra="ignore")

    LABEL: Text
    DECIMALS: Annotated[int, Field(ge=0, le=12)]
    RANGE: tuple[Limit, Limit]
    BETTER: Literal["more", "less"] | None = None
    NOTE: Text
    READS: Literal["counts", "samples", "inversions"] = "counts"


FACTS: dict[str, type[BaseModel]] = {"datasets": DatasetFacts, "variants": VariantFacts, "measures": MeasureFacts}


def check(folder: str, name: str) -> None:
    """StudyError in one line where the file behind a name does not declare what it must, or something of another kind.

    A name without a file is left to those who know which names there are.
    """
    file = catalogue.source(folder, name)
    if not PLAIN.fullmatch(name) or not file.is_file():
        return
    declared = catalogue.declarations(folder, name)
    if "LABEL" not in declared:
        raise StudyError(f"{folder}/{file.name}: declares no LABEL; allowed: a literal at the top of the file")
    if problem := first_problem(FACTS[folder], declared):
        location, sentence = problem
        if location[0] not in declared:
            raise StudyError(
                f"{folder}/{file.name}: declares no {location[0]}; allowed: a literal at the top of the file"
            )
        raise StudyError(f"{folder}/{file.name}: {key_path(location)}: {sentence}")
    if folder != "measures":
        options = set(catalogue.options_model(folder, name).model_fields)
        named = [one for one in _named(declared) if one not in options]
        if named:
            raise StudyError(
                f"{folder}/{file.name}: {named[0]!r} is no option; allowed: {', '.join(sorted(options)) or 'numbers'}"
            )


def _named(declared: dict[str, Any]) -> list[str]:
    """The options that SHAPE and MODES name."""
    modes = declared.get("MODES", 0)
    own = [*modes] if isinstance(modes, dict) else [modes]
    return [one for one in (*declared.get("SHAPE", ()), *own) if isinstance(one, str)]
