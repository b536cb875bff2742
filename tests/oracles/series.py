"""Parts of a series and how it swings, written a second time. A value is None where the measure has none."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np
from scipy.signal import detrend, periodogram

OK, CUT = "ok", "cut"
TINY = 1e-9  # of the largest value; less is rounding


class Value(NamedTuple):
    """A value, its status, and other values that rounding could have made of it."""

    value: float
    status: str = OK
    others: tuple[float, ...] = ()


Found = dict[str, Value | None]


def part(length: int, share: float) -> int:
    """How many evaluations a share of them is: rounded up, at least one."""
    return max(1, ceil(length * share - TINY))


def second_half(series: np.ndarray) -> np.ndarray:
    """The later evaluations, with the middle one."""
    return series[len(series) - part(len(series), 0.5) :] if len(series) else series


def end(series: np.ndarray) -> np.ndarray:
    """The last twenty evaluations, or the last half if that is less."""
    return series[len(series) - max(1, min(20, len(series) // 2)) :] if len(series) else series


def end_mean(series: np.ndarray) -> Value | None:
    """The mean of the end, if all of it is finite."""
    last = end(series)
    return Value(float(last.mean())) if len(last) and np.isfinite(last).all() else None


def until_broken(series: np.ndarray) -> tuple[np.ndarray, str]:
    """The series before its first NaN or infinity, and whether that cut it."""
    whole = np.logical_and.accumulate(np.isfinite(series)) if len(series) else np.zeros(0, dtype=bool)
    return series[whole], OK if whole.all() else CUT


def swings(name: str, series: np.ndarray) -> Found:
    """The five measures of oscillation of the last half of a series, each named after it."""
    values, status = until_broken(second_half(series))
    rest = _without_line(values) if len(values) >= 4 else None
    steps = np.diff(values)
    share, period = _peak(rest, status) if rest is not None and len(values) >= 8 else (None, None)
    enough = len(values) >= 2
    return {
        f"sign_changes:{name}": None if rest is None else Value(_turns(rest) / (len(values) - 1), status),
        f"peak_share:{name}": share,
        f"peak_period:{name}": period,
        f"total_variation:{name}": Value(float(np.abs(steps).sum()) / len(steps), status) if enough else None,
        f"drawdown:{name}": Value(_deepest_fall(values), status) if enough else None,
    }


def _without_line(values: np.ndarray) -> np.ndarray:
    rest = detrend(values, type="linear")
    rest[np.abs(rest) <= TINY * np.abs(values).max()] = 0
    return rest


def _turns(rest: np.ndarray) -> int:
    """Pairs of successive values that are not zero, of different signs."""
    signs = np.sign(rest[rest != 0])
    return int((signs[1:] * signs[:-1] < 0).sum())


def _peak(rest: np.ndarray, status: str) -> tuple[Value | None, Value | None]:
    """The strongest frequency's share of the power, and its period; equally strong ones may be taken as well."""
    if not rest.any():
        return None, None
    power = periodogram(rest / np.abs(rest).max(), detrend=False, scaling="spectrum")[1][1:]
    strongest = np.flatnonzero(power >= power.max() * (1 - TINY))
    periods = tuple(len(rest) / (strongest + 1))
    return Value(float(power.max() / power.sum()), status), Value(periods[0], status, periods)


def _deepest_fall(values: np.ndarray) -> float:
    """Over all pairs of an evaluation and a later one."""
    falls = values[:, None] - values[None, :]
    return float(np.triu(falls).max())
