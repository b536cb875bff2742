"""A run folder's record and trace, read and checked: what is not the trace of the planned runs is damaged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse.audit.again.measures.modes import rules
from modecollapse.audit.again.measures.training_course import Run

TRACED = ("loss_", "grad_norm_", "state_", "mean_")  # columns of the trace that are rows of the tidy table
WHOLE = ("seed", "step", "n", "n_nonfinite")


@dataclass(frozen=True)
class Planned:
    """What the study's plan says of a block; `measures` are those that are about its data."""

    experiment: str
    dataset: str
    variant: str
    seeds: list[int]
    steps: int
    family: str
    modes: int
    samples: int
    measures: list[str]
    gamma: float | None
    config_hash: str


class Damaged(Exception):
    """A file of a block is not what it should be: the file's name, and the problem."""


def record_of(folder: Path) -> dict[str, Any]:
    """What run.json says of device and status, checked."""
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        known = isinstance(record["device"], str) and isinstance(record["status"], list)
        known = known and all(isinstance(outcome["seed"], int) for outcome in record["status"])
        known = known and all(isinstance(outcome["step"], int | None) for outcome in record["status"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged("run.json", f"cannot be read: {_line(error)}") from None
    if not known:
        raise Damaged("run.json", "has no device or no status of every seed, as a record of a run has")
    return record


def runs_of(folder: Path, planned: Planned) -> list[Run]:
    """The runs of a trace, as they are planned; Damaged where it is not the trace of such runs."""
    try:
        trace = pd.read_parquet(folder / "trace.parquet")
    except Exception as error:  # a damaged file makes the reader raise what it likes
        raise Damaged("trace.parquet", f"cannot be read: {_line(error)}") from None
    wanted = [*WHOLE, *rules(planned.family)]
    absent = [name for name in wanted if name not in trace]
    if absent:
        raise Damaged("trace.parquet", f"has no column {', '.join(absent)}")
    numbers = {name: _numbers(trace, name) for name in trace if name in WHOLE or str(name).startswith(TRACED)}
    for name in WHOLE:
        if not np.array_equal(numbers[name], np.round(numbers[name])):
            raise Damaged("trace.parquet", f"{name} has values that are not whole numbers")
    counts = _counts(trace, rules(planned.family), planned.modes, numbers["n"])
    if set(numbers["seed"]) != set(planned.seeds):
        raise Damaged("trace.parquet", f"has seeds {sorted(set(trace['seed']))}, planned are {planned.seeds}")
    if (numbers["n"] != planned.samples).any():
        raise Damaged("trace.parquet", f"n is not {planned.samples} everywhere, the samples of such data")
    return [_run(seed, numbers, counts, planned.steps) for seed in planned.seeds]


def _run(seed: int, numbers: dict[str, np.ndarray], counts: dict[str, np.ndarray], steps: int) -> Run:
    chosen = np.flatnonzero(numbers["seed"] == seed)
    chosen = chosen[np.argsort(numbers["step"][chosen], kind="stable")]
    of_seed = numbers["step"][chosen].astype(np.int64)
    if of_seed[-1] != steps or of_seed[0] != 0 or (np.diff(of_seed) <= 0).any():
        raise Damaged("trace.parquet", f"seed {seed}: its evaluations are not each once, from step 0 to {steps}")
    columns = {name: values[chosen] for name, values in numbers.items()}
    held = {name: values[chosen] for name, values in counts.items()}
    last = list(held)[-1]  # the repaired rule tells the course, where there is one
    return Run(seed, of_seed, numbers["n"][chosen].astype(np.int64), held[last], columns, held)


def _numbers(trace: pd.DataFrame, name: str) -> np.ndarray:
    """(R,) a column as numbers, NaN where it is empty."""
    try:
        return trace[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        raise Damaged("trace.parquet", f"{name} has values that are no numbers") from None


def _counts(trace: pd.DataFrame, names: tuple[str, ...], modes: int, n: np.ndarray) -> dict[str, np.ndarray]:
    """(R, K) counts by rule."""
    found = {}
    for name in names:
        try:
            held = np.stack(list(trace[name]))
            whole = held.astype(np.int64)
            right = held.shape == (len(trace), modes) and (held == whole).all() and (whole >= 0).all()
        except (ValueError, TypeError):
            right = False
        if not right or (whole.sum(axis=1) > n).any():
            raise Damaged("trace.parquet", f"{name} is not {modes} counts a row, that make n at most")
        found[name] = whole
    return found


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
