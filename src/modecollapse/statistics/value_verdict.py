"""Whether a mean reproduces a published number: an equivalence test on Gaffke's interval, with a guard.

The rule: with I the 90 % interval of the mean (two one-sided tests at 5 %) and Z the published number, its rounding and
the margin, I inside Z reproduces it; I apart from Z refutes it if the number also lies outside the 95 % prediction
interval for a mean of as few runs as the original may have had; all else is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from modecollapse.statistics import verdicts
from modecollapse.statistics.intervals import DRAWS, checked, gaffke
from modecollapse.statistics.margin import Interval, Margin
from modecollapse.statistics.nominal import log_t_interval
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, Verdict

TOLERANCE = 1e-9  # of the support: an interval that ends on the margin is inside, whatever the last bit says
PREDICTION = 0.95
RARE = 0.05  # share of our runs as far out as the published number
SEARCH_DRAWS = 4000
MOST_REPEATS = 256
POSITIVE = (0.0, float(np.finfo(float).max))  # what an unbounded measure may be
SD, SE, IMAGES = "sd-of-runs", "standard-error", "sd-of-images"  # what a published spread may be


class PublishedMean(NamedTuple):
    """A published mean: its rounding (half a unit of the last digit), its spread if given and what that may be, and
    the numbers of runs that may be behind it."""

    value: float
    rounding: float
    runs: Sequence[int]
    spread: float | None = None
    readings: Sequence[str] = ()


class ValueVerdict(NamedTuple):
    """The verdict; the mean and its interval (None without runs); the margins at which it would change.

    d_repro: the smallest margin that would give REPRODUCED; d_refute: NOT_REPRODUCED holds for all margins below it,
    None where it holds for none.
    """

    verdict: Verdict
    mean: float | None = None
    interval: Interval | None = None
    d_repro: float | None = None
    d_refute: float | None = None


def value_verdict(
    values: Sequence[float] | np.ndarray,
    published: PublishedMean,
    margin: Margin,
    support: Interval | None,
    rng: np.random.Generator,
    *,
    fewest: int = 5,
    alpha: float = 0.05,
) -> ValueVerdict:
    """Judge the runs' `values`, shape (n,), all within `support`, against a published mean.

    Where the support is None, values are positive and unbounded, and the interval is Student's on the log scale, whose
    coverage is nominal; equal values then decide nothing. The order of the values does not matter. Raises ValueError as
    `gaffke` does; no values at all are allowed.
    """
    if len(values) == 0:
        return ValueVerdict(Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, fewest))
    points = np.sort(checked(values, *(support or POSITIVE)))
    mean = float(np.clip(points.mean(), points[0], points[-1]))
    level = 1 - 2 * alpha
    interval = _interval(points, support, level, rng)
    too_few = Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, fewest)
    if interval is None:
        return ValueVerdict(too_few if points.size < fewest else Verdict(INCONCLUSIVE, verdicts.FLOOR), mean)
    place = (published.value, published.rounding)
    d_repro, missed = margin.to_hold(*place, interval), margin.to_miss(*place, interval)
    zone = margin.zone(*place)
    slack = TOLERANCE * (support[1] - support[0]) if support else 0.0
    guards = _guards(points, published)
    d_refute = missed if missed is not None and all(guards) else None
    if points.size < fewest:
        return ValueVerdict(too_few, mean, interval, d_repro, d_refute)
    outcome = _decided(interval, zone, slack, guards)
    if outcome is None:
        seeds = _seeds_needed(points, published, zone, slack, support, level, rng)
        reason = _why_open(points.size, mean, zone, support, alpha)
        outcome = Verdict(INCONCLUSIVE, reason, seeds)
    return ValueVerdict(outcome, mean, interval, d_repro, d_refute)


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
    """The smallest number of runs with which REPRODUCED can be reached at all; None beyond 10,000."""
    low, high = fewest, 10_000

    def enough(n: int) -> bool:
        return Verdict(REPRODUCED) in reachable(n, zone, support, fewest=fewest, alpha=alpha)

    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def _decided(interval: Interval, zone: Interval, slack: float, guards: list[bool]) -> Verdict | None:
    """The verdict of an interval and a zone, None where it is open for want of runs of ours."""
    if interval[0] >= zone[0] - slack and interval[1] <= zone[1] + slack:
        return Verdict(REPRODUCED)
    above, below = interval[0] > zone[1] + slack, interval[1] < zone[0] - slack
    if not (above or below):
        return None
    if all(guards):
        return Verdict(NOT_REPRODUCED, verdicts.ABOVE if above else verdicts.BELOW)
    return Verdict(INCONCLUSIVE, verdicts.UNDERSPECIFIED if any(guards) else verdicts.ORIGINAL_N)


def _guards(points: np.ndarray, published: PublishedMean) -> list[bool]:
    """For each reading of the original, whether its mean lies outside the prediction interval from our runs.

    Without a spread the original's runs vary as ours do, and the fewest that it may have had decide. With one, it is
    the sd of those runs, the standard error of the mean, or about images, which says nothing of runs. An original of a
    single run may have been like those of ours that lie as far out, unless these are RARE.
    """
    if points.size < 2:
        return [False]
    ours = float(points.var(ddof=1)) if np.ptp(points) > 0 else 0.0
    n0 = min(published.runs)
    original = [ours / n0]
    if published.spread is not None:
        variances = {SD: published.spread**2 / n0, SE: published.spread**2, IMAGES: ours / n0}
        original = [variances[reading] for reading in published.readings]
    reach = student.ppf((1 + PREDICTION) / 2, points.size - 1)
    apart = abs(published.value - points.mean()) - published.rounding
    outside = [bool(apart > reach * np.sqrt(ours / points.size + variance)) for variance in original]
    side = 1.0 if published.value < points.mean() else -1.0
    as_far = np.mean(side * points <= side * published.value + published.rounding)
    return [False] * len(outside) if n0 == 1 and as_far > RARE else outside


def _interval(
    points: np.ndarray,
    support: Interval | None,
    level: float,
    rng: np.random.Generator,
    repeats: int = 1,
    draws: int = DRAWS,
) -> Interval | None:
    """The interval of the mean of `repeats` times as many values."""
    if support is None:
        return log_t_interval(np.repeat(points, repeats), level)
    return gaffke(points, *support, rng=rng, level=level, repeats=repeats, draws=draws)


def _why_open(n: int, mean: float, zone: Interval, support: Interval | None, alpha: float) -> str:
    """The resolution floor, where the mean is in the zone but n runs cannot show it; else the interval's width."""
    within = zone[0] <= mean <= zone[1]
    reached = Verdict(REPRODUCED) in reachable(n, zone, support, fewest=1, alpha=alpha)
    return verdicts.FLOOR if within and not reached else verdicts.STRADDLES


def _seeds_needed(
    points: np.ndarray,
    published: PublishedMean,
    zone: Interval,
    slack: float,
    support: Interval | None,
    level: float,
    rng: np.random.Generator,
) -> int | None:
    """How many runs like these would decide: multiples of n up to MOST_REPEATS, None where not even those would."""

    def open_at(repeats: int) -> bool:
        guards = _guards(np.repeat(points, repeats), published)
        narrower = _interval(points, support, level, rng, repeats, SEARCH_DRAWS)
        verdict = _decided(narrower, zone, slack, guards)
        return verdict is None or verdict.outcome == INCONCLUSIVE

    repeats = 2
    while open_at(repeats):
        repeats *= 2
        if repeats > MOST_REPEATS:
            return None
    low, high = repeats // 2, repeats
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if open_at(middle) else (low, middle)
    return int(points.size * high)
