"""What only all seeds of a cell together show: how many of its runs collapsed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse import reading
from modecollapse.datasets import Dataset
from modecollapse.measures.convergence_table import CELL, last_counts
from modecollapse.measures.series import OK, endpoint, qualities
from modecollapse.training.trace import COUNTS

CELL_COLUMNS = [*CELL, "seeds", "measure", "value", "status"]
COLLAPSED = 0.5  # a run whose endpoint has fewer modes than this share is collapsed


def cell_table(folders: Sequence[Path], dataset: Dataset) -> pd.DataFrame:
    """What the seeds of each cell show together: columns CELL_COLUMNS, a row a cell and measure that has a value."""
    blocks: dict[tuple[str, ...], list[pd.DataFrame]] = {}
    for folder in folders:
        run = reading.json_file(folder / "run.json")
        blocks.setdefault(tuple(run[name] for name in CELL), []).append(reading.parquet(folder / "trace.parquet"))
    rows = []
    for cell, traces in blocks.items():
        trace = pd.concat(traces, ignore_index=True)
        found = between_seeds_table(trace, dataset.modes, last_counts(dataset))
        key = dict(zip(CELL, cell, strict=True)) | {"seeds": trace["seed"].nunique()}
        rows += [key | row for row in found[np.isfinite(found["value"])].to_dict("records")]
    return pd.DataFrame(rows, columns=CELL_COLUMNS)


def between_seeds_table(trace: pd.DataFrame, modes: int, counts: str = COUNTS) -> pd.DataFrame:
    """The measures of the seeds of a cell, whose blocks' traces are joined in `trace`: measure, value, status.

    collapsed_runs: the runs whose endpoint has fewer modes than the share COLLAPSED of the K = `modes`.
    """
    runs = [run.sort_values("step") for _, run in trace.groupby("seed")]
    ends = [endpoint(run["step"].to_numpy(), qualities(run, modes, counts)["modes"]).mean() for run in runs]
    few = np.array(ends) < COLLAPSED * modes
    return pd.DataFrame([("collapsed_runs", float(few.sum()), OK)], columns=["measure", "value", "status"])
