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
    found: Found = {}
    steps = trace["step"].to_numpy()
    late, lasts = 2 * steps > steps[-1], np.diff(steps, prepend=0)
    for name, series in (("modes", captured), ("hq", counts.sum(axis=1) / trace["n"].to_numpy())):
        half = series[late]
        found[f"drawdown:{name}"] = _deepest_fall(half) if len(half) > 1 else None
        if name == "modes":
            found["within_sd:modes"] = _spread(half) if len(half) > 1 else None
        else:
            found["within_cv:hq"] = _spread(half) / half.mean() if len(half) > 1 and half.any() else None
    found["full_coverage_share"] = float(lasts[late & (captured == modes)].sum() / lasts[late].sum())
    for share in (0.5, 0.9, 1.0):
        wanted = captured >= int(share * modes + TINY * modes)
        found[f"coverage_time:{share:g}"] = held_since(steps, wanted)
    even = lasts >= lasts.max() - 1
    half = even & (2 * steps > steps[even][-1])
    for column in trace.columns:
        if column.startswith("mean_loss_"):
            found |= swings(column.removeprefix("mean_"), trace.loc[half, column].to_numpy())
    return found


def end(values: pd.Series) -> pd.Series:
    """The evaluations of the last tenth of the steps, of values by step."""
    return values[10 * values.index > 9 * values.index.max()]


def swings(name: str, half: np.ndarray) -> Found:
    """The two measures of oscillation of the last half of a series, until its first NaN or infinity."""
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


def _spread(last: np.ndarray) -> float:
    """The standard deviation, with one degree of freedom taken for the mean."""
    return float(np.sqrt(((last - last.mean()) ** 2).sum() / (len(last) - 1)))
