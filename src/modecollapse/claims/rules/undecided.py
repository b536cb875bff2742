"""Statements that this study does not decide: for want of an experiment, or because no experiment could."""

from __future__ import annotations

from typing import Literal

from modecollapse.claims.rule import Decision, Part, Reach, Results, Rule, Scope, View
from modecollapse.statistics.verdicts import NOT_RUN, NOT_TESTABLE, Verdict


class NotRun(Rule):
    """It could be tested, but by an experiment that this study does not have: `needs` says which."""

    decided_by = "nothing"

    rule: Literal["not-run"]
    needs: str

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        return Decision(Verdict(NOT_RUN, "needs_experiment"), numbers={"needs": self.needs})

    def reachable(self, part: Part, scope: Scope) -> Reach:
        return Reach([Verdict(NOT_RUN)], self.needs)


class NotTestable(Rule):
    """No experiment can decide it: `why` says so."""

    decided_by = "nothing"

    rule: Literal["not-testable"]
    why: str

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        return Decision(Verdict(NOT_TESTABLE, "no_experiment_decides"), numbers={"why": self.why})

    def reachable(self, part: Part, scope: Scope) -> Reach:
        return Reach([Verdict(NOT_TESTABLE)])
