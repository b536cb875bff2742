"""Every declared cell has every declared seed once, in run folders and traces; no run was dropped."""

from __future__ import annotations

import numpy as np

from modecollapse.audit import duplicates, reading
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.audit.record_model import RunRecord

TITLE = "Completeness"
FILES = ("run.json", "samples.npy", "trace.parquet", "weights.safetensors")


def check(bundle: Bundle) -> Result:
    """Compare the plan with run folders, records and traces."""
    result = Result(of="runs and traces")
    _folders(result, bundle)
    runs = reading.noted_runs(bundle, result)
    for path, run in runs.items():
        for seed in bundle.blocks[path].seeds:
            result.expect(seed in run.seeds, f"runs/{path}/run.json", "seeds", f"seed {seed} is planned and missing")
    for path, trace in reading.traces(bundle)[0].items():
        _trace(result, bundle, path, trace)
        if path in runs:
            _statuses(result, path, trace, runs[path])
    result.add(duplicates.of_files(runs, bundle.blocks))
    result.add(duplicates.of_traces(reading.traces(bundle)[0], bundle.blocks))
    _tell_diverged(result, bundle)
    return result


def _folders(result: Result, bundle: Bundle) -> None:
    """What is missing, and what is there though it was not planned."""
    folders = {path.parent for path in (bundle.folder / "runs").rglob("*") if not path.is_dir()}
    present = {folder.relative_to(bundle.folder / "runs").as_posix() for folder in folders}
    withheld = 0
    for path in bundle.blocks:
        if path not in present and f"runs/{path}/run.json" not in bundle.withheld:
            result.expect(False, f"runs/{path}", "", "is planned and missing")
            continue
        for name in FILES:
            file = f"runs/{path}/{name}"
            withheld += file in bundle.withheld
            result.expect(bundle.has(file) or file in bundle.withheld, file, "", "is missing")
    for path in sorted(present - set(bundle.blocks)):
        why = "results of another configuration or of more seeds than are declared? Move it away"
        result.expect(False, f"runs/{path}", "", f"is not planned: {why}")
    if withheld:
        result.notes.append(f"{withheld} files of runs are withheld")


def _trace(result: Result, bundle: Bundle, path: str, trace: reading.Trace) -> None:
    """Each seed of a block at each evaluated step, once."""
    block = bundle.blocks[path]
    steps = reading.evaluated(block.cell.training.steps, block.cell.training.evaluations)
    file = f"runs/{path}/trace.parquet"
    for seed in block.seeds:
        own = sorted(trace["step"][trace["seed"] == seed].tolist())
        result.expect(own == steps, file, f"seed {seed}", _difference(own, steps, "evaluated step"))
    for column in (name for name in trace if name.startswith(reading.COUNTS)):
        beyond = (trace[column] < 0).any(axis=1) | (trace[column].sum(axis=1) > trace["n"] - trace["n_nonfinite"])
        right = trace[column].shape[1] == block.cell.dataset.modes and not beyond.any()
        result.expect(bool(right), file, column, f"counts {np.count_nonzero(beyond)} times what no samples can")
    drawn = np.unique(trace["n"]).tolist()
    result.expect(drawn == [block.cell.dataset.samples], file, "n", f"is {drawn}, not {block.cell.dataset.samples}")
    others = sorted(set(trace["seed"].tolist()) - set(block.seeds))
    result.expect(not others, file, "seed", f"has rows of seeds {others}, planned are {block.seeds}")


def _statuses(result: Result, path: str, trace: reading.Trace, run: RunRecord) -> None:
    """Mean losses are NaN for good once a seed has diverged, and finite before."""
    losses = [trace[name] for name in trace if name.startswith("mean_loss_")]
    lost = np.isnan(losses).any(axis=0) & (trace["step"] > 0) if losses else trace["step"] < 0
    for outcome in run.status:
        own = trace["seed"] == outcome.seed
        told = trace["step"][own] >= (np.inf if outcome.step is None else outcome.step)
        problem = f"diverged at another step than run.json says ({outcome.status}, {outcome.step})"
        result.expect(np.array_equal(lost[own], told), f"runs/{path}/trace.parquet", f"seed {outcome.seed}", problem)


def _difference(found: list[int], planned: list[int], what: str) -> str:
    """What is missing, extra or repeated, in words."""
    parts = {
        "missing": sorted(set(planned) - set(found)),
        "not planned": sorted(set(found) - set(planned)),
        "repeated": sorted({one for one in found if found.count(one) > 1}) if len(set(found)) < len(found) else [],
    }
    told = [f"{name} {', '.join(map(str, of[:5]))}{' …' * (len(of) > 5)}" for name, of in parts.items() if of]
    return f"{what}s: {'; '.join(told)}"


def _tell_diverged(result: Result, bundle: Bundle) -> None:
    """Diverged runs are listed; they count with the others."""
    runs = reading.runs(bundle)
    ends = [(path, seed, step) for path, run in runs.items() for seed, step in run.diverged.items()]
    result.notes.append(f"{len(ends)} of {sum(len(run.seeds) for run in runs.values())} runs diverged")
    result.notes += [f"{'/'.join(path.split('/')[:3])}, seed {seed}: diverged at {step}" for path, seed, step in ends]
