"""What a rule is: the model of its entry in `config/claims.yaml`, its parts in a study, and the verdict on a part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, Field

from modecollapse.claims import parts
from modecollapse.claims.name_checks import once
from modecollapse.claims.parts import PRIMARY, SENSITIVITY, Part, Scope
from modecollapse.claims.published import Published
from modecollapse.claims.results import Results, View
from modecollapse.statistics.verdicts import BELOW, NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict
from modecollapse.study.catalogue import Strict

RUNS = "runs"
Names = Annotated[list[str], Field(min_length=1), AfterValidator(once)]


class Decision(NamedTuple):
    """A verdict with what it rests on, and the numbers of this rule by name. A decided verdict without p survives no
    correction for the other parts of its claim."""

    found: IntervalVerdict
    numbers: dict[str, Any] = {}


class Reach(NamedTuple):
    """The verdicts that a study can reach besides INCONCLUSIVE, and what it would need for more: so many seeds for it,
    or what it lacks."""

    verdicts: Sequence[Verdict]
    needs: str = ""
    seeds: int | None = None


class Rule(Strict):
    """One test of a claim. A rule is a subclass in a file of `rules/`: it narrows `rule` to its name, adds the keys of
    its entry and says how the methods below answer.

    Methods of a paper are those of the registry, each standing for some variants. A data set is a family (`ring`), for
    which those of a study count that are defined as published, or a name that a study gives to one with other options.
    """

    decided_by: ClassVar[Literal["computation", "runs", "nothing"]] = RUNS
    averages: ClassVar[bool] = True  # values are averaged, so that an infinite one leaves the verdict open
    counts_events: ClassVar[bool] = False  # a run without a value counts as one without the event
    reads_curves: ClassVar[bool] = False  # it reads all evaluations of a run, not its endpoint
    in_reach: ClassVar[Sequence[Verdict]] = (Verdict(REPRODUCED), Verdict(NOT_REPRODUCED, BELOW))

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
        return Reach(self.in_reach)


class OfRuns(Rule):
    """A rule on runs of the study, in all of its experiments or only in those that the entry names."""

    experiments: Names | None = None

    def each(self, wanted: Part, scope: Scope, family: str, first: str, others: Sequence[str] = ()) -> list[Part]:
        """A part for each experiment, data set of the family and variant of the method `first`.

        With `others` it is set against the first variant of each of these methods; where they have more, a further part
        is against all of them. The first part of a data set and experiment is primary, the rest are SENSITIVITY. Where
        the study cannot make any part, a single one says why.
        """
        found = []
        for place in scope.places(family, self.experiments):
            unmeasured = [measure for measure in wanted.measures if not scope.is_measured(place[1], measure)]
            lack = {"missing": parts.NOT_MEASURED, "lacks": {"measure": unmeasured[0]}} if unmeasured else {}
            alike: list[tuple[str, ...]] = []
            for variant in scope.standing_for(first, *place):
                rivals = [[v for v in scope.standing_for(method, *place) if v != variant] for method in others]
                if all(rivals):
                    opponents = [[names[0] for names in rivals], *([] if alike else [sum(rivals, [])])]
                    alike += [(variant, *dict.fromkeys(names)) for names in opponents]
            for number, variants in enumerate(dict.fromkeys(alike)):
                own = {"experiment": place[0], "datasets": (place[1],), "variants": variants}
                found.append(replace(wanted, **own, **lack, role=SENSITIVITY if number else PRIMARY))
        possible = [part for part in found if not part.missing]
        return possible or found[:1] or [self.lacking(wanted, scope, family, [first, *others])]

    def lacking(self, wanted: Part, scope: Scope, family: str, methods: list[str]) -> Part:
        """The part as missing: its experiments, the data set, a method on it, or an experiment with all the methods."""
        places, named = scope.places(family, self.experiments), self.experiments
        absent = [m for m in methods if not any(scope.standing_for(m, *place) for place in places)]
        if named and not {cell.experiment for cell in scope.summary.cells}.intersection(named):
            reason, lacks = parts.NOT_PLANNED, {"experiments": named}
        elif not places:
            reason, lacks = parts.NO_DATASET, {}
        elif absent:
            reason, lacks = parts.NO_VARIANT, {"method": absent[0]}
        else:
            reason, lacks = parts.NO_EXPERIMENT, {"methods": methods}
        return replace(wanted, datasets=(family,), missing=reason, lacks=lacks | {"dataset": family})


class OfMethod(OfRuns):
    """A rule on the runs of one method: a part for each data set, experiment and variant that stands for it."""

    method: str
    datasets: Names

    @property
    def reads(self) -> list[str]:
        """The measures that a part reads."""
        raise NotImplementedError

    def check_names(self, registry: Published, source: str) -> None:
        registry.check_names([self.method], self.datasets, self.reads)

    def expand(self, whole: Part, scope: Scope) -> Iterable[Part]:
        for family in self.datasets:
            yield from self.each(replace(whole, measures=tuple(self.reads)), scope, family, self.method)
