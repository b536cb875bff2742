"""A statement that computation alone decides."""

from __future__ import annotations

from typing import Literal

import numpy as np

from modecollapse.claims.identities import IDENTITIES
from modecollapse.claims.name_checks import check_known
from modecollapse.claims.rule import Decision, Part, Published, Reach, Results, Rule, Scope, View
from modecollapse.statistics.verdicts import NOT_REPRODUCED, REPRODUCED, Verdict
from modecollapse.study.streams import stream_seed

COMPUTED = "computed"


class Identity(Rule):
    """`check` names the function of `claims.identities` that computes whether the statement holds."""

    decided_by = "computation"

    rule: Literal["identity"]
    check: str

    def check_names(self, registry: Published, source: str) -> None:
        check_known("check", self.check, IDENTITIES)

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """Whether the statement holds, with the numbers of the computation."""
        rng = np.random.default_rng(stream_seed(results.scope.summary.root_seed, "identity", self.check))
        holds, numbers = IDENTITIES[self.check](rng)
        return Decision(Verdict(REPRODUCED if holds else NOT_REPRODUCED, COMPUTED), numbers=numbers)

    def reachable(self, part: Part, scope: Scope) -> Reach:
        return Reach([Verdict(REPRODUCED), Verdict(NOT_REPRODUCED)])
