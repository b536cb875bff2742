"""The words of a verdict, as text and taken apart, and what a rule comes to when it is computed again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE = "REPRODUCED", "NOT_REPRODUCED", "INCONCLUSIVE"
PARTIALLY, NOT_TESTABLE, NOT_RUN = "PARTIALLY", "NOT_TESTABLE", "NOT_RUN"
OUTCOMES = (REPRODUCED, NOT_REPRODUCED, PARTIALLY, INCONCLUSIVE, NOT_TESTABLE, NOT_RUN)
ABOVE, BELOW = "above", "below"
ENDING = re.compile(r"(?P<outcome>[A-Z_]+)(?:\((?P<reason>.*?)(?:; (?P<seeds>\d+) seeds)?\))?")

# Of a comparison: one answer, or both where random draws may give either; ours comes first.
Options = Sequence[bool]


class Verdict(NamedTuple):
    """An outcome, the reason or direction, and the seeds that would decide."""

    outcome: str
    reason: str = ""
    seeds: int | None = None

    @property
    def text(self) -> str:
        """As tables print it: `NOT_REPRODUCED(above)`, `INCONCLUSIVE(ci_straddles_margin; 40 seeds)`."""
        inside = self.reason + (f"; {self.seeds} seeds" if self.seeds else "")
        return f"{self.outcome}({inside})" if inside else self.outcome


class Found(NamedTuple):
    """What a rule comes to.

    verdict: the written one where random draws allow it (`close`), else ours; lower, upper and detail: cells of a
    table, each a text or something that knows with which texts it agrees.
    """

    verdict: Verdict
    close: bool = False
    estimate: float | None = None
    lower: Any = ""
    upper: Any = ""
    detail: Any = ""
    margins: Any = None  # of an interval of two numbers: d_repro and d_refute


def read(text: str) -> Verdict:
    """A printed verdict taken apart; of what is none, the text as its outcome."""
    found = ENDING.fullmatch(text)
    if not found:
        return Verdict(text)
    return Verdict(found["outcome"], found["reason"] or "", int(found["seeds"]) if found["seeds"] else None)


def answers(share: float, limit: float, places: tuple[float, float]) -> Options:
    """Whether a share is below a limit; either, where it lies between `places`, which draws can have for the limit."""
    ours = share < limit
    return (ours, not ours) if places[0] <= share <= places[1] else (ours,)


def settled(possible: Sequence[Verdict], written: str) -> tuple[Verdict, bool]:
    """The written verdict where it is possible, else the first, which is ours; and whether it is another than ours."""
    chosen = next((verdict for verdict in possible if verdict.text == written), possible[0])
    return chosen, chosen != possible[0]


def every(*options: Options) -> list[tuple[bool, ...]]:
    """All combinations of the answers to several comparisons, ours first."""
    return list(product(*options))
