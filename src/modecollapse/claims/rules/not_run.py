"""A test that an experiment could make which this study does not have."""

from __future__ import annotations

from typing import Literal

from modecollapse.claims.rule import Decision, Part, Reach, Results, Rule, Scope, View
from modecollapse.statistics.verdicts import NOT_RUN, Verdict

NEEDS = "needs_experiment"


class NotRun(Rule):
    """It could be tested, but by an experiment that this study does not have: `needs` says which."""

    decided_by = "nothing"

    rule: Literal["not-run"]
    needs: str

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        return Decision(Verdict(NOT_RUN, NEEDS), numbers={"needs": self.needs})

    def reachable(self, part: Part, scope: Scope) -> Reach:
        return Reach([Verdict(NOT_RUN)], self.needs)
