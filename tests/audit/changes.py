"""Changes of a finished study: a function of the folder that edits a record, a trace, the weights or another file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from audited_study import BLOCK, RECORD
from safetensors.numpy import load_file, save_file
from small_study import edit_json, edit_parquet

Change = Callable[[Path], Any]


def record(change: Callable[[dict], Any], file: str = RECORD) -> Change:
    """A change of a run's record."""
    return lambda folder: edit_json(folder / file, change)


def put(file: str = RECORD, **values: Any) -> Change:
    """New values in a run's record."""
    return record(lambda run: run.update(values), file)


def inner(*keys: Any, **values: Any) -> Change:
    """New values deeper in a run's record."""

    def change(run: Any) -> None:
        for key in keys:
            run = run[key]
        run.update(values)

    return record(change)


def trace(change: Callable[[pd.DataFrame], pd.DataFrame], run: str = f"runs/{BLOCK}") -> Change:
    """A change of a run's trace."""
    return lambda folder: edit_parquet(folder / run / "trace.parquet", change)


def weights(change: Callable[[dict[str, np.ndarray]], dict[str, Any]], run: str = f"runs/{BLOCK}") -> Change:
    """A change of a run's weights."""
    file = f"{run}/weights.safetensors"
    return lambda folder: save_file(change(load_file(folder / file)), folder / file)


def samples(change: Callable[[np.ndarray], Any], run: str = f"runs/{BLOCK}", file: str = "samples.npy") -> Change:
    """A change, in place, of a run's samples."""

    def apply(folder: Path) -> None:
        stored = np.load(folder / run / file)
        change(stored)
        np.save(folder / run / file, stored)

    return apply


def written(file: str, content: str | bytes) -> Change:
    """Another content of a file."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / file).write_bytes(data)


def text(file: str, change: Callable[[str], str]) -> Change:
    """A change of a text file, which must change something."""

    def apply(folder: Path) -> None:
        before = (folder / file).read_text(encoding="utf-8")
        assert change(before) != before
        (folder / file).write_text(change(before), encoding="utf-8")

    return apply
