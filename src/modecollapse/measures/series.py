"""The series of one seed in a trace, the parts of a series that measures read, and why a value is missing.

A series is what one seed showed at its evaluations, in order. Measures of it return the value and its status; the value
is NaN under any status but `ok`, `cut` and `censored`. `run` is the rows of one seed, sorted by step.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from modecollapse.measures import STATUS_OK as OK
from modecollapse.training.trace import COUNTS

Found = tuple[float, str]  # a value and its status

CUT = "cut"  # the value is that of the evaluations before the first NaN or infinity
CENSORED = "censored"  # the event did not come within the budget, which is the value
SHORT = "short"  # too few evaluations
FLAT = "flat"  # the series does not vary, and the formula divides by its variation
NONFINITE = "nonfinite"  # a NaN or an infinity where the measure cannot leave it out
ZERO = "zero"  # the formula divides by a quantity that is zero
ABSENT = "absent"  # the trace or the caller does not give what the formula needs

FLAT_BELOW = 1e-9  # relative to the largest value: far below the last digit of single precision
MEAN = "mean_"
SIGNALS = ("state_M_global", "aux_L_x", "aux_D_from_half", "aux_z_error")
LABELS = {  # of measures of series, in print
    "loss_blowup": "Blow-up",
    "coverage_time:1": "Steps to full coverage",
    "full_coverage_share": "Time at full coverage",
    "within_sd:modes": "Spread within a run (modes)",
    "drawdown:modes": "Largest loss of modes",
    "sign_changes:loss_D": "Turns of D's loss",
    "peak_share:loss_D": "Spectral peak of D's loss",
    "D_from_half": "|D - 1/2|",
}


def finite_start(series: np.ndarray) -> tuple[np.ndarray, str]:
    """The series, shape (T,), up to its first NaN or infinity as float64, and `ok` or `cut`."""
    values = np.asarray(series, dtype=np.float64)
    broken = np.flatnonzero(~np.isfinite(values))
    return (values[: broken[0]], CUT) if broken.size else (values, OK)


def finite_mean(series: np.ndarray, weights: np.ndarray | None = None) -> Found:
    """The mean of a series, which must be finite throughout; weights: of its values, equal ones by default."""
    values = np.asarray(series, dtype=np.float64)
    if not values.size:
        return missing(SHORT)
    return (float(np.average(values, weights=weights)), OK) if np.isfinite(values).all() else missing(NONFINITE)


def missing(status: str) -> Found:
    """No value, for a reason."""
    return float("nan"), status


def after(run: pd.DataFrame, share: float) -> pd.DataFrame:
    """The evaluations of a run after a share of its steps; the last one is always among them."""
    steps, last = run["step"], run["step"].max()
    return run[(steps > share * last) | (steps == last)]


def late(run: pd.DataFrame) -> pd.DataFrame:
    """The evaluations of the last half of the steps."""
    return after(run, 0.5)


def endpoint(run: pd.DataFrame) -> pd.DataFrame:
    """The evaluations of the last tenth of the steps."""
    return after(run, 0.9)


def durations(run: pd.DataFrame) -> pd.Series:
    """For each row of a run, the steps since the evaluation before it; 0 for the untrained networks."""
    return run["step"].diff().fillna(run["step"])


def evenly_spaced(run: pd.DataFrame) -> pd.DataFrame:
    """The evaluations after step 0 without those at the end of a run that are closer to each other than the rest."""
    lengths = durations(run)
    return run[(run["step"] > 0) & (lengths >= lengths.max() - 1)]  # whole steps: distances differ by one


def qualities(run: pd.DataFrame, modes: int, counts: str = COUNTS) -> dict[str, np.ndarray]:
    """The modes captured, and the share of high-quality samples from 0 to 1, each (T,), of the samples in every mode.

    ValueError where the trace has another K than `modes`.
    """
    held = np.stack([np.asarray(row) for row in run[counts]])
    if held.shape[1] != modes:
        raise ValueError(f"the trace counts {held.shape[1]} modes, not {modes}")
    return {"modes": np.count_nonzero(held, axis=1).astype(float), "hq": held.sum(1) / run["n"].to_numpy()}


def trained(run: pd.DataFrame, column: str) -> np.ndarray:
    """A column at the evaluations after step 0, which has no loss, gradient norm or state."""
    return run.loc[run["step"] > 0, column].to_numpy(dtype=np.float64)


def averaged(trace: pd.DataFrame) -> list[str]:
    """What the trace has window means of: losses (`loss_D`), their auxiliary values (`aux_L_x`), states (`state_k`)."""
    return [column.removeprefix(MEAN) for column in trace.columns if column.startswith(MEAN)]


def window_means(run: pd.DataFrame, name: str) -> np.ndarray:
    """One of `averaged`, (T,): its means over the steps between two evaluations."""
    return trained(run, MEAN + name)


def end_mean(run: pd.DataFrame, name: str) -> Found:
    """The mean of one of `averaged` over its endpoint."""
    return finite_mean(window_means(endpoint(run), name))


def signals(trace: pd.DataFrame) -> list[str]:
    """Those of `averaged` that could stand for convergence: losses, BEGAN's M_global and L(x), D's distance from 1/2.

    The values of a single step are too noisy for that: one batch moves them by more than much training does.
    """
    return [name for name in averaged(trace) if name.startswith("loss_") or name in SIGNALS]
