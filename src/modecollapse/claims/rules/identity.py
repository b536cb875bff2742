"""A statement that computation alone decides."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from modecollapse.claims.rule import Decision, Reach, Rule
from modecollapse.study.problems import unknown

if TYPE_CHECKING:
    from modecollapse.claims.parts import Part, Scope
    from modecollapse.claims.registry import Registry
    from modecollapse.claims.results import Results, View

COMPUTED = "computed"
LIST = Path(__file__).parents[1] / "identities" / "__init__.py"
KEY = re.compile(r'^    "([a-z0-9-]+)": ', re.MULTILINE)


class Identity(Rule):
    """`check` names the function of `claims.identities` that computes whether the statement holds."""

    decided_by = "computation"

    rule: Literal["identity"]
    check: str

    def check_names(self, registry: Registry, source: str) -> None:
        """The list is read as text, since importing it imports SciPy."""
        known = KEY.findall(LIST.read_text(encoding="utf-8"))
        if self.check not in known:
            raise ValueError(f"check {unknown(self.check, known)}")

    def decide(self, part: Part, results: Results, view: View) -> Decision:
        """Whether the statement holds, with the sentence of the computation."""
        import numpy as np

        from modecollapse.claims.identities import IDENTITIES
        from modecollapse.statistics.verdicts import NOT_REPRODUCED, REPRODUCED, Verdict
        from modecollapse.study.streams import stream_seed

        rng = np.random.default_rng(stream_seed(results.scope.summary.root_seed, "identity", self.check))
        holds, detail = IDENTITIES[self.check](rng)
        return Decision(Verdict(REPRODUCED if holds else NOT_REPRODUCED, COMPUTED), numbers={"found": detail})

    def reachable(self, part: Part, scope: Scope) -> Reach:
        """Either, since nothing is known before it is computed."""
        from modecollapse.statistics.verdicts import NOT_REPRODUCED, REPRODUCED, Verdict

        return Reach([Verdict(REPRODUCED), Verdict(NOT_REPRODUCED)])
