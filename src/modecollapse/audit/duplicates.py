"""Two runs that are the same run: equal files, or equal losses, under different names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from modecollapse.audit.finding import Finding
from modecollapse.audit.reading import Trace
from modecollapse.audit.record_model import RunRecord
from modecollapse.study.specs import Block

NAMES = {"samples": "samples.npy", "trace": "trace.parquet", "weights": "weights.safetensors"}


def of_files(runs: Mapping[str, RunRecord], blocks: Mapping[str, Block]) -> list[Finding]:
    """Files with the same SHA-256 in the records of two blocks that are not the same training.

    Streams are keyed by data set, variant and seed, so two experiments with the same recipe train the same run twice.
    Blocks of which every run diverged are left out: what is not finite is alike.
    """
    seen: dict[tuple[str, str], str] = {}
    found = []
    for path, run in runs.items():
        if all(outcome.status == "diverged" for outcome in run.status):
            continue
        for name, file in NAMES.items():
            other = seen.setdefault((name, getattr(run.files, name)), path)
            if other != path and not (
                _alike(blocks[other], blocks[path]) and blocks[other].seeds == blocks[path].seeds
            ):
                problem = f"has the SHA-256 of the one in runs/{other}: one run under two names"
                found.append(Finding(f"runs/{path}/run.json", f"files.{file}", problem))
    return found


def of_traces(traces: Mapping[str, Trace], blocks: Mapping[str, Block]) -> list[Finding]:
    """Runs with the same losses and gradient norms at all evaluations, whatever seed they are said to be of.

    Those without a finite loss are left out: runs that diverged at once are alike. So are, as in `of_files`, runs of
    one seed in experiments with the same recipe.
    """
    seen: dict[bytes, tuple[str, int]] = {}
    found = []
    for path, trace in traces.items():
        for seed in np.unique(trace["seed"]).tolist():
            key = _losses(trace, seed)
            other, of_seed = seen.setdefault(key, (path, seed)) if key else (path, seed)
            again = other != path and of_seed == seed and _alike(blocks[other], blocks[path])
            if (other, of_seed) != (path, seed) and not again:
                problem = f"has the losses and gradients of runs/{other}, seed {of_seed}: one run under two names"
                found.append(Finding(f"runs/{path}/trace.parquet", f"seed {seed}", problem))
    return found


def _alike(first: Block, second: Block) -> bool:
    """Whether two blocks are of two experiments with the same recipe."""
    renamed = first.cell.model_copy(update={"experiment": second.cell.experiment})
    return first.cell.experiment != second.cell.experiment and renamed == second.cell


def _losses(trace: Trace, seed: int) -> bytes | None:
    """A digest of what the losses of a run were; None where none is finite."""
    own = trace["seed"] == seed
    names = sorted(name for name in trace if name.startswith(("loss_", "grad_norm_")))
    values = np.array([trace[name][own] for name in names])
    if not np.isfinite(values).any():
        return None
    return hashlib.sha256(np.nan_to_num(values, nan=0.5).tobytes()).digest()
