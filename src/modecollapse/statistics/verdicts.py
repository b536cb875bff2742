"""The words of a verdict, what a rule returns, and how the verdicts on the parts of a claim make the claim's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from modecollapse.statistics.intervals import Interval

REPRODUCED = "REPRODUCED"
NOT_REPRODUCED = "NOT_REPRODUCED"
INCONCLUSIVE = "INCONCLUSIVE"
NOT_TESTABLE = "NOT_TESTABLE"
NOT_RUN = "NOT_RUN"
PARTIALLY = "PARTIALLY"  # of sets only: of claims with several parts, of opponents to beat
OUTCOMES = (REPRODUCED, NOT_REPRODUCED, PARTIALLY, INCONCLUSIVE, NOT_TESTABLE, NOT_RUN)

ABOVE, BELOW, TIE = "above", "below", "tie"
TOO_FEW_RUNS = "too_few_runs"
ALL_FAILED = "all_failed"
FAILURES = "failures"  # the treatment of failed runs changes the verdict
FLOOR = "n_below_resolution_floor"
STRADDLES = "ci_straddles_margin"
ORIGINAL_N = "original_n_too_small"
UNDERSPECIFIED = "underspecified_original"
UNCLEAR = "not_separated"  # neither better nor worse nor tied
SHORT_BUDGET = "short_budget"
NO_REFERENCE = "no_reference"  # the recipe does not say how many steps the work took that is compared
NOT_REACHED = "not_reached"  # most runs did not get there, so their times are the budget and have no order
UNDEFINED = "undefined"  # some runs have no value of the measure


class Verdict(NamedTuple):
    """An outcome, its reason (the direction of a NOT_REPRODUCED), and the seeds that would decide where it is open."""

    outcome: str
    reason: str = ""
    seeds: int | None = None

    @property
    def text(self) -> str:
        """`NOT_REPRODUCED(above)`, `INCONCLUSIVE(ci_straddles_margin; 40 seeds)`."""
        inside = "; ".join(filter(None, [self.reason, f"{self.seeds} seeds" if self.seeds else ""]))
        return f"{self.outcome}({inside})" if inside else self.outcome

    def agrees(self, other: Verdict) -> bool:
        """Whether outcome and, of a refutation, direction are the same; reasons of open ones may differ."""
        return self.outcome == other.outcome and (self.outcome != NOT_REPRODUCED or self.reason == other.reason)


class IntervalVerdict(NamedTuple):
    """A verdict, the estimate and the interval that it rests on (None without runs), and the margins that change it.

    d_repro: the smallest margin that would give REPRODUCED; d_refute: NOT_REPRODUCED holds for all margins below it,
    None where it holds for none. Both are None for a rule without a margin.
    """

    verdict: Verdict
    estimate: float | None = None
    interval: Interval | None = None
    d_repro: float | None = None
    d_refute: float | None = None


def too_few(fewest: int) -> Verdict:
    """The verdict where there are fewer runs than a rule needs."""
    return Verdict(INCONCLUSIVE, TOO_FEW_RUNS, fewest)


def by_interval(interval: Interval, zone: Interval, slack: float = 0.0) -> Verdict | None:
    """REPRODUCED for an interval in the zone, NOT_REPRODUCED for one apart from it, None where it straddles.

    slack: how far an end of the interval may miss an end of the zone and still count as equal to it.
    """
    if interval[0] >= zone[0] - slack and interval[1] <= zone[1] + slack:
        return Verdict(REPRODUCED)
    if interval[0] > zone[1] + slack:
        return Verdict(NOT_REPRODUCED, ABOVE)
    return Verdict(NOT_REPRODUCED, BELOW) if interval[1] < zone[0] - slack else None


def of_set(outcomes: Sequence[str]) -> Verdict:
    """The verdict on a claim whose parts must all hold, with the counts as its reason.

    All parts alike give theirs. Some reproduced and the others not, or not decided: PARTIALLY. None reproduced: refuted
    where a part is, in part or open otherwise. Parts not run or not testable count only where there are no others.
    """
    counts = Counter(outcomes)
    decided = [o for o in outcomes if o not in (NOT_RUN, NOT_TESTABLE)] or list(outcomes)
    reason = ", ".join(f"{counts[o]} {o}" for o in OUTCOMES if counts[o]) if len(outcomes) > 1 else ""
    if len(set(outcomes)) == 1:
        return Verdict(outcomes[0], reason)
    if REPRODUCED in decided:
        return Verdict(PARTIALLY, reason)
    for outcome in (NOT_REPRODUCED, PARTIALLY, INCONCLUSIVE, NOT_RUN):
        if outcome in decided:
            return Verdict(outcome, reason)
    return Verdict(NOT_TESTABLE, reason)
