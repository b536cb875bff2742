"""Measures of the series of one run, written a second time. A value is None where the measure has none."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.signal import detrend, periodogram

IN_A_ROW = 4
TINY = 1e-9  # of the largest value; less is rounding

Found = dict[str, float | None]


def of_run(trace: pd.DataFrame) -> Found:
    """The measures of quality and losses of one run, whose rows are sorted by step."""
    counts = np.stack(trace["mode_counts"].tolist())
    captured, modes = (counts > 0).sum(axis=1).astype(np.float64), counts.shape[1]
    steps = trace["step"].to_numpy()
    found: Found = {}
    for name, series in (("modes", captured), ("hq", counts.sum(axis=1) / trace["n"].to_numpy())):
        half = series[steps > 0.5 * steps[-1]]
        found[f"drawdown:{name}"] = _deepest_fall(half) if len(half) > 1 else None
        weights = np.minimum(np.diff(steps, prepend=0), np.maximum(steps - 0.5 * steps[-1], 0))[-len(half) :]
        spread = _spread(half, weights) if len(half) > 1 else None
        if name == "modes":
            found["within_sd:modes"] = spread
        elif half.any():
            found["within_cv:hq"] = spread and spread * weights.sum() / (half @ weights)
    of_step = np.repeat(captured[1:], np.diff(steps))  # what the next evaluation found
    found["full_coverage_share"] = float((of_step[len(of_step) // 2 :] == modes).mean())
    for share in (0.5, 0.9, 1.0):
        wanted = captured >= int(share * modes + TINY * modes)
        found[f"coverage_time:{share:g}"] = held_since(steps, wanted)
    for column in trace.columns:
        if column.startswith("mean_loss_"):
            found |= swings(column.removeprefix("mean_"), equal_windows(steps, trace[column].to_numpy()[1:]))
    return found


def equal_windows(steps: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The means of windows as long as the first, of steps that each are taken for the mean of their own window."""
    lengths = np.diff(steps)
    if lengths.max() - lengths.min() <= 1:
        return means
    windows = round(steps[-1] / lengths[0])
    return np.repeat(means, windows * lengths).reshape(windows, steps[-1]).mean(axis=1)


def swings(name: str, series: np.ndarray) -> Found:
    """The two measures of oscillation of the last half of a series, until its first NaN or infinity."""
    half = series[len(series) // 2 :]
    values = half[np.logical_and.accumulate(np.isfinite(half))]
    rest = _without_line(values) if len(values) >= 4 else None
    return {
        f"sign_changes:{name}": None if rest is None else _turns(rest) / (len(values) - 1),
        f"peak_share:{name}": _peak(rest) if len(values) >= 8 else None,
    }


def held_since(steps: np.ndarray, holds: np.ndarray) -> float:
    """The first step from which a condition holds IN_A_ROW evaluations in a row, or the last step."""
    runs = np.convolve(holds.astype(int), np.ones(IN_A_ROW, dtype=int), "valid") == IN_A_ROW
    return float(steps[np.flatnonzero(runs)[0]] if len(holds) >= IN_A_ROW and runs.any() else steps[-1])


def _without_line(values: np.ndarray) -> np.ndarray:
    rest = detrend(values, type="linear")
    rest[np.abs(rest) <= TINY * np.abs(values).max()] = 0
    return rest


def _turns(rest: np.ndarray) -> int:
    """Pairs of successive values that are not zero, of different signs."""
    signs = np.sign(rest[rest != 0])
    return int((signs[1:] * signs[:-1] < 0).sum())


def _peak(rest: np.ndarray) -> float | None:
    """The strongest frequency's share of the power."""
    if not rest.any():
        return None
    power = periodogram(rest / np.abs(rest).max(), detrend=False, scaling="spectrum")[1][1:]
    return float(power.max() / power.sum())


def _deepest_fall(values: np.ndarray) -> float:
    """Over all pairs of an evaluation and a later one."""
    return float(np.triu(values[:, None] - values[None, :]).max())


def _spread(values: np.ndarray, weights: np.ndarray) -> float:
    """The standard deviation under weights, with one degree of freedom of the values taken for the mean."""
    variance = float(np.cov(values, aweights=weights, ddof=0))
    return float(np.sqrt(variance * len(values) / (len(values) - 1)))
