"""The trace of a block: the results of each evaluation, one row for each seed and step, as Parquet.

Columns, where S stands for the symbols of an update's networks (D, GF), or of one network:

- seed, step, n (samples drawn), n_nonfinite (those with a NaN or an infinity), mode_counts and mode_counts_RULE, (K,)
- sample_mean: over all coordinates of the finite samples; for untrained networks it identifies a run
- loss_S, grad_norm_S, state_NAME: the values of the last step; the state is the one after it
- mean_loss_S, mean_aux_NAME, mean_state_NAME: the means over all steps since the last evaluation, of losses, of their
  auxiliary values (L_x, D_from_half) and of states. Where a step makes an update several times, the last one counts.
  They are NaN from a seed's divergence on. Gradient norms have no mean, because taking them costs time in every step.

Step 0, the untrained networks, has only the columns of samples.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from modecollapse.datasets import finite_rows

COUNTS = "mode_counts"
SAMPLE_MEAN = "sample_mean"


def counts_column(rule: str | None) -> str:
    """The column of the samples in every mode, by the default rule (None) or another one of the data set."""
    return f"{COUNTS}_{rule}" if rule else COUNTS


def sample_mean(samples: np.ndarray) -> float:
    """The mean over all coordinates of (n, *shape) samples without a NaN or an infinity; NaN where there are none."""
    finite = samples[finite_rows(samples)]
    return float(finite.mean(dtype=np.float64)) if len(finite) else float("nan")


class Trace:
    """Rows of seed, step, losses, gradient norms, and the number of samples in every mode."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self.mean_modes = 0.0  # the mean over seeds of the modes with a sample, at the last evaluation

    def add(
        self,
        step: int,
        seeds: list[int],
        counts: Sequence[dict[str | None, np.ndarray]],
        n: int,
        n_nonfinite: np.ndarray,
        scalars: dict[str, np.ndarray],
    ) -> None:
        """Add an evaluation of `n` samples a seed.

        `counts` holds for each seed, by each rule of the data set, the (K,) samples in each mode, and `scalars` the
        (S,) values of further columns.
        """
        self.mean_modes = float(np.mean([np.count_nonzero(of_seed[None]) for of_seed in counts]))
        for i, seed in enumerate(seeds):
            row = {"seed": seed, "step": step, "n": n, "n_nonfinite": int(n_nonfinite[i])}
            row |= {counts_column(rule): found.astype(np.int32) for rule, found in counts[i].items()}
            self._rows.append(row | {name: float(values[i]) for name, values in scalars.items()})

    def to_bytes(self) -> bytes:
        """The Parquet file. A column that a row lacks is null there."""
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        columns = [_column([row.get(name) for row in self._rows]) for name in names]
        buffer = io.BytesIO()
        pq.write_table(pa.table(columns, names), buffer, compression="zstd")
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Trace:
        """The trace of a Parquet file."""
        trace = cls()
        for row in pq.read_table(io.BytesIO(data), use_threads=False).to_pylist():
            counted = [name for name in row if name.startswith(COUNTS)]
            trace._rows.append(row | {name: np.asarray(row[name], dtype=np.int32) for name in counted})
        last = [row[COUNTS] for row in trace._rows if row["step"] == trace._rows[-1]["step"]]
        trace.mean_modes = float(np.mean([np.count_nonzero(counts) for counts in last]))
        return trace


def _column(values: list[Any]) -> pa.Array:
    """The column of numbers, of which some may be None, or of (K,) counts."""
    if isinstance(values[0], np.ndarray):
        ends = np.arange(len(values) + 1, dtype=np.int32) * len(values[0])
        return pa.ListArray.from_arrays(_array(ends), _array(np.concatenate(values)))
    known = np.array([value is not None for value in values])
    return _array(np.array([0 if value is None else value for value in values]), known)


def _array(numbers: np.ndarray, known: np.ndarray | None = None) -> pa.Array:
    """The numbers (n,), null where they are not `known`; by buffers, because `pa.array` imports pandas (0.25 s)."""
    mask = None if known is None or known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(pa.from_numpy_dtype(numbers.dtype), len(numbers), [mask, pa.py_buffer(numbers)])
