"""Times that not every run has reached: the share still waiting, and mean times up to a horizon."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import CensoredData, ecdf

from modecollapse.statistics.permutation import SLACK, Splits, permutation_p


class Waiting(NamedTuple):
    """The Kaplan-Meier curve, one entry for each distinct time, ascending; before the first one the share is 1.

    share: of runs that have not reached the goal by this time, lower <= share <= upper (a band for each time, not for
    the curve); at_risk: runs that had neither reached it nor been censored before this time.
    """

    times: np.ndarray
    share: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    at_risk: np.ndarray


def survival(times: Sequence[float] | np.ndarray, events: Sequence[bool] | np.ndarray, level: float = 0.95) -> Waiting:
    """The share of runs that have not reached a goal, with a log-log band.

    times: shape (n,), n >= 1, finite and >= 0, in any unit; events: shape (n,), True where the goal was reached at that
    time, False where the run was only watched until then (right-censored). Censoring must not depend on the outcome.
    While nobody or once everybody has reached the goal the log-log band is undefined; the band is then that of Clopper
    and Pearson for 0 or all of the effective number of runs (all n where nothing was censored before). With few runs
    the level is nominal: ten runs of which 0.95 wait are covered with 0.91.
    Raises ValueError when times and events are no such sample or level is not in (0, 1).
    Sources: Kaplan and Meier 1958; Sawyer 2003 (exponential Greenwood); Dorey and Korn 1987 (effective number).
    """
    times, events = _checked(times, events)
    if not 0 < level < 1:
        raise ValueError(f"level {level} must lie in (0, 1)")
    curve = ecdf(CensoredData.right_censored(times, ~events)).sf
    with warnings.catch_warnings():  # of the ends that are decided below
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(level, method="log-log")
    share = curve.probabilities
    at_risk = times.size - np.searchsorted(times, curve.quantiles, side="left")
    effective = at_risk / np.concatenate([[1.0], share[:-1]])
    reach = ((1 - level) / 2) ** (1 / effective)
    lower = np.select([share == 1, share == 0], [reach, 0.0], band.low.probabilities)
    upper = np.select([share == 1, share == 0], [1.0, 1 - reach], band.high.probabilities)
    return Waiting(curve.quantiles, share, lower, upper, at_risk)


def median_time(times: Sequence[float] | np.ndarray, events: Sequence[bool] | np.ndarray) -> float | None:
    """The first time by which at least half of the runs have reached the goal; None when it is not reached.

    Arguments and errors as in `survival`.
    """
    curve = survival(times, events)
    reached = curve.times[curve.share <= 0.5 * (1 + SLACK)]
    return float(reached[0]) if reached.size else None


def restricted_mean(times: Sequence[float] | np.ndarray, events: Sequence[bool] | np.ndarray, horizon: float) -> float:
    """The mean time to the goal where a run that has not reached it by `horizon` counts as `horizon`.

    It is the exact area under the Kaplan-Meier curve, in the unit of the times, and without censoring before the
    horizon the mean of min(time, horizon). Arguments as in `survival`; what happens after the horizon does not count.
    Raises ValueError also when the last run is censored before the horizon: there the curve is unknown.
    Source: Royston and Parmar 2013.
    """
    times, events = _checked(times, events)
    _check_reach(times, events, horizon)
    return float(_areas(np.ones((1, times.size), dtype=bool), times, events, horizon)[0])


def restricted_mean_difference(
    x_times: Sequence[float] | np.ndarray,
    x_events: Sequence[bool] | np.ndarray,
    y_times: Sequence[float] | np.ndarray,
    y_events: Sequence[bool] | np.ndarray,
    horizon: float,
    splits: Splits,
) -> tuple[float, float]:
    """`restricted_mean` of X less that of Y, and its two-sided p over `splits` of n and m runs.

    The p is that of equal distributions of times (and of censoring before the horizon, where there is any). Where only
    the means agree it holds for groups of one size; a small group with the larger spread is found too often (0.32
    instead of 0.05 for 10 runs that reach the goal at once or never against 30 alike). A permuted group whose curve
    ends before the horizon keeps its last share up to there (Gill 1980), so p is always defined.
    Arguments and errors as in `restricted_mean`; ValueError also for splits of other sizes.
    Source: Horiguchi and Uno 2020.
    """
    x, y = _checked(x_times, x_events), _checked(y_times, y_events)
    n, m = x[0].size, y[0].size
    if splits.first.shape[1] != n + m or splits.first[0].sum() != n:
        raise ValueError(f"the splits must be of {n} and {m} values")
    for group in (x, y):
        _check_reach(*group, horizon)
    times, events = np.concatenate([x[0], y[0]]), np.concatenate([x[1], y[1]])
    # Splits divide the runs in an order of their own, so that p does not depend on who is called X.
    order = np.lexsort([events, times])
    observed = _differences((order < n)[np.newaxis], times[order], events[order], horizon)
    permuted = _differences(splits.first, times[order], events[order], horizon)
    return float(observed[0]), permutation_p(abs(float(observed[0])), np.abs(permuted), splits.exact)


def _differences(first: np.ndarray, times: np.ndarray, events: np.ndarray, horizon: float) -> np.ndarray:
    return _areas(first, times, events, horizon) - _areas(~first, times, events, horizon)


def _areas(members: np.ndarray, times: np.ndarray, events: np.ndarray, horizon: float) -> np.ndarray:
    """The area up to `horizon` under the curve of each row of `members`, bool (B, n); the result has shape (B,)."""
    steps = np.unique(times[events & (times < horizon)])
    weights = members.astype(np.float64)
    at_risk = weights @ (times[:, np.newaxis] >= steps)
    reached = weights @ ((times[:, np.newaxis] == steps) & events[:, np.newaxis])
    # Where nobody is at risk any more nobody reaches the goal either, and the curve stays where it is.
    shares = np.cumprod(1 - reached / np.maximum(at_risk, 1), axis=1)
    widths = np.diff(np.concatenate([[0.0], steps, [horizon]]))
    return widths[0] + shares @ widths[1:]


def _checked(times: Sequence[float] | np.ndarray, events: Sequence[bool] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`times` as float64 in ascending order and `events` as bool in the same order."""
    points, reached = np.asarray(times, dtype=np.float64), np.asarray(events)
    if points.ndim != 1 or points.size == 0 or points.shape != reached.shape:
        raise ValueError(f"times and events must be two lists of one length, got {points.shape} and {reached.shape}")
    if not np.isfinite(points).all() or points.min() < 0:
        raise ValueError("times must be finite and not negative")
    if not np.isin(reached, (False, True)).all():
        raise ValueError("events must be True or False")
    order = np.argsort(points)
    return points[order], reached[order].astype(bool)


def _check_reach(times: np.ndarray, events: np.ndarray, horizon: float) -> None:
    """ValueError unless the curve of ascending `times` is known up to `horizon`."""
    if not (np.isfinite(horizon) and horizon > 0):
        raise ValueError(f"horizon {horizon} must be finite and positive")
    if times[-1] < horizon and not events[times == times[-1]].all():
        raise ValueError(f"the last run is censored at {times[-1]}, before the horizon {horizon}")
