"""What every measure of a series does first: where the series stops being numbers, and why a value is missing.

A series is what one seed showed at its evaluations, in order. Measures of it return the value and its status; the value
is NaN under any status but `ok`, `cut` and `censored`.
"""

from __future__ import annotations

import numpy as np

from modecollapse.measures import STATUS_OK

Found = tuple[float, str]  # a value and its status

OK = STATUS_OK
CUT = "cut"  # the value is that of the evaluations before the first NaN or infinity
CENSORED = "censored"  # the event did not come within the budget, which is the value
SHORT = "short"  # too few evaluations
FLAT = "flat"  # the series does not vary, and the formula divides by its variation
NONFINITE = "nonfinite"  # a NaN or an infinity where the measure cannot leave it out
ZERO = "zero"  # the formula divides by a quantity that is zero
NO_LEADER = "no-leader"  # no mode is dominant in two evaluations in a row
ABSENT = "absent"  # the trace or the caller does not give what the formula needs

FLAT_BELOW = 1e-9  # relative to the largest value: far below the last digit of single precision


def finite_start(series: np.ndarray) -> tuple[np.ndarray, str]:
    """The series, shape (T,), up to its first NaN or infinity as float64, and `ok` or `cut`."""
    values = np.asarray(series, dtype=np.float64)
    broken = np.flatnonzero(~np.isfinite(values))
    return (values[: broken[0]], CUT) if broken.size else (values, OK)


def missing(status: str) -> Found:
    """No value, for a reason."""
    return float("nan"), status


def share_of(length: int, share: float) -> int:
    """How many evaluations are a share of `length`, rounded up and at least one."""
    return max(1, int(np.ceil(length * share - FLAT_BELOW)))
