"""The words of a verdict, what a rule returns, and how the verdicts on the parts of a claim make the claim's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from modecollapse.statistics.intervals import Interval
from modecollapse.statistics.multiplicity import holm

REPRODUCED = "REPRODUCED"
NOT_REPRODUCED = "NOT_REPRODUCED"
INCONCLUSIVE = "INCONCLUSIVE"
NOT_TESTABLE = "NOT_TESTABLE"
NOT_RUN = "NOT_RUN"
PARTIALLY = "PARTIALLY"  # of sets only: of claims with several parts, of opponents to beat
DECIDED = (REPRODUCED, NOT_REPRODUCED, PARTIALLY)
OUTCOMES = (REPRODUCED, NOT_REPRODUCED, PARTIALLY, INCONCLUSIVE, NOT_TESTABLE, NOT_RUN)

ALL, ANY = "all", "any"  # of a claim's parts, how many must hold
TINY = 1e-300  # what computation decides has a p of 0, which a correction for chance does not know

ABOVE, BELOW, TIE = "above", "below", "tie"
TOO_FEW_RUNS = "too_few_runs"
ALL_FAILED = "all_failed"
FAILURES = "failures"  # the treatment of failed runs changes the verdict
FLOOR = "n_below_resolution_floor"
STRADDLES = "ci_straddles_margin"
ORIGINAL_N = "original_n_too_small"
UNDERSPECIFIED = "underspecified_original"
UNCLEAR = "not_separated"  # neither better nor worse nor tied
STILL_MOVING = "still_moving"  # the runs had not arrived, or had done too little of the work that is compared
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
    None where it holds for none. Both are None for a rule without a margin. p: the smallest alpha at which the same
    outcome would hold, a refutation in the same direction; None where the verdict is open.
    """

    verdict: Verdict
    estimate: float | None = None
    interval: Interval | None = None
    d_repro: float | None = None
    d_refute: float | None = None
    p: float | None = None


def too_few(fewest: int) -> Verdict:
    """The verdict where there are fewer runs than a rule needs."""
    return Verdict(INCONCLUSIVE, TOO_FEW_RUNS, fewest)


def of_either_side(p_for: float, p_against: float, alpha: float) -> IntervalVerdict:
    """REPRODUCED where the p of the claimed direction is at most alpha, NOT_REPRODUCED(below) where the other p is."""
    if p_for <= alpha:
        return IntervalVerdict(Verdict(REPRODUCED), p=p_for)
    if p_against <= alpha:
        return IntervalVerdict(Verdict(NOT_REPRODUCED, BELOW), p=p_against)
    return IntervalVerdict(Verdict(INCONCLUSIVE, UNCLEAR))


def by_interval(interval: Interval, zone: Interval) -> Verdict | None:
    """REPRODUCED for an interval in the zone, NOT_REPRODUCED for one apart from it, None where it straddles."""
    if interval[0] >= zone[0] and interval[1] <= zone[1]:
        return Verdict(REPRODUCED)
    if interval[0] > zone[1]:
        return Verdict(NOT_REPRODUCED, ABOVE)
    return Verdict(NOT_REPRODUCED, BELOW) if interval[1] < zone[0] else None


def interval_p(verdict: Verdict, zone: Interval, p: Callable[[float, int], float], alpha: float) -> float | None:
    """The smallest alpha at which this verdict of `by_interval`, given at `alpha`, would hold; None where it is open.

    p(at, side): of the mean's being above `at` (side 1) or below it (side -1).
    """
    if verdict.outcome == INCONCLUSIVE:
        return None
    if verdict.outcome == REPRODUCED:
        found = max(p(zone[0], 1), p(zone[1], -1))
    else:
        found = p(zone[1], 1) if verdict.reason == ABOVE else p(zone[0], -1)
    return min(alpha, found)  # more can only be rounding


def of_set(outcomes: Sequence[str], ps: Sequence[float | None], alpha: float, holds: str = ALL) -> Verdict:
    """The verdict on a claim from those on its parts, with their counts as its reason.

    ps: the `p` of each part, of which those of decided parts count. A claim whose parts must ALL hold is REPRODUCED
    where each of them is, which needs no correction (Berger 1982). To say anything else, a part's p must be at most
    alpha after Holm's correction over the parts that were judged, the open ones with them, as any of these could have
    been the one; else the part counts as open. Then the claim is PARTIALLY where some are reproduced, else refuted
    where a part is. A claim of which ANY part must hold is REPRODUCED where one is, after Holm, and refuted where each
    part is. Parts not run or not testable count only where there are no others, but keep a claim of ANY from being
    refuted.
    """
    counts = Counter(outcomes)
    reason = ", ".join(f"{counts[o]} {o}" for o in OUTCOMES if counts[o]) if len(outcomes) > 1 else ""
    needed = REPRODUCED if holds == ALL else NOT_REPRODUCED
    if counts[needed] == len(outcomes) > 0:
        return Verdict(needed, reason)
    judged = [i for i, outcome in enumerate(outcomes) if outcome in (*DECIDED, INCONCLUSIVE)]
    adjusted = holm([max(ps[i], TINY) if outcomes[i] in DECIDED else 1.0 for i in judged])
    found = [outcomes[i] if p <= alpha else INCONCLUSIVE for i, p in zip(judged, adjusted, strict=True)]
    found += [outcome for outcome in outcomes if outcome in (NOT_RUN, NOT_TESTABLE)]
    if REPRODUCED in found:
        return Verdict(PARTIALLY if holds == ALL else REPRODUCED, reason)
    if holds == ANY:
        found = [INCONCLUSIVE if outcome == NOT_REPRODUCED else outcome for outcome in found]
    for outcome in (NOT_REPRODUCED, PARTIALLY, INCONCLUSIVE, NOT_RUN):
        if outcome in found:
            return Verdict(outcome, reason)
    return Verdict(NOT_TESTABLE, reason)
