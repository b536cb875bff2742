"""Statements that this study does not decide: for want of an experiment, or because no experiment could."""

from __future__ import annotations

from typing import ClassVar, Literal

from modecollapse.claims.rule import Decision, Part, Reach, Results, Rule, Scope, View
from modecollapse.statistics.verdicts import NOT_RUN, NOT_TESTABLE, IntervalVerdict, Verdict


class Undecided(Rule):
    """The verdict follows from the entry, whose one sentence says why."""

    decided_by = "nothing"
    verdict: ClassVar[Verdict]

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        return Decision(IntervalVerdict(self.verdict), self.model_dump(exclude={"rule"}))

    def reachable(self, part: Part, scope: Scope) -> Reach:
        return Reach([Verdict(self.verdict.outcome)], getattr(self, "needs", ""))


class NotRun(Undecided):
    """It could be tested, but by an experiment that this study does not have: `needs` says which."""

    verdict = Verdict(NOT_RUN, "needs_experiment")

    rule: Literal["not-run"]
    needs: str


class NotTestable(Undecided):
    """No experiment can decide it: `why` says so."""

    verdict = Verdict(NOT_TESTABLE, "no_experiment_decides")

    rule: Literal["not-testable"]
    why: str
