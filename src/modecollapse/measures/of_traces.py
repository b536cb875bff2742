"""Convergence measures of finished blocks: rows of the tidy table, and what only all seeds of a cell show together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse import datasets, reading
from modecollapse.measures.between_seeds import between_seeds_table
from modecollapse.measures.convergence import convergence_table
from modecollapse.training.trace import counts_column

CELL = ["experiment", "dataset", "variant", "config_hash"]
CELL_COLUMNS = [*CELL, "seeds", "measure", "value", "status"]


def convergence_rows(run: dict[str, Any], trace: pd.DataFrame, dataset: datasets.Dataset) -> Iterator[dict[str, Any]]:
    """Rows of the tidy table at the last step, a row a seed and measure; those without a value are left out.

    `run` is the content of run.json. A diverged seed keeps its values, with that status.
    """
    diverged = {outcome["seed"] for outcome in run["status"] if outcome["step"] is not None}
    found = convergence_table(trace, dataset.modes, gamma=_gamma(run), counts=_counts(dataset))
    for row in found[np.isfinite(found["value"])].to_dict("records"):
        key = {name: run[name] for name in CELL} | {"step": run["steps"], "n": int(trace["n"].iloc[-1])}
        yield key | row | ({"status": "diverged"} if row["seed"] in diverged else {})


def cell_table(folders: Sequence[Path], dataset: datasets.Dataset) -> pd.DataFrame:
    """What the seeds of each cell show together: columns CELL_COLUMNS, a row a cell and measure that has a value."""
    blocks: dict[tuple[str, ...], list[pd.DataFrame]] = {}
    for folder in folders:
        run = reading.json_file(folder / "run.json")
        blocks.setdefault(tuple(run[name] for name in CELL), []).append(reading.parquet(folder / "trace.parquet"))
    rows = []
    for cell, traces in blocks.items():
        trace = pd.concat(traces, ignore_index=True)
        found = between_seeds_table(trace, dataset.modes, counts=_counts(dataset))
        seeds = {"seeds": trace["seed"].nunique()}
        kept = found[np.isfinite(found["value"])].to_dict("records")
        rows += [dict(zip(CELL, cell, strict=True)) | seeds | row for row in kept]
    return pd.DataFrame(rows, columns=CELL_COLUMNS)


def _gamma(run: dict[str, Any]) -> float | None:
    """BEGAN's gamma, for a variant that has one."""
    return run["block"]["cell"]["variant"]["options"].get("gamma")


def _counts(dataset: datasets.Dataset) -> str:
    """The counts by the data set's last rule, which is the repaired one where real data fail the first."""
    return counts_column(datasets.rules(dataset)[-1])
