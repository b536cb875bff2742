"""The series of one seed in a trace, and the parts of a series that measures read.

`run` is the rows of one seed, sorted by step.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from modecollapse.measures.series import share_of
from modecollapse.training.trace import COUNTS

ENDPOINT = 20  # evaluations


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
    """A loss, gradient norm or state at the evaluations after step 0, which has none."""
    return run.loc[run["step"] > 0, column].to_numpy(dtype=np.float64)


def signals(trace: pd.DataFrame) -> list[str]:
    """The columns that could stand for convergence: the losses, and BEGAN's M_global."""
    return [name for name in trace.columns if name.startswith("loss_") or name == "state_M_global"]


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
