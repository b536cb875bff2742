"""Whether more than a share of the runs shows an event, and whether a mean lies within given bounds."""

from __future__ import annotations

import numpy as np
import scipy

from modecollapse.statistics import verdicts
from modecollapse.statistics.intervals import Interval, Values, clopper_pearson, gaffke, gaffke_p, t_interval, t_p
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict, too_few

MOST_SEEDS, STEP = 10_000, 1.1  # of the search for the seeds that would decide


def share_verdict(events: int, n: int, above: float, *, fewest: int = 5, alpha: float = 0.05) -> IntervalVerdict:
    """Whether the share of runs with an event exceeds `above`: by the interval of Clopper and Pearson.

    A claim that something occurs has `above` 0: one event decides for it, and no number of runs against it.
    """
    if n < fewest:
        return IntervalVerdict(too_few(fewest))
    interval = clopper_pearson(events, n, 1 - 2 * alpha)
    verdict = _decided(interval, above)
    if verdict is None:
        sizes = [int(k) for k in np.unique(np.ceil(n * STEP ** np.arange(1, 80))) if k <= MOST_SEEDS]
        likewise = ((k, clopper_pearson(round(events / n * k), k, 1 - 2 * alpha)) for k in sizes)
        seeds = next((k for k, narrower in likewise if _decided(narrower, above)), None)
        verdict = Verdict(INCONCLUSIVE, verdicts.STRADDLES, seeds)
    law = scipy.stats.binom(n, above)
    p = law.sf(events - 1) if verdict.outcome == REPRODUCED else law.cdf(events)
    return IntervalVerdict(verdict, events / n, interval, p=None if verdict.outcome == INCONCLUSIVE else float(p))


def _decided(interval: Interval, above: float) -> Verdict | None:
    """REPRODUCED for an interval above a share, NOT_REPRODUCED for one below it, None for one that holds it."""
    if interval[0] > above:
        return Verdict(REPRODUCED)
    return Verdict(NOT_REPRODUCED, verdicts.BELOW) if interval[1] < above else None


def bound_verdict(
    values: Values, bounds: Interval, support: Interval | None, *, fewest: int = 5, alpha: float = 0.05
) -> IntervalVerdict:
    """Whether the mean of `values`, shape (n,), lies within `bounds`: by Gaffke's interval, within the support.

    Without a support it is Student's interval, whose coverage is nominal; equal values then decide nothing. Raises
    ValueError on values that are not finite or out of the support.
    """
    if len(values) < fewest:
        return IntervalVerdict(too_few(fewest))
    points = np.sort(np.asarray(values, dtype=np.float64))
    if not np.isfinite(points).all():
        raise ValueError("values must be finite")
    level, mean = 1 - 2 * alpha, float(points.mean())
    interval = gaffke(points, *support, level=level) if support else t_interval(points, level)
    if interval is None:
        return IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.FLOOR), mean)
    verdict = verdicts.by_interval(interval, bounds) or Verdict(INCONCLUSIVE, verdicts.STRADDLES)

    def p(at: float, side: int) -> float:
        return gaffke_p(points, *support, at, side) if support else t_p(points, at, side)

    return IntervalVerdict(verdict, mean, interval, p=verdicts.interval_p(verdict, bounds, p, alpha))
