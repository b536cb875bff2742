"""What a rule is: the model of its entry in `config/claims.yaml`, its parts in a study, and the verdict on a part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, Field

from modecollapse.claims.name_checks import check_names, once
from modecollapse.claims.parts import Part, Scope
from modecollapse.claims.published import Published
from modecollapse.claims.results import Results, View
from modecollapse.statistics.verdicts import Verdict
from modecollapse.study.catalogue import Strict

Names = Annotated[list[str], Field(min_length=1), AfterValidator(once)]


@dataclass(frozen=True)
class Decision:
    """A verdict and what it rests on: the estimate with its 90 % interval, and the numbers of this rule by name.

    d_repro, d_refute: the margins at which the verdict on a published number changes; p: the smallest level at which
    the same verdict still holds. None where it is open; a decided one without p survives no correction.
    """

    verdict: Verdict
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    d_repro: float | None = None
    d_refute: float | None = None
    p: float | None = None
    numbers: dict[str, Any] = field(default_factory=dict)


class Reach(NamedTuple):
    """The verdicts that a study can reach besides INCONCLUSIVE, and what it would need for more: so many seeds for it,
    or what it lacks."""

    verdicts: list[Verdict]
    needs: str = ""
    seeds: int | None = None


class Rule(Strict):
    """One test of a claim. A rule is a subclass in a file of `rules/`: it narrows `rule` to its name, adds the keys of
    its entry and says how the four methods below answer.

    Methods of a paper are those of the registry, each standing for some variants. A data set is a family (`ring`), for
    which those of a study count that are defined as published, or a name that a study gives to one with other options.
    """

    decided_by: ClassVar[Literal["computation", "runs", "nothing"]] = "runs"
    averages: ClassVar[bool] = True  # values are averaged, so that an infinite one leaves the verdict open
    counts_events: ClassVar[bool] = False  # a run without a value counts as one without the event
    reads_curves: ClassVar[bool] = False  # it reads all evaluations of a run, not its endpoint

    rule: str

    @property
    def kind(self) -> str:
        """The name in the column `rule` of the verdicts."""
        return self.rule

    def check_names(self, registry: Published, source: str) -> None:
        """ValueError where the entry names what does not exist; `source` is the document of the claim."""

    def expand(self, whole: Part, scope: Scope) -> Iterable[Part]:
        """The parts of a test in a study; `whole` is the test as a single part, of no experiment yet."""
        return [whole]

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """The verdict on a part, the runs looked at in one way."""
        raise NotImplementedError

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """The verdicts on a part that its runs, if they are enough and trained for long enough, can lead to."""
        raise NotImplementedError

    def beside(self, part: Part, results: Results) -> dict[str, Any]:
        """More columns of the verdict on a part that runs decide."""
        return {}


class OfRuns(Rule):
    """A rule on runs of the study, in all of its experiments or only in those that the entry names."""

    experiments: Names | None = None


class OfMethod(OfRuns):
    """A rule on the runs of one method: a part for each data set, experiment and variant that stands for it."""

    method: str
    datasets: Names

    @property
    def reads(self) -> list[str]:
        """The measures that a part reads."""
        raise NotImplementedError

    def check_names(self, registry: Published, source: str) -> None:
        check_names(registry, [self.method], self.datasets, self.reads)

    def expand(self, whole: Part, scope: Scope) -> Iterable[Part]:
        for family in self.datasets:
            yield from scope.each(replace(whole, measures=tuple(self.reads)), family, self.method)
