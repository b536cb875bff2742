"""Every declared cell has every declared seed once, in run folders and traces; no run was dropped or copied."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

import numpy as np

from modecollapse import files
from modecollapse.audit.bundle import COUNTS, Bundle, Trace
from modecollapse.audit.finding import Finding, Result
from modecollapse.audit.record_model import RunRecord
from modecollapse.report import layout
from modecollapse.study.specs import Block

TITLE = "Completeness"
OUTPUTS = {
    "samples": "samples.npy",
    "snapshots": "snapshots.npy",
    "trace": "trace.parquet",
    "weights": files.WEIGHTS,
}


def check(bundle: Bundle) -> Result:
    """Compare the plan with run folders, records and traces."""
    result = Result(of="runs and traces")
    _folders(result, bundle)
    runs = bundle.noted_runs(result)
    for path, run in runs.items():
        for seed in bundle.blocks[path].seeds:
            result.expect(seed in run.seeds, f"runs/{path}/run.json", "seeds", f"seed {seed} is planned and missing")
    for path, trace in bundle.traces.items():
        _trace(result, bundle.blocks[path], path, trace)
        if path in runs:
            _statuses(result, path, trace, runs[path])
    result.add(copied_files(runs, bundle.blocks))
    result.add(copied_runs(bundle.traces, bundle.blocks))
    diverged = [(path, seed) for path, run in runs.items() for seed in run.status if seed.status == "diverged"]
    result.notes.append(f"{len(diverged)} of {sum(len(run.seeds) for run in runs.values())} runs diverged")
    result.notes += [f"{path.rpartition('/')[0]}, seed {of.seed}: diverged at {of.step}" for path, of in diverged]
    return result


def _folders(result: Result, bundle: Bundle) -> None:
    """Compare the planned run folders and their files with those that are there."""
    folders = {path.parent for path in (bundle.folder / "runs").rglob("*") if not path.is_dir()}
    present = {folder.relative_to(bundle.folder / "runs").as_posix() for folder in folders}
    withheld = 0
    for path in bundle.blocks:
        if path not in present and f"runs/{path}/run.json" not in bundle.withheld:
            result.expect(False, f"runs/{path}", "", "is planned and missing")
            continue
        for file in (f"runs/{path}/{name}" for name in layout.RUN):
            withheld += file in bundle.withheld
            result.expect(bundle.has(file) or file in bundle.withheld, file, "", "is missing")
    for path in sorted(present - set(bundle.blocks)):
        why = "results of another configuration or of more seeds than are declared? Move it away"
        result.expect(False, f"runs/{path}", "", f"is not planned: {why}")
    if withheld:
        result.notes.append(f"{withheld} files of runs are withheld")


def _trace(result: Result, block: Block, path: str, trace: Trace) -> None:
    """Each seed of a block has each evaluated step once, and counts that its samples can have."""
    training, file = block.cell.training, f"runs/{path}/trace.parquet"
    planned = Counter(training.evaluated)
    for seed in block.seeds:
        steps = Counter(trace["step"][trace["seed"] == seed].tolist())
        missing, others = (sorted((a - b).elements())[:5] for a, b in ((planned, steps), (steps, planned)))
        problem = f"evaluated steps: missing are {missing}, repeated or not planned are {others}"
        result.expect(steps == planned, file, f"seed {seed}", problem)
    for column in (name for name in trace if name.startswith(COUNTS)):
        beyond = (trace[column] < 0).any(axis=1) | (trace[column].sum(axis=1) > trace["n"] - trace["n_nonfinite"])
        possible = trace[column].shape[1] == block.cell.dataset.modes and not beyond.any()
        result.expect(bool(possible), file, column, f"counts {np.count_nonzero(beyond)} times what no samples can")
    drawn = np.unique(trace["n"]).tolist()
    result.expect(drawn == [block.cell.dataset.samples], file, "n", f"is {drawn}, not {block.cell.dataset.samples}")
    others = sorted(set(trace["seed"].tolist()) - set(block.seeds))
    result.expect(not others, file, "seed", f"has rows of seeds {others}, planned are {block.seeds}")


def _statuses(result: Result, path: str, trace: Trace, run: RunRecord) -> None:
    """Mean losses are NaN for good once a seed has diverged, and finite before."""
    losses = [trace[name] for name in trace if name.startswith("mean_loss_")]
    lost = np.isnan(losses).any(axis=0) & (trace["step"] > 0) if losses else trace["step"] < 0
    for outcome in run.status:
        rows = trace["seed"] == outcome.seed
        recorded = trace["step"][rows] >= (np.inf if outcome.step is None else outcome.step)
        problem = f"diverged at another step than run.json says ({outcome.status}, {outcome.step})"
        same = np.array_equal(lost[rows], recorded)
        result.expect(same, f"runs/{path}/trace.parquet", f"seed {outcome.seed}", problem)


def copied_files(runs: Mapping[str, RunRecord], blocks: Mapping[str, Block]) -> list[Finding]:
    """Findings for files with the same SHA-256 in the records of two blocks that are not the same training.

    Streams are keyed by data set, variant and seed, so two experiments with the same recipe train the same run twice.
    Blocks in which every run diverged are left out, since samples that are not finite are alike.
    """
    first: dict[str, str] = {}
    findings = []
    for path, run in runs.items():
        if all(outcome.status == "diverged" for outcome in run.status):
            continue
        for name, file in OUTPUTS.items():
            if name == "snapshots" and not blocks[path].cell.snapshot_steps:
                continue  # the files that hold none are alike
            other = first.setdefault(getattr(run.files, name), path)
            same_training = _same_recipe(blocks[other], blocks[path]) and blocks[other].seeds == blocks[path].seeds
            if other != path and not same_training:
                problem = f"has the SHA-256 of the one in runs/{other}: one run under two names"
                findings.append(Finding(f"runs/{path}/run.json", f"files.{file}", problem))
    return findings


def copied_runs(traces: Mapping[str, Trace], blocks: Mapping[str, Block]) -> list[Finding]:
    """Findings for runs with the same losses and gradient norms at all evaluations, whatever their seeds.

    Runs without a finite loss are left out: those that diverged at once are alike. Runs of one seed in experiments with
    the same recipe are left out as in `copied_files`.
    """
    first: dict[bytes, tuple[str, int]] = {}
    findings = []
    for path, trace in traces.items():
        names = sorted(name for name in trace if name.startswith(("loss_", "grad_norm_")))
        for seed in np.unique(trace["seed"]).tolist():
            values = np.array([trace[name][trace["seed"] == seed] for name in names])
            if not np.isfinite(values).any():
                continue
            digest = hashlib.sha256(np.nan_to_num(values, nan=0.5).tobytes()).digest()
            other, other_seed = first.setdefault(digest, (path, seed))
            same_training = other != path and other_seed == seed and _same_recipe(blocks[other], blocks[path])
            if (other, other_seed) != (path, seed) and not same_training:
                problem = f"has the losses and gradients of runs/{other}, seed {other_seed}: one run under two names"
                findings.append(Finding(f"runs/{path}/trace.parquet", f"seed {seed}", problem))
    return findings


def _same_recipe(first: Block, second: Block) -> bool:
    """Whether two blocks are of two experiments with the same recipe."""
    renamed = first.cell.model_copy(update={"experiment": second.cell.experiment})
    return first.cell.experiment != second.cell.experiment and renamed == second.cell
