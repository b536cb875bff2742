"""Measures of the series of one run, written a second time. A value is None where the measure has none."""

from __future__ import annotations

import numpy as np
import pandas as pd

IN_A_ROW = 4
TINY = 1e-9  # of the largest value; less is rounding

Found = dict[str, float | None]


def of_run(trace: pd.DataFrame) -> Found:
    """The measures of quality of one run, whose rows are sorted by step."""
    counts = np.stack(trace["mode_counts"].tolist())
    captured, modes = (counts > 0).sum(axis=1).astype(np.float64), counts.shape[1]
    steps = trace["step"].to_numpy()
    found: Found = {}
    for name, series in (("modes", captured), ("hq", counts.sum(axis=1) / trace["n"].to_numpy())):
        half = series[steps > 0.5 * steps[-1]]
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
    return found


def held_since(steps: np.ndarray, holds: np.ndarray) -> float:
    """The first step from which a condition holds IN_A_ROW evaluations in a row, or the last step."""
    runs = np.convolve(holds.astype(int), np.ones(IN_A_ROW, dtype=int), "valid") == IN_A_ROW
    return float(steps[np.flatnonzero(runs)[0]] if len(holds) >= IN_A_ROW and runs.any() else steps[-1])


def _spread(values: np.ndarray, weights: np.ndarray) -> float:
    """The standard deviation under weights, with one degree of freedom of the values taken for the mean."""
    variance = float(np.cov(values, aweights=weights, ddof=0))
    return float(np.sqrt(variance * len(values) / (len(values) - 1)))
