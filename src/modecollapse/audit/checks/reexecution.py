"""Every table, figure and the PDF, made again by the study's own stages, is the one under audit.

The stages run in a scratch folder from the stored samples, traces and inversions. Figures and the PDF are made from the
stored tables, which are compared as well: so another processor's last digits do not reach them. For withheld samples
the trace stands in; weights are needed for two figures alone. What that leaves open is said.
"""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from modecollapse import files, measures, stages
from modecollapse.audit.bundle import CLAIMS, ENVIRONMENT, MEASURES, PAGE, PDF, STUDY, Bundle
from modecollapse.audit.checks.environment import MachineDifferences, machine_differences
from modecollapse.audit.compare import difference
from modecollapse.audit.finding import Result
from modecollapse.errors import StudyError, one_line
from modecollapse.files import WEIGHTS
from modecollapse.report import claimed, layout
from modecollapse.report.layout import planned_files
from modecollapse.study import catalogue, plan
from modecollapse.study.config import Study
from modecollapse.study.fingerprint import reached

TITLE = "Results, executed again"
GIVEN = (STUDY, CLAIMS, ENVIRONMENT)  # what is executed, not what comes of it
INPUTS = ("runs", "inversions")  # folders whose files are taken as they are
SAMPLES, SNAPSHOTS = "samples.npy", "snapshots.npy"
# The files, by folder and ending, that figures of a kind show besides tables and traces.
SHOWN = {"density": {"runs": SAMPLES}, "sheet": {"runs": SAMPLES, "data": ".npz"}, "nearest": {"inversions": ".npz"}}
SHOWN |= {"strip": {"runs": SNAPSHOTS, "data": ".npz"}}
SHOWN |= {"mapped": {"runs": SAMPLES, "data": ".npz"}, "moved": {"runs": SNAPSHOTS, "data": ".npz"}}
# Figures of the whole study that show weights too, which a release has not, and the places that these are of.
WEIGHED = {"mapped": claimed.mapped, "moved": claimed.moved}


def check(bundle: Bundle) -> Result:
    """Execute the stages in a scratch folder and compare every file."""
    result = Result(of="files")
    machines = machine_differences(bundle)
    with tempfile.TemporaryDirectory(prefix="modecollapse-audit-") as temporary:
        scratch = Path(temporary).resolve() / "results"
        try:
            result.left_open += execute_tables(bundle, scratch)
            result.left_open += execute_report(bundle, scratch)
        except Exception as error:  # inputs that a stage refuses, or fails on, are not as a study makes them
            problem = one_line(str(error).replace(f"{scratch}/", "").replace(f"{scratch.parent}/", "") or error)
            result.expect(False, "", "", f"the stages cannot be executed again: {problem}")
        failed = bool(result.findings)
        for path in [*planned_files(bundle.study), PDF, PAGE]:
            given = path in GIVEN or path.split("/")[0] in INPUTS or (scratch / path).is_symlink()
            if not given and not (failed and not (scratch / path).exists()):
                _compare(result, bundle, scratch / path, path, machines)
    return result


def _compare(result: Result, bundle: Bundle, remade: Path, path: str, machines: MachineDifferences) -> None:
    """Compare one file; for a withheld one, its SHA-256 with that of the manifest."""
    reasons = machines.all
    try:
        if path not in bundle.withheld:
            problem = difference(bundle.folder / path, remade, not reasons, not machines.versions)
        elif files.sha256(remade) == bundle.listed.get(path):
            problem = None
        elif reasons or any(line.startswith(f"{path}:") for line in result.left_open):
            raise NotImplementedError
        else:
            problem = "is withheld; executed again, it has another SHA-256 than in the manifest"
    except NotImplementedError:
        reason = reasons[0] if reasons else "it was not executed as a whole"
        result.left_open.append(f"{path}: other bytes, which may be honest: {reason}")
        return
    except Exception as error:  # a damaged file can raise anything
        problem = f"cannot be compared: {one_line(error)}"
    result.expect(problem is None, path, "", problem or "")


def _print_progress(what: str) -> None:
    if not sys.stdout.isatty():
        print(f"  {what} …", flush=True)


def execute_tables(bundle: Bundle, scratch: Path) -> list[str]:
    """Run every stage from data to verdicts into the folder `scratch`; returns what was not executed and why, in words.

    Files that are taken as they are become links there. Raises what the stages raise, which names the bad input.
    """
    for path in planned_files(bundle.study):
        if path.split("/")[0] in INPUTS and bundle.has(path):
            _link(bundle.folder / path, scratch / path)
    left_open = [*_data_sets(bundle, scratch), *_rows_of_withheld_samples(bundle, scratch)]
    if plan.inversions(bundle.study):
        left_open.append("inversions/: the search for latents was not run again")
    for title, stage in (("tables", stages.summarise), ("comparisons", stages.compare), ("verdicts", stages.judge)):
        _print_progress(title)
        stage(scratch, bundle.study, bundle.claims)
    return left_open


def execute_report(bundle: Bundle, scratch: Path) -> list[str]:
    """Draw the figures and typeset the PDF from the stored tables; returns what was not drawn. It runs last."""
    _print_progress("figures and report")
    lacking, sources = figures_that_lack_files(bundle), scratch.with_name("sources")
    _link(scratch / "data", sources / "data")
    for name in (*INPUTS, "tables"):
        _link(bundle.folder / name, sources / name)
    names = layout.figure_names(bundle.summary)
    stages.figures(sources, bundle.study, [name for name in names if name not in lacking])
    (sources / "figures").rename(scratch / "figures")
    for name in lacking:
        _link(bundle.folder / "figures" / name, scratch / "figures" / name)
    stages.typeset(bundle.folder, bundle.study, scratch / PDF)
    left_open = [f"figures/{name}: it shows files that are not here, so it was not drawn again" for name in lacking]
    if any(path.endswith(("/snapshots.npy", ".npz")) for path in bundle.withheld):
        _link(bundle.folder / PAGE, scratch / PAGE)
        return [*left_open, f"{PAGE}: it shows files that are not here, so it was not made again"]
    stages.page(bundle.folder, bundle.study, scratch / PAGE)
    return left_open


