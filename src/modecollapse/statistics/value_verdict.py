"""Whether a mean reproduces a published number: an equivalence test on Gaffke's interval, with a guard.

The rule: with I the 90 % interval of the mean (two one-sided tests at 5 %) and Z the published number, its rounding and
the margin, I inside Z reproduces it; I apart from Z refutes it if the number also lies outside the 95 % prediction
interval for a mean of as many runs as the original is taken to have had; all else is open.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import scipy

from modecollapse.statistics import verdicts
from modecollapse.statistics.intervals import Interval, Values, checked, gaffke, gaffke_p, log_t_interval, t_p
from modecollapse.statistics.margin import Margin
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict, too_few

TOLERANCE = 1e-9  # of the support: an interval that ends on the margin is inside, whatever the last bit says
PREDICTION = 0.95
RARE = 0.05  # share of our runs as far out as the published number
MOST_SEEDS = 10_000  # of the search for the seeds that could reproduce
MOST_LIKE_THESE = 500  # of the search for the seeds that would decide if they came out like these
POSITIVE = (0.0, float(np.finfo(float).max))  # what an unbounded measure may be
SD, SE, IMAGES = "sd-of-runs", "standard-error", "sd-of-images"  # what a published spread may be


class PublishedMean(NamedTuple):
    """A published mean: its rounding (half a unit of the last digit), its spread if given and what that may be, and
    the numbers of runs that may be behind it, of which the first decides."""

    value: float
    rounding: float
    runs: Sequence[int]
    spread: float | None = None
    readings: Sequence[str] = ()


def value_verdict(
    values: Values,
    published: PublishedMean,
    margin: Margin,
    support: Interval | None,
    *,
    fewest: int = 5,
    alpha: float = 0.05,
) -> IntervalVerdict:
    """Judge the runs' `values`, shape (n,), all within `support`, against a published mean.

    Where the support is None, values are positive and unbounded, and the interval is Student's on the log scale, whose
    coverage is nominal; equal values then decide nothing. The order of the values does not matter. Raises ValueError as
    `gaffke` does; no values at all are allowed.
    """
    if len(values) == 0:
        return IntervalVerdict(too_few(fewest))
    points = np.sort(checked(values, *(support or POSITIVE)))
    mean = float(np.clip(points.mean(), points[0], points[-1]))
    printed = (published.value, published.rounding)
    slack = TOLERANCE * (support[1] - support[0]) if support else 0.0
    zone = margin.zone(*printed)
    zone = (zone[0] - slack, zone[1] + slack)

    def interval_of(sample: np.ndarray) -> Interval | None:
        level = 1 - 2 * alpha
        return log_t_interval(sample, level) if support is None else gaffke(sample, *support, level=level)

    def is_decided(repeats: int) -> bool:
        sample = np.repeat(points, repeats)
        verdict = _decided(interval_of(sample), zone, _guards(sample, published))
        return verdict is not None and verdict.outcome != INCONCLUSIVE

    def p(at: float, side: int) -> float:
        if support is None:
            return t_p(np.log(points), np.log(at) if at > 0 else -np.inf, side)
        return gaffke_p(points, *support, at, side)

    interval, guards = interval_of(points), _guards(points, published)
    if interval is None:
        has_enough = points.size >= fewest
        return IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.FLOOR) if has_enough else too_few(fewest), mean)
    missed = margin.to_miss(*printed, interval) if all(guards) else None
    numbers = (mean, interval, margin.to_hold(*printed, interval), missed)
    if points.size < fewest:
        return IntervalVerdict(too_few(fewest), *numbers)
    verdict = _decided(interval, zone, guards)
    if verdict is None:
        reason = _why_open(points.size, mean, zone, support, alpha)
        verdict = Verdict(INCONCLUSIVE, reason, _seeds_needed(points.size, is_decided))
    return IntervalVerdict(verdict, *numbers, verdicts.interval_p(verdict, zone, p, alpha))


def reachable(
    n: int, zone: Interval, support: Interval | None, *, fewest: int = 5, alpha: float = 0.05
) -> list[Verdict]:
    """The verdicts that n runs can give at best, INCONCLUSIVE apart: what runs that all agree would yield."""
    if n < fewest:
        return []
    if support is None:
        return [Verdict(REPRODUCED), *(Verdict(NOT_REPRODUCED, way) for way in (verdicts.ABOVE, verdicts.BELOW))]
    low, high = support
    q = 1 - alpha ** (1 / n)  # how far the interval of equal values reaches, as a share of the way to the bound
    slack = TOLERANCE * (high - low)
    found = []
    least, most = (zone[0] - low * q - slack) / (1 - q), (zone[1] - high * q + slack) / (1 - q)
    if max(low, least) <= min(high, most):
        found.append(Verdict(REPRODUCED))
    if high - (high - low) * q > zone[1] + slack:
        found.append(Verdict(NOT_REPRODUCED, verdicts.ABOVE))
    if low + (high - low) * q < zone[0] - slack:
        found.append(Verdict(NOT_REPRODUCED, verdicts.BELOW))
    return found


def fewest_to_reproduce(zone: Interval, support: Interval, *, fewest: int = 5, alpha: float = 0.05) -> int | None:
    """The smallest number of runs with which REPRODUCED can be reached at all; None beyond MOST_SEEDS."""

    def is_enough(n: int) -> bool:
        return Verdict(REPRODUCED) in reachable(n, zone, support, fewest=fewest, alpha=alpha)

    sizes = range(fewest, MOST_SEEDS + 1)
    return sizes[bisect_left(sizes, True, key=is_enough)] if is_enough(MOST_SEEDS) else None


def _decided(interval: Interval, zone: Interval, guards: list[bool]) -> Verdict | None:
    """The verdict of an interval and a zone, None where more runs are needed."""
    verdict = verdicts.by_interval(interval, zone)
    if verdict is None or verdict.outcome == REPRODUCED or all(guards):
        return verdict
    return Verdict(INCONCLUSIVE, verdicts.UNDERSPECIFIED if any(guards) else verdicts.ORIGINAL_N)


def _guards(points: np.ndarray, published: PublishedMean) -> list[bool]:
    """For each reading of the original, whether its mean lies outside the prediction interval from our runs.

    Without a spread the original's runs vary as ours do. With one, it is the sd of those runs, the standard error of
    the mean, or about images, which says nothing of runs. The original is taken to have had the first of its possible
    numbers of runs; a single one may have been like those of ours that lie as far out, unless these are RARE.
    """
    if points.size < 2:
        return [False]
    ours = float(points.var(ddof=1)) if np.ptp(points) > 0 else 0.0
    n0 = published.runs[0]
    original = [ours / n0]
    if published.spread is not None:
        variances = {SD: published.spread**2 / n0, SE: published.spread**2, IMAGES: ours / n0}
        original = [variances[reading] for reading in published.readings]
    reach = scipy.stats.t.ppf((1 + PREDICTION) / 2, points.size - 1)
    apart = abs(published.value - points.mean()) - published.rounding
    outside = [bool(apart > reach * np.sqrt(ours / points.size + variance)) for variance in original]
    side = 1.0 if published.value < points.mean() else -1.0
    as_far = np.mean(side * points <= side * published.value + published.rounding)
    return [False] * len(outside) if n0 == 1 and as_far > RARE else outside


def _why_open(n: int, mean: float, zone: Interval, support: Interval | None, alpha: float) -> str:
    """The resolution floor, where the mean is in the zone but n runs cannot show it; else the interval's width."""
    within = zone[0] <= mean <= zone[1]
    reached = Verdict(REPRODUCED) in reachable(n, zone, support, fewest=1, alpha=alpha)
    return verdicts.FLOOR if within and not reached else verdicts.STRADDLES


def _seeds_needed(n: int, is_decided: Callable[[int], bool]) -> int | None:
    """How many runs like these would decide: a multiple of n, None where not even MOST_LIKE_THESE would."""
    times = range(2, MOST_LIKE_THESE // n + 1)
    return n * times[bisect_left(times, True, key=is_decided)] if times and is_decided(times[-1]) else None
