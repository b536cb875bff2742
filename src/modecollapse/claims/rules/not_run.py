"""A test that an experiment could make which this study does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from modecollapse.claims.rule import Decision, Reach, Rule

if TYPE_CHECKING:
    from modecollapse.claims.parts import Part, Scope
    from modecollapse.claims.results import Results, View

NEEDS = "needs_experiment"


class NotRun(Rule):
    """It could be tested, but by an experiment that this study does not have: `needs` says which."""

    decided_by = "nothing"

    rule: Literal["not-run"]
    needs: str

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """Always NOT_RUN."""
        return Decision(self.reachable(part, results.scope).verdicts[0], numbers={"needs": self.needs})

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """Always NOT_RUN, with the experiment."""
        from modecollapse.statistics.verdicts import NOT_RUN, Verdict

        return Reach([Verdict(NOT_RUN, NEEDS)], self.needs)
