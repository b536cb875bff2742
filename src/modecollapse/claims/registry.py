"""Reads `config/claims.yaml`: what was published and how it is judged, fixed before results are seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from modecollapse import reading
from modecollapse.claims.name_checks import about, check_known
from modecollapse.claims.parts import Part, Scope
from modecollapse.claims.published import Published, Statement
from modecollapse.claims.rule import Rule
from modecollapse.claims.rules import Test
from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.config import Study
from modecollapse.study.problems import in_words, key_path, shown, unknown
from modecollapse.study.strict_yaml import read_yaml

KEY = re.compile(r"^ +([a-z0-9-]+):", re.MULTILINE)


class Claim(Statement):
    """A statement with the tests that together decide it."""

    tests: Annotated[list[Test], Field(min_length=1)]


class Registry(Published):
    """All that was published, and the claims made of it."""

    claims: list[Claim]

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
        return self

    def parts(self, scope: Scope) -> list[tuple[Rule, Part]]:
        """All parts of all claims, each with its rule, in order; a test that the study cannot make is one part."""
        return [
            (test, part)
            for claim in self.claims
            for number, test in enumerate(claim.tests)
            for part in test.expand(Part(claim, number), scope)
        ]


def load(path: Path, study: Study | None = None) -> Registry:
    """Read and check the file; StudyError with file, place and reason on any fault.

    With a study, each variant, data set and experiment that it names is a file of the package or defined by the study
    or by a file beside this one or in a folder there.
    """
    try:
        registry = Registry.model_validate(read_yaml(path))
    except ValidationError as error:
        location, sentence = in_words(error)
        raise StudyError(": ".join(filter(None, [str(path), key_path(location), sentence]))) from None
    if study:
        _check_defined(registry, path, study)
    return registry


def _check_defined(registry: Registry, path: Path, study: Study) -> None:
    """StudyError for a variant, data set or experiment that neither the study nor a file beside the registry has."""
    beside = _defined_beside(path)
    variants = dict.fromkeys([*catalogue.names("variants"), *study.definitions.variants])
    named = [(f"methods: {shown(m)}: variant", name, variants) for m, own in registry.methods.items() for name in own]
    named += [("datasets: data set", name, study.definitions.datasets) for name in registry.datasets]
    for claim in registry.claims:
        experiments = [name for test in claim.tests for name in getattr(test, "experiments", None) or []]
        named += [(f"claims: {claim.id}: experiment", name, study.experiments) for name in experiments]
    for what, name, known in named:
        if name not in known and name not in beside:
            raise StudyError(f"{path}: {what} {unknown(name, [*known])}")


def _defined_beside(path: Path) -> set[str]:
    """Every key of the YAML files beside a file and in folders there, the names that they define among them."""
    found: set[str] = set()
    for file in [*path.parent.glob("*.yaml"), *path.parent.glob("*/*.yaml")]:
        try:
            found |= set(KEY.findall(reading.text(file)) if file != path else ())
        except StudyError:  # not a file that claims could be about
            continue
    return found
