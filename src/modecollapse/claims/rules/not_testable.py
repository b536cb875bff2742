"""A statement that no experiment can decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from modecollapse.claims.rule import Decision, Reach, Rule

if TYPE_CHECKING:
    from modecollapse.claims.parts import Part, Scope
    from modecollapse.claims.results import Results, View

UNDECIDABLE = "no_experiment_decides"


class NotTestable(Rule):
    """No experiment can decide it: `why` says so."""

    decided_by = "nothing"

    rule: Literal["not-testable"]
    why: str

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """Always NOT_TESTABLE."""
        return Decision(self.reachable(part, results.scope).verdicts[0], numbers={"why": self.why})

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """Always NOT_TESTABLE."""
        from modecollapse.statistics.verdicts import NOT_TESTABLE, Verdict

        return Reach([Verdict(NOT_TESTABLE, UNDECIDABLE)])
