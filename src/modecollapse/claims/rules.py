"""How a claim is decided: one model for each kind of test that `config/claims.yaml` may name.

Methods are those of the registry, each standing for some variants; data sets are families (`ring`), and a study's own
data sets count where they are defined as published.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from modecollapse.claims.names import once
from modecollapse.study.catalogue import Strict

Better = Literal["more", "less"]
Names = Annotated[list[str], Field(min_length=1), AfterValidator(once)]


class Values(Strict):
    """Every published number of one place of the claim's source, each with its margin."""

    rule: Literal["values"]
    place: str


class Ordering(Strict):
    """`first` is better than every one of `others`, by the direction of each measure (intersection-union test)."""

    rule: Literal["ordering"]
    first: str
    others: Names
    datasets: Names
    measures: Annotated[dict[str, Better], Field(min_length=1)]


class Equivalence(Strict):
    """`first` and `second` are the same: the chance that one exceeds the other is 1/2 within the margin `tie`."""

    rule: Literal["equivalence"]
    first: str
    second: str
    datasets: Names
    measures: Names


class Condition(Strict):
    """One value of a run and the range that counts as the event."""

    measure: str
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError(f"{self.measure}: has no range; allowed: at_least, at_most or both")
        return self


class Share(Strict):
    """More than the share `above` of a method's runs shows the event: one of the conditions, or all of them."""

    rule: Literal["share"]
    method: str
    datasets: Names
    any_of: Annotated[list[Condition], Field(min_length=1)] | None = None
    all_of: Annotated[list[Condition], Field(min_length=1)] | None = None
    above: Annotated[float, Field(ge=0, lt=1)]

    @model_validator(mode="after")
    def _has_one_list(self) -> Self:
        if (self.any_of is None) == (self.all_of is None):
            raise ValueError("any_of and all_of: allowed: exactly one of the two")
        return self

    @property
    def conditions(self) -> list[Condition]:
        """The conditions of either list."""
        return self.any_of or self.all_of


class Bound(Strict):
    """The mean over a method's runs lies between `low` and `high`."""

    rule: Literal["bound"]
    method: str
    datasets: Names
    measure: str
    low: float
    high: float

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low} and high {self.high} are no range; allowed: low below high")
        return self


class Association(Strict):
    """Within runs `signal` goes with `quality` in the direction `sign`, in most data sets (cross-run shuffle)."""

    rule: Literal["association"]
    method: str
    datasets: Names
    signal: str
    quality: str
    sign: Literal["positive", "negative"]


class Identity(Strict):
    """A statement that computation alone decides; `check` names it in `claims.identities`."""

    rule: Literal["identity"]
    check: str


class NotRun(Strict):
    """It could be tested, but by an experiment that this study does not have: `needs` says which."""

    rule: Literal["not-run"]
    needs: str


class NotTestable(Strict):
    """No experiment can decide it: `why` says so."""

    rule: Literal["not-testable"]
    why: str


Trained = Values | Ordering | Equivalence | Share | Bound | Association  # decided by trained runs
Test = Annotated[Trained | Identity | NotRun | NotTestable, Field(discriminator="rule")]


class Claim(Strict):
    """One claim of a document, in our words, and the tests that together decide it."""

    id: Annotated[str, Field(pattern=r"^[BCLV][0-9]+$")]
    source: str
    place: str
    says: str
    note: str = ""
    tests: Annotated[list[Test], Field(min_length=1)]
