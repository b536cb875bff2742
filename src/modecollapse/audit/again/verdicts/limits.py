"""What values a run can have of a measure or of its course, and which of them a failed run gets."""

from __future__ import annotations

import math
from typing import Any

from modecollapse.audit.again.tables.ranges import Range, range_of

SHARE, RANKS, ANYTHING = (0.0, 1.0), (-1.0, 1.0), (-math.inf, math.inf)
# Of a run's course, by the start of its name.
COURSES: dict[str, Range] = {
    "diverged": SHARE, "full_coverage_share": SHARE, "hopping_rate": SHARE, "peak_share:": SHARE,
    "began_k_at_": SHARE, "began_fake_is_easier": SHARE, "rank_correlation:": RANKS, "given_time:": RANKS,
}  # fmt: skip
# A failed run diverged, never covers the modes, and is not steady: its place in the range, 1 the largest, 0 the least.
FAILED = {"diverged": 1, "full_coverage_share": 0, "coverage_time:": 1, "within_sd:": 1}


class UnknownMeasure(Exception):
    """A measure of the study whose range is not known here."""


def is_measure(name: str, facts: dict[str, Any]) -> bool:
    """Whether a name is that of a measure; all others are of a run's course."""
    return name in facts["measures"] or range_of(name, 1) is not None


def limits(facts: dict[str, Any], dataset: str, name: str) -> Range:
    """The lowest and the highest value of a measure of the study on a data set, or of a run's course."""
    if name not in facts["measures"]:
        return next((found for start, found in COURSES.items() if name.startswith(start)), ANYTHING)
    found = range_of(name, facts["datasets"][dataset]["modes"])
    if found is None:
        raise UnknownMeasure(name)
    return found


def support(facts: dict[str, Any], dataset: str, name: str) -> Range | None:
    """The limits where both are finite, else None."""
    found = limits(facts, dataset, name)
    return found if all(map(math.isfinite, found)) else None


def worst(facts: dict[str, Any], dataset: str, name: str) -> float | None:
    """The value of a failed run; None where no end of the range is the better one."""
    place = next((end for start, end in FAILED.items() if name.startswith(start)), None)
    if place is None:
        better = (facts["measures"].get(name) or {}).get("better")
        place = int(better == "less") if better else None
    return None if place is None else limits(facts, dataset, name)[place]
