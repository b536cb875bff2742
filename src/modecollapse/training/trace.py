"""The trace of a block: what was seen at each evaluation, one row a seed and step, as Parquet."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


class Trace:
    """Rows of seed, step, losses, gradient norms, and the number of samples in every mode."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self.mean_modes = 0.0  # the mean over seeds of the modes with a sample, at the last evaluation

    def add(
        self,
        step: int,
        seeds: list[int],
        counts: np.ndarray,
        n: int,
        n_nonfinite: np.ndarray,
        scalars: dict[str, np.ndarray],
    ) -> None:
        """Add an evaluation: `counts` (S, K) samples in each mode of `n`, `scalars` (S,) by column."""
        self.mean_modes = float((counts > 0).sum(axis=1).mean())
        for i, seed in enumerate(seeds):
            self._rows.append(
                {
                    "seed": seed,
                    "step": step,
                    "n": n,
                    "n_nonfinite": int(n_nonfinite[i]),
                    "mode_counts": counts[i].astype(np.int32),
                    **{name: float(values[i]) for name, values in scalars.items()},
                }
            )

    def to_bytes(self) -> bytes:
        """The Parquet file. Columns that began after step 0 hold null before."""
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        columns = {name: [row.get(name) for row in self._rows] for name in names}
        buffer = io.BytesIO()
        pq.write_table(pa.table(columns), buffer, compression="zstd")
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Trace:
        """The trace of a Parquet file."""
        trace = cls()
        for row in pq.read_table(io.BytesIO(data)).to_pylist():
            row["mode_counts"] = np.asarray(row["mode_counts"], dtype=np.int32)
            trace._rows.append(row)
        return trace
