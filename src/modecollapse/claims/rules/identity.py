"""A statement that computation alone decides."""

from __future__ import annotations

from typing import Literal

import numpy as np

from modecollapse.claims.identities import IDENTITIES
from modecollapse.claims.name_checks import check_known
from modecollapse.claims.rule import Decision, Part, Published, Results, Rule, View
from modecollapse.statistics.verdicts import NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict
from modecollapse.study.streams import stream_seed

COMPUTED = "computed"


class Identity(Rule):
    """`check` names the function of `claims.identities` that computes whether the statement holds."""

    decided_by = "computation"
    in_reach = (Verdict(REPRODUCED), Verdict(NOT_REPRODUCED))

    rule: Literal["identity"]
    check: str

    def check_names(self, registry: Published, source: str) -> None:
        check_known("check", self.check, IDENTITIES)

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """Whether the statement holds, with the numbers of the computation."""
        rng = np.random.default_rng(stream_seed(results.scope.summary.root_seed, "identity", self.check))
        holds, numbers = IDENTITIES[self.check](rng)
        return Decision(IntervalVerdict(Verdict(REPRODUCED if holds else NOT_REPRODUCED, COMPUTED), p=0.0), numbers)
