"""The verdict on a published number, computed again: where the 90 % interval of the mean lies beside its zone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import t as student

from modecollapse.audit.again.tables.ranges import Range
from modecollapse.audit.again.verdicts.interval import Ends, gaffke, student_ends
from modecollapse.audit.again.verdicts.runs import mean
from modecollapse.audit.again.verdicts.words import (
    ABOVE,
    BELOW,
    INCONCLUSIVE,
    NOT_REPRODUCED,
    REPRODUCED,
    Found,
    Options,
    Verdict,
    every,
    read,
    settled,
)
from modecollapse.audit.again.verdicts.zone import Zone

SLACK = 1e-9  # of the support: an end that lies on the zone's is inside
RARE, PREDICTION = 0.05, 0.95
MOST_REPEATS = 256


def judge(points: np.ndarray, of: Zone, support: Range | None, settings: dict[str, Any], written: str) -> Found:
    """The verdict, the mean, its interval and margins; `written`: the verdict that random draws may have decided."""
    alpha, fewest, n = settings["alpha"], settings["fewest_runs"], len(points)
    few = Verdict(INCONCLUSIVE, "too_few_runs", fewest)
    if n == 0:
        return Found(few)
    points = np.sort(points)
    centre, ends = mean(points), interval_of(points, support, alpha)
    if ends is None:
        return Found(few if n < fewest else Verdict(INCONCLUSIVE, "n_below_resolution_floor"), estimate=centre)
    guarded = guards(points, of, settings["plausible_runs"])
    told = {"estimate": centre, "lower": ends[0], "upper": ends[1], "margins": _margins(of, guarded)}
    if n < fewest:
        return Found(few, **told)
    slack = SLACK * (support[1] - support[0]) if support else 0.0
    possible = decided(ends, of.ends, slack, guarded)
    if None in possible:
        reason = why_open(n, centre, of.ends, slack, support, alpha)
        later = _Later(points, of, support, settings, slack)
        opened = Verdict(INCONCLUSIVE, reason, later.seeds(read(written), reason))
        possible = [opened if verdict is None else verdict for verdict in possible]
    chosen, close = settled(possible, written)
    return Found(chosen, close, **told)


def interval_of(points: np.ndarray, support: Range | None, alpha: float, repeats: int = 1) -> Ends | None:
    """Gaffke's where the support is finite, else Student's of logarithms."""
    if support:
        return gaffke(points, support, alpha, repeats)
    return student_ends(np.repeat(points, repeats), alpha, logs=True)


def decided(ends: Ends, zone: Range, slack: float, guarded: list[bool]) -> list[Verdict | None]:
    """The verdicts that an interval can give, the most likely first; None is open for want of our runs."""
    reasons = {True: "underspecified_original", False: "original_n_too_small"}
    low, high = zone[0] - slack, zone[1] + slack
    found = []
    for from_low, past_high, above, past_low in every(
        ends[0].above(low), ends[1].above(high), ends[0].above(high), ends[1].above(low)
    ):
        if from_low and not past_high:
            verdict = Verdict(REPRODUCED)
        elif not above and past_low:
            verdict = None
        elif all(guarded):
            verdict = Verdict(NOT_REPRODUCED, ABOVE if above else BELOW)
        else:
            verdict = Verdict(INCONCLUSIVE, reasons[any(guarded)])
        found.append(verdict)
    return list(dict.fromkeys(found))


def guards(points: np.ndarray, of: Zone, plausible: Sequence[int]) -> list[bool]:
    """For each reading of the original, whether its mean is further out than means of so few runs like ours go."""
    n, fewest = len(points), min(plausible)
    if n < 2:
        return [False]
    ours = float(np.var(points, ddof=1)) if points.max() > points.min() else 0.0
    own = {"sd-of-runs": (of.spread or 0.0) ** 2 / fewest, "standard-error": (of.spread or 0.0) ** 2}
    variances = [own.get(reading, ours / fewest) for reading in (of.readings if of.spread is not None else ["ours"])]
    centre = np.mean(points)
    reach = student.isf((1 - PREDICTION) / 2, n - 1)
    outside = [bool(abs(of.number - centre) - of.rounding > reach * np.sqrt(ours / n + v)) for v in variances]
    beyond = points <= of.number + of.rounding if of.number < centre else points >= of.number - of.rounding
    return [False] * len(outside) if fewest == 1 and np.mean(beyond) > RARE else outside


def why_open(n: int, centre: float, zone: Range, slack: float, support: Range | None, alpha: float) -> str:
    """Whether even n equal values could not have shown what the mean suggests."""
    if support is None or not zone[0] <= centre <= zone[1]:
        return "ci_straddles_margin"
    kept = alpha ** (1 / n)  # of the way from a bound to n equal values the interval leaves out this share
    least = (zone[0] - slack - support[0] * (1 - kept)) / kept
    most = (zone[1] + slack - support[1] * (1 - kept)) / kept
    possible = max(least, support[0]) <= min(most, support[1])
    return "ci_straddles_margin" if possible else "n_below_resolution_floor"


class _Later:
    """What more runs like these would decide: `repeats` times as many, each value that often."""

    def __init__(
        self, points: np.ndarray, of: Zone, support: Range | None, settings: dict[str, Any], slack: float
    ) -> None:
        self.points, self.of, self.support, self.settings, self.slack = points, of, support, settings, slack
        self.known: dict[int, Options] = {}

    def opens(self, repeats: int) -> Options:
        """Whether the verdict would still be open."""
        if repeats not in self.known:
            guarded = guards(np.repeat(self.points, repeats), self.of, self.settings["plausible_runs"])
            ends = interval_of(self.points, self.support, self.settings["alpha"], repeats)
            possible = [None] if ends is None else decided(ends, self.of.ends, self.slack, guarded)
            told = [verdict is None or verdict.outcome == INCONCLUSIVE for verdict in possible]
            self.known[repeats] = list(dict.fromkeys(told))
        return self.known[repeats]

    def seeds(self, written: Verdict, reason: str) -> int | None:
        """The written number where random draws allow it, else ours: a multiple of n, None beyond MOST_REPEATS."""
        n = len(self.points)
        if (written.outcome, written.reason) == (INCONCLUSIVE, reason) and self._allows(written.seeds, n):
            return written.seeds
        repeats = 2
        while self.opens(repeats)[0]:
            repeats *= 2
            if repeats > MOST_REPEATS:
                return None
        low, high = repeats // 2, repeats
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.opens(middle)[0] else (low, middle)
        return n * high

    def _allows(self, seeds: int | None, n: int) -> bool:
        if seeds is None:
            return all(True in self.opens(2**power) for power in range(1, MOST_REPEATS.bit_length()))
        repeats, rest = divmod(seeds, n)
        if rest or not 2 <= repeats <= MOST_REPEATS:
            return False
        return False in self.opens(repeats) and (repeats == 2 or True in self.opens(repeats - 1))


def _margins(of: Zone, guarded: list[bool]) -> Callable[[Range], tuple[float, float | None]]:
    """d_repro and d_refute of an interval: no margin refutes where the original may have been as far out."""

    def told(interval: Range) -> tuple[float, float | None]:
        hold, miss = of.margins(interval)
        return hold, miss if all(guarded) else None

    return told
