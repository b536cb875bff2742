"""Every declared cell has every declared seed once: in run folders, traces and the tidy table. No run was dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from modecollapse.audit import duplicates, reading
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.study import catalogue

TITLE = "Completeness"
FILES = ("run.json", "samples.npy", "trace.parquet", "weights.safetensors")
RUN = ["experiment", "dataset", "variant", "seed"]
KEY = [*RUN, "step", "measure"]
CALIBRATION, CALIBRATORS = "calibration", ("oracle", "null-uniform", "null-gaussian")


def check(bundle: Bundle) -> Result:
    """Compare the plan with run folders, records, traces and rows of the tidy table."""
    result = Result(of="runs, traces and series")
    _folders(result, bundle)
    runs = reading.noted_runs(bundle, result)
    for path, run in runs.items():
        for seed in bundle.blocks[path].seeds:
            result.expect(seed in run.seeds, f"runs/{path}/run.json", "seeds", f"seed {seed} is planned and missing")
    for path, trace in reading.traces(bundle)[0].items():
        _trace(result, bundle, path, trace)
    result.add(duplicates.of_files(runs, bundle.blocks))
    result.add(duplicates.of_traces(reading.traces(bundle)[0], bundle.blocks))
    table = reading.tidy(bundle)[0]
    if table is None:
        result.expect(False, reading.MEASURES, "", "no rows of runs can be counted: it is missing or damaged (Schema)")
    else:
        _rows(result, bundle, table)
        _status(result, bundle, table)
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
    others = sorted(set(trace["seed"].tolist()) - set(block.seeds))
    result.expect(not others, file, "seed", f"has rows of seeds {others}, planned are {block.seeds}")


def _difference(found: list[int], planned: list[int], what: str) -> str:
    """What is missing, extra or repeated, in words."""
    parts = {
        "missing": sorted(set(planned) - set(found)),
        "not planned": sorted(set(found) - set(planned)),
        "repeated": sorted({one for one in found if found.count(one) > 1}) if len(set(found)) < len(found) else [],
    }
    told = [f"{name} {', '.join(map(str, of[:5]))}{' …' * (len(of) > 5)}" for name, of in parts.items() if of]
    return f"{what}s: {'; '.join(told)}"


def expected_series(bundle: Bundle) -> dict[tuple[str, str, str, str], tuple[list[int], list[int]]]:
    """(experiment, data set, variant, measure) -> the seeds and the steps that the tidy table must have of it."""
    found: dict[tuple[str, str, str, str], tuple[list[int], list[int]]] = {}
    for cell in bundle.cells:
        training, seeds = cell.training, sorted(bundle.study.seed_list)
        steps = reading.evaluated(training.steps, training.evaluations)
        for measure, when in _measured(bundle, cell.dataset).items():
            key = (cell.experiment, cell.dataset.name, cell.variant.name, measure)
            found[key] = (seeds, {"counts": steps, "samples": steps[-1:], "inversions": [0, steps[-1]]}[when])
        for calibrator in CALIBRATORS:
            for measure, when in _measured(bundle, cell.dataset).items():
                if when != "inversions":
                    replicates = list(range(bundle.study.calibration_replicates))
                    found[CALIBRATION, cell.dataset.name, calibrator, measure] = (replicates, [0])
    return found


def _measured(bundle: Bundle, dataset: Any) -> dict[str, str]:
    """What each measure of a data set reads: counts are known at every evaluation, samples at the last step."""
    own = [name for name in bundle.study.measures if dataset.has(name)]
    return {name: catalogue.declarations("measures", name).get("READS", "counts") for name in own} | {
        "n_nonfinite": "counts"
    }


def _rows(result: Result, bundle: Bundle, table: pd.DataFrame) -> None:
    """No row twice, none of a run that was not planned, and every series whole."""
    for row in table[table.duplicated(KEY)].head(20).to_dict("records"):
        result.expect(False, reading.MEASURES, _name(row, KEY), "stands there twice")
    planned = {(c.experiment, c.dataset.name, c.variant.name, s) for c in bundle.cells for s in bundle.study.seed_list}
    for row in table.loc[table["experiment"] != CALIBRATION, RUN].drop_duplicates().to_dict("records"):
        result.expect(tuple(row.values()) in planned, reading.MEASURES, _name(row, RUN), "has rows and is not planned")
    groups = table.groupby(["experiment", "dataset", "variant", "measure"], observed=True).indices
    seeds, steps = table["seed"].to_numpy(), table["step"].to_numpy()
    for key, (planned_seeds, planned_steps) in expected_series(bundle).items():
        index = groups.get(key, np.array([], dtype=int))
        found = sorted(zip(seeds[index].tolist(), steps[index].tolist(), strict=True))
        wanted = [(seed, step) for seed in planned_seeds for step in planned_steps]
        if not result.expect(found == wanted, reading.MEASURES, "/".join(key), ""):
            result.findings[-1] = Finding(reading.MEASURES, "/".join(key), _places(found, wanted))


def _places(found: list[tuple[int, int]], wanted: list[tuple[int, int]]) -> str:
    """Which (seed, step) are missing or too many."""
    missing, extra = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    told = [f"{len(found)} rows, expected {len(wanted)}"]
    for name, places in (("missing", missing), ("not planned", extra)):
        if places:
            seed, step = places[0]
            told.append(f"{name}: seed {seed} at step {step}{f' and {len(places) - 1} more' * (len(places) > 1)}")
    return "; ".join(told)


def _status(result: Result, bundle: Bundle, table: pd.DataFrame) -> None:
    """A run that diverged says so in its record and in its rows from that step on, and no other does."""
    trained = table[table["experiment"] != CALIBRATION]
    groups = trained.groupby(RUN, observed=True).indices
    said, steps = (trained["status"] == "diverged").to_numpy(), trained["step"].to_numpy()
    for path, run in reading.runs(bundle).items():
        for seed in run.seeds:
            index = groups.get((*path.split("/")[:3], seed), np.array([], dtype=int))
            right = steps[index] >= run.diverged.get(seed, np.inf)
            wrong = index[said[index] != right]
            where = f"{'/'.join(path.split('/')[:3])}, seed {seed}"
            record = f"diverged at step {run.diverged[seed]}" if seed in run.diverged else "ok"
            first = trained.iloc[wrong[0]] if len(wrong) else None
            told = "" if first is None else f"step {first['step']}, {first['measure']} is {first['status']}"
            problem = f"{len(wrong)} rows do not agree with run.json, which says {record}: {told}"
            result.expect(not len(wrong), reading.MEASURES, where, problem)


def _tell_diverged(result: Result, bundle: Bundle) -> None:
    """Diverged runs are listed; they count with the others."""
    runs = reading.runs(bundle)
    ends = [(path, seed, step) for path, run in runs.items() for seed, step in run.diverged.items()]
    result.notes.append(f"{len(ends)} of {sum(len(run.seeds) for run in runs.values())} runs diverged")
    result.notes += [f"{'/'.join(path.split('/')[:3])}, seed {seed}: diverged at {step}" for path, seed, step in ends]


def _name(row: dict[str, Any], keys: list[str]) -> str:
    return "/".join(str(row[key]) for key in keys)
