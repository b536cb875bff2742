"""A statement that no experiment can decide."""

from __future__ import annotations

from typing import Literal

from modecollapse.claims.rule import Decision, Part, Reach, Results, Rule, Scope, View
from modecollapse.statistics.verdicts import NOT_TESTABLE, Verdict

UNDECIDABLE = "no_experiment_decides"


class NotTestable(Rule):
    """No experiment can decide it: `why` says so."""

    decided_by = "nothing"

    rule: Literal["not-testable"]
    why: str

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        return Decision(Verdict(NOT_TESTABLE, UNDECIDABLE), numbers={"why": self.why})

    def reachable(self, part: Part, scope: Scope) -> Reach:
        return Reach([Verdict(NOT_TESTABLE)])
