"""Curves of a study that is still running, as text: from the traces of finished blocks and of newest checkpoints."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.box import SIMPLE
from rich.table import Table
from safetensors import SafetensorError, safe_open

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.training.checkpoint import SLOTS
from modecollapse.training.trace import COUNTS

BARS = "▁▂▃▄▅▆▇█"
MODES = "modes"  # the modes with a high-quality sample; any other name is a column of the trace
WIDTH = 30  # evaluations that a curve shows, the last ones


@dataclass(frozen=True)
class Curve:
    """The means over the seeds of a block at its evaluations."""

    block: str
    finished: bool
    steps: np.ndarray
    values: np.ndarray


def curves(results: Path, column: str = MODES) -> list[Curve]:
    """A curve for each block below runs/ that has a trace, by path; StudyError where there is none, or no such column.

    A checkpoint that is being replaced at this moment is left out, since the other one is whole.
    """
    found, offered = [], {MODES}
    left = [path for name in (*SLOTS, "trace.parquet") for path in (results / "runs").glob(f"**/{name}")]
    for folder in sorted({path.parent for path in left}):
        trace = _trace(folder)
        if trace is None or not len(trace):
            continue
        offered |= {name for name in trace.columns if trace[name].dtype.kind == "f"}
        if column == MODES:
            trace = trace.assign(**{MODES: trace[COUNTS].map(np.count_nonzero)})
        if column in trace:
            means = trace.groupby("step")[column].mean().dropna()
            block = folder.relative_to(results / "runs").as_posix()
            steps, values = means.index.to_numpy(), means.to_numpy(dtype=float)
            found.append(Curve(block, (folder / "run.json").exists(), steps, values))
    if not found:
        allowed = f"one of {', '.join(sorted(offered))}" if len(offered) > 1 else "the results of a study that trains"
        raise StudyError(f"{results}: no run has {column}; allowed: {allowed}")
    return found


def table(found: list[Curve], column: str) -> Table:
    """A line for each block: the last step, the curve between the lowest and the highest value, and the last value."""
    shown = Table(box=SIMPLE, padding=(0, 0, 0, 1))
    for head in ("block", "step", column, "last", ""):
        shown.add_column(head, overflow="fold", justify="right" if head in ("step", "last") else "left")
    for curve in found:
        last = f"{curve.values[-1]:.4g}" if len(curve.values) else "–"
        step = f"{curve.steps[-1]:,}" if len(curve.steps) else "–"
        shown.add_row(curve.block, step, spark(curve.values), last, "" if curve.finished else "unfinished")
    return shown


def spark(values: np.ndarray) -> str:
    """The last WIDTH of (T,) values as bars, from their lowest to their highest; a value that is no number is ×."""
    values = values[-WIDTH:]
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
    scaled = (values - low) / (high - low) if high > low else np.zeros(len(values))
    return "".join(BARS[round(x * (len(BARS) - 1))] if np.isfinite(x) else "×" for x in scaled)


def _trace(folder: Path) -> pd.DataFrame | None:
    """The trace of a finished block, or of the newest checkpoint that can be read; None where there is none."""
    if (folder / "trace.parquet").exists():
        return reading.parquet(folder / "trace.parquet")
    return max(_checkpointed(folder), key=lambda trace: trace["step"].max(), default=None)


def _checkpointed(folder: Path) -> Iterator[pd.DataFrame]:
    for slot in SLOTS:
        try:
            with safe_open(folder / slot, framework="numpy") as file:
                trace = pd.read_parquet(io.BytesIO(file.get_tensor("trace").tobytes()))
        except (OSError, SafetensorError, ValueError):  # it is not there, or not whole
            continue
        if len(trace):
            yield trace
