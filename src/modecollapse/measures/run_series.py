"""The series of one seed in a trace, and the parts of a series that measures read.

`run` is the rows of one seed, sorted by step.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from modecollapse.measures.series import share_of
from modecollapse.training.trace import COUNTS

ENDPOINT = 20  # evaluations
MEAN = "mean_"
SIGNALS = ("state_M_global", "seen_L_x", "seen_D_from_half")


def mode_counts(run: pd.DataFrame, modes: int, counts: str = COUNTS) -> np.ndarray:
    """(T, K): the samples in every mode. ValueError where the trace has another K than `modes`."""
    held = np.stack([np.asarray(row) for row in run[counts]])
    if held.shape[1] != modes:
        raise ValueError(f"the trace counts {held.shape[1]} modes, not {modes}")
    return held


def qualities(run: pd.DataFrame, modes: int, counts: str = COUNTS) -> dict[str, np.ndarray]:
    """The modes captured, and the share of high-quality samples from 0 to 1, each (T,)."""
    held = mode_counts(run, modes, counts)
    return {"modes": np.count_nonzero(held, axis=1).astype(float), "hq": held.sum(1) / run["n"].to_numpy()}


def trained(run: pd.DataFrame, column: str) -> np.ndarray:
    """A column at the evaluations after step 0, which has no loss, gradient norm or state."""
    return run.loc[run["step"] > 0, column].to_numpy(dtype=np.float64)


def averaged(trace: pd.DataFrame) -> list[str]:
    """What the trace has window means of: losses (`loss_D`), notes of losses (`seen_L_x`), states (`state_k`)."""
    return [column.removeprefix(MEAN) for column in trace.columns if column.startswith(MEAN)]


def window_means(run: pd.DataFrame, name: str) -> np.ndarray:
    """One of `averaged`, (T,): its means over the steps between two evaluations."""
    return trained(run, MEAN + name)


def signals(trace: pd.DataFrame) -> list[str]:
    """Those of `averaged` that could stand for convergence: losses, BEGAN's M_global and L(x), D's distance from 1/2.

    Of a single step they are too noisy for that: one batch moves them by more than much training does.
    """
    return [name for name in averaged(trace) if name.startswith("loss_") or name in SIGNALS]


def late(series: np.ndarray) -> np.ndarray:
    """The last half of the evaluations."""
    return series[-share_of(len(series), 0.5) :]


def endpoint(series: np.ndarray, last: int = ENDPOINT) -> np.ndarray:
    """The `last` evaluations, but no more than half of all."""
    return series[-max(1, min(last, len(series) // 2)) :]


def endpoint_mean(series: np.ndarray, last: int = ENDPOINT) -> float:
    """The mean of the endpoint; NaN where any of it is not finite."""
    values = endpoint(series, last)
    return float(values.mean()) if values.size and np.isfinite(values).all() else float("nan")
