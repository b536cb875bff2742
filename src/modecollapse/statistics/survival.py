"""Times that not every run has reached: median times and mean times up to a horizon, from the Kaplan-Meier curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy

from modecollapse.statistics.intervals import Values
from modecollapse.statistics.permutation import SLACK, Permutations, permutation_p

Events = Sequence[bool] | np.ndarray  # shape (n,)


def median_time(times: Values, events: Events) -> float | None:
    """The first time by which at least half of the runs have reached a goal; None when it is not reached.

    times: shape (n,), n >= 1, finite and >= 0, in any unit; events: shape (n,), True where the goal was reached at that
    time, False where the run was only observed until then (right-censored). Censoring must not depend on the outcome.
    Raises ValueError when times and events are no such sample. Source: Kaplan and Meier 1958.
    """
    times, events = _checked(times, events)
    curve = scipy.stats.ecdf(scipy.stats.CensoredData.right_censored(times, ~events)).sf
    reached = curve.quantiles[curve.probabilities <= 0.5 * (1 + SLACK)]
    return float(reached[0]) if reached.size else None


def restricted_mean(times: Values, events: Events, horizon: float) -> float:
    """The mean time to the goal where a run that has not reached it by `horizon` counts as `horizon`.

    It is the exact area under the Kaplan-Meier curve, in the unit of the times, and without censoring before the
    horizon the mean of min(time, horizon). Arguments as in `median_time`; what happens after the horizon does not
    count. Raises ValueError also when the last run is censored before the horizon: there the curve is unknown.
    Source: Royston and Parmar 2013.
    """
    times, events = _checked(times, events)
    _check_reach(times, events, horizon)
    return float(_areas(np.ones((1, times.size), dtype=bool), times, events, horizon)[0])


def restricted_mean_difference(
    x_times: Values, x_events: Events, y_times: Values, y_events: Events, horizon: float, permutations: Permutations
) -> tuple[float, float]:
    """`restricted_mean` of X less that of Y, and its two-sided p over `permutations` of n and m runs.

    The p is that of equal distributions of times (and of censoring before the horizon, where there is any). Where only
    the means agree it holds for groups of one size; a small group with the larger spread is found too often (0.32
    instead of 0.05 for 10 runs that reach the goal at once or never against 30 alike). A permuted group whose curve
    ends before the horizon keeps its last share up to there (Gill 1980), so p is always defined.
    Arguments and errors as in `restricted_mean`; ValueError also for permutations of other sizes.
    Source: Horiguchi and Uno 2020.
    """
    x, y = _checked(x_times, x_events), _checked(y_times, y_events)
    n, m = x[0].size, y[0].size
    if permutations.first.shape[1] != n + m or permutations.first[0].sum() != n:
        raise ValueError(f"the permutations must be of {n} and {m} values")
    for group in (x, y):
        _check_reach(*group, horizon)
    times, events = np.concatenate([x[0], y[0]]), np.concatenate([x[1], y[1]])
    # The runs are sorted before they are divided, so that p does not depend on which group is called X.
    order = np.lexsort([events, times])
    first = np.vstack([order < n, permutations.first])
    observed, *permuted = np.subtract(*(_areas(who, times[order], events[order], horizon) for who in (first, ~first)))
    return float(observed), permutation_p(abs(observed), np.abs(permuted), permutations.exact)


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


def _checked(times: Values, events: Events) -> tuple[np.ndarray, np.ndarray]:
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
    if not 0 < horizon < np.inf:
        raise ValueError(f"horizon {horizon} must be finite and positive")
    if times[-1] < horizon and not events[times == times[-1]].all():
        raise ValueError(f"the last run is censored at {times[-1]}, before the horizon {horizon}")