def figures_that_lack_files(bundle: Bundle) -> list[str]:
    """The figures that show samples, data or inversions which a release withholds, or weights, which none has."""
    shown = [
        (kind, experiment, dataset, file)
        for experiment in layout.experiments(bundle.summary)
        for kind, names in layout.figures(bundle.summary, experiment).items()
        for dataset, file in names.items()
    ]
    whole, unweighed = layout.study_figures(bundle.summary), []
    for kind in [kind for kind in whole if kind in WEIGHED]:
        places = WEIGHED[kind](bundle.summary)
        shown += [(kind, *place, whole[kind]) for place in places]
        starts = tuple(f"{experiment}/{dataset}/" for experiment, dataset in places)
        if not all(bundle.has(f"runs/{path}/{WEIGHTS}") for path in bundle.blocks if path.startswith(starts)):
            unweighed.append(whole[kind])
    found = []
    for kind, experiment, dataset, file in shown:
        starts = {name: f"{name}/{experiment}/{dataset}/" for name in INPUTS} | {"data": f"data/{dataset}."}
        for folder, end in SHOWN.get(kind, {}).items():
            if any(path.startswith(starts[folder]) and path.endswith(end) for path in bundle.withheld):
                found.append(file)
    return list(dict.fromkeys(found + unweighed))


def _data_sets(bundle: Bundle, scratch: Path) -> list[str]:
    """Make data, calibration and measures of each data set, as many at a time as there are processors."""
    left_open = []
    names = {cell.dataset.name: cell.dataset for cell in bundle.cells}
    for name, spec in names.items():
        official = catalogue.PACKAGE / "datasets" / "sources.py" in reached("data", [("datasets", spec.family)])
        if (official or spec.options.get("path")) and bundle.has(f"data/{name}.npz"):  # of files not fetched here
            _link(bundle.folder / "data" / f"{name}.npz", scratch / "data" / f"{name}.npz")
            left_open.append(f"data/{name}.npz: it was not made again from its source files")
    lacking = [scratch / "runs" / path for path in _lacking(bundle)]
    measure = partial(_measure, bundle.study, scratch, lacking)
    _print_progress(f"measures on {', '.join(names)}")
    if len(names) == 1:
        problems = list(map(measure, names))
    else:
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            problems = list(pool.map(measure, names))
    for name, problem in zip(names, problems, strict=True):
        if problem:
            reason = f"it is withheld and cannot be made here, so nothing is measured: {problem}"
            left_open.append(f"data/{name}.npz: {reason}")
            for path in planned_files(bundle.study):
                if path.startswith(("data/", "measures/")) and name in path.replace(".", "/").split("/"):
                    _link(bundle.folder / path, scratch / path)
    return left_open


def _measure(study: Study, scratch: Path, lacking: list[Path], name: str) -> str:
    """Run the stages of one data set; returns why its data cannot be made, or nothing."""
    spec, data = plan.dataset_spec(study, name), scratch / "data" / f"{name}.npz"
    if not data.exists():
        try:
            stages.data(spec, data)
        except (StudyError, OSError) as error:
            return one_line(error)
    out = scratch / "measures"
    chosen = plan.measures(study)[name]
    stages.calibrate(spec, data, chosen, study.calibration_replicates, out / "calibration" / f"{name}.parquet")
    for comparison in plan.measured_folders(study):
        if comparison.endswith(f"/{name}"):
            runs = [scratch / "runs" / path for path in plan.block_paths(study) if path.startswith(f"{comparison}/")]
            parts = (out / comparison / "runs.parquet", out / comparison / "cells.parquet")
            stages.measure(runs, data, chosen, *parts, withheld=lacking)
    return ""


def _lacking(bundle: Bundle) -> list[str]:
    """The blocks whose samples are withheld."""
    return [path for path in bundle.blocks if f"runs/{path}/{SAMPLES}" in bundle.withheld]


def _rows_of_withheld_samples(bundle: Bundle, scratch: Path) -> list[str]:
    """For blocks without samples, take the rows of measures that read samples from the tidy table under audit."""
    lacking, chosen = _lacking(bundle), measures.of_samples(list(bundle.summary.measures))
    reason = "it is withheld, so its last counts are those of the trace"
    left_open = [f"runs/{path}/{SAMPLES}: {reason}" for path in lacking]
    if not (lacking and chosen):
        return left_open
    tidy = pd.read_parquet(bundle.folder / MEASURES)
    tidy = tidy[tidy["measure"].isin(chosen)]
    for comparison in dict.fromkeys(path.rsplit("/", 2)[0] for path in lacking):
        file = scratch / "measures" / comparison / "runs.parquet"
        if file.is_symlink():
            continue
        taken = []
        for path in (path for path in lacking if path.startswith(f"{comparison}/")):
            key = dict(zip(("experiment", "dataset", "variant"), path.split("/"), strict=False))
            of_cell = (tidy[list(key)] == pd.Series(key)).all(axis=1)
            taken.append(tidy[of_cell & tidy["seed"].isin(bundle.blocks[path].seeds)])
        pd.concat([pd.read_parquet(file), *taken]).to_parquet(file, index=False)
        reason = f"of these blocks {', '.join(chosen)} are as {MEASURES} says"
        left_open.append(f"measures/{comparison}/runs.parquet: {reason}")
    return left_open


def _link(stored: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(stored.resolve())
