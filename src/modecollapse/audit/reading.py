"""Reading what may be damaged: records, traces, the manifest; each once, with its problem in words."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modecollapse.audit.bundle import MANIFEST, Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.record_model import RunRecord, problems
from modecollapse.reading import arrow

COUNTS = "mode_counts"
WHOLE = ("seed", "step", "n", "n_nonfinite")
SCALARS = ("sample_mean", "loss_", "grad_norm_", "state_", "mean_loss_", "mean_seen_", "mean_state_")
Trace = dict[str, np.ndarray]  # by column: (R,) for R rows, of mode counts (R, K)


@lru_cache(maxsize=1)
def runs(bundle: Bundle) -> dict[str, RunRecord]:
    """The planned runs with a record that is as it must be, by folder below runs/."""
    given = {path: bundle.records[path] for path in bundle.blocks if path in bundle.records}
    return {path: RunRecord.model_validate(raw) for path, raw in given.items() if not problems(raw)}


def noted_runs(bundle: Bundle, result: Result) -> dict[str, RunRecord]:
    """`runs`, with a note about those that cannot be looked at."""
    found = runs(bundle)
    if left := len(bundle.blocks) - len(found):
        result.notes.append(f"{left} of {len(bundle.blocks)} run records are missing or not as they must be (Schema)")
    return found


@lru_cache(maxsize=1)
def traces(bundle: Bundle) -> tuple[dict[str, Trace], list[Finding]]:
    """The traces of the planned runs by folder below runs/, and what is wrong with those that are no traces."""
    found, wrong = {}, []
    for folder in bundle.blocks:
        file = f"runs/{folder}/trace.parquet"
        if bundle.has(file):
            try:
                found[folder] = read_trace(bundle.folder / file)
            except Exception as error:  # a damaged file can raise anything
                wrong.append(Finding(file, "", f"cannot be read: {one_line(error)}"))
    return found, wrong


def read_trace(path: Path) -> Trace:
    """The columns of a trace. ValueError where it has other columns, types, or missing numbers of samples."""
    table = arrow(path)
    names = table.column_names
    if len(set(names)) < len(names) or not {*WHOLE, COUNTS} <= set(names):
        raise ValueError(f"its columns are {', '.join(names)}; expected {', '.join(WHOLE)}, {COUNTS} and others, once")
    return {name: _column(name, table.column(name).combine_chunks()) for name in names}


def _column(name: str, values: pa.Array) -> np.ndarray:
    counts = name == COUNTS or name.startswith(f"{COUNTS}_")
    if not counts and name not in WHOLE and not name.startswith(SCALARS):
        raise ValueError(f"column {name} is not one of a trace")
    right = pa.types.is_list(values.type) and values.type.value_type == pa.int32()
    if not (right if counts else values.type == (pa.int64() if name in WHOLE else pa.float64())):
        raise ValueError(f"column {name} is of type {values.type}")
    if not counts and name not in WHOLE:
        return values.to_numpy(zero_copy_only=False)
    if values.null_count:
        raise ValueError(f"column {name} has {values.null_count} empty rows")
    if not counts:
        return values.to_numpy()
    lengths = pc.unique(pc.list_value_length(values)).to_pylist()
    inner = values.flatten()
    if len(lengths) != 1 or not lengths[0] or inner.null_count:
        raise ValueError(f"column {name} has rows of {lengths} numbers, {inner.null_count} of them empty")
    return inner.to_numpy().reshape(len(values), lengths[0])


@lru_cache(maxsize=1)
def listed(bundle: Bundle) -> dict[str, str]:
    """The SHA-256 of each path in the manifest; lines that are none are left to the check of integrity."""
    lines = (bundle.folder / MANIFEST).read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.split("  ", 1) for line in lines if "  " in line)
    return {path: digest for digest, path in pairs}


def evaluated(steps: int, evaluations: int) -> list[int]:
    """The evaluated steps: 0, and `evaluations` more at equal distances up to the last."""
    return sorted({round(i * steps / evaluations) for i in range(evaluations + 1)})


def one_line(error: Exception) -> str:
    """An error as the end of a sentence."""
    return " ".join(str(error).split())[:200] or type(error).__name__
