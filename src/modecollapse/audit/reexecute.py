"""The study's own stages, run again in a scratch folder from the stored samples, traces and inversions.

Figures and the PDF are made from the stored tables, which are compared as well: so last digits of another processor do
not reach them. For withheld samples the trace stands in; weights are not needed. What that leaves open is said.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from modecollapse import measures, stages
from modecollapse.audit.bundle import MEASURES, PDF, Bundle
from modecollapse.audit.reading import one_line
from modecollapse.errors import StudyError
from modecollapse.report import layout
from modecollapse.study import catalogue, plan
from modecollapse.study.config import Study
from modecollapse.study.fingerprint import reached

INPUTS = ("runs", "inversions")  # folders whose files are taken as they are
SAMPLES = "samples.npy"
# What figures show besides tables and traces.
SHOWN = {"density": {"runs": SAMPLES}, "sheet": {"runs": SAMPLES, "data": ".npz"}, "nearest": {"inversions": ".npz"}}
Tell = Callable[[str], None]


def tables(bundle: Bundle, again: Path, tell: Tell) -> list[str]:
    """Run every stage from data to verdicts into the folder `again`; returns what was not executed and why, in words.

    What is taken as it stands is a link there. Raises what the stages raise, which says what is wrong with inputs.
    """
    for path in layout.planned_files(bundle.study):
        if path.split("/")[0] in INPUTS and bundle.has(path):
            _link(bundle.folder / path, again / path)
    left_open = [*_data_sets(bundle, again, tell), *_sample_measures(bundle, again)]
    if plan.inversions(bundle.study):
        left_open.append("inversions/: the search for latents was not run again")
    for title, stage in (("tables", stages.summarise), ("comparisons", stages.compare), ("verdicts", stages.judge)):
        tell(title)
        stage(again, bundle.study, bundle.claims)
    return left_open


def report(bundle: Bundle, again: Path, tell: Tell) -> list[str]:
    """Draw the figures and typeset the PDF from the stored tables, after `tables`; the rest is as there."""
    tell("figures and report")
    lacking, shown = figures_that_lack_files(bundle), again.with_name("shown")
    for name, place in (("data", again), *((name, bundle.folder) for name in (*INPUTS, "tables"))):
        _link(place / name, shown / name)
    stages.figures(shown, bundle.study, without=lacking)
    (shown / "figures").rename(again / "figures")
    for name in lacking:
        _link(bundle.folder / "figures" / name, again / "figures" / name)
    stages.typeset(bundle.folder, bundle.study, again / PDF)
    return [f"figures/{name}: it shows files that are withheld, so it was not drawn again" for name in lacking]


def figures_that_lack_files(bundle: Bundle) -> list[str]:
    """The figures that show samples, data or inversions which a release withholds."""
    found = []
    for experiment in layout.experiments(bundle.summary):
        for kind, names in layout.figures(bundle.summary, experiment).items():
            for dataset, file in names.items():
                places = {"runs": f"runs/{experiment}/{dataset}/", "inversions": f"inversions/{experiment}/{dataset}/"}
                places["data"] = f"data/{dataset}."
                ends = [(places[folder], end) for folder, end in SHOWN.get(kind, {}).items()]
                if any(
                    path.startswith(start) and path.endswith(end) for start, end in ends for path in bundle.withheld
                ):
                    found.append(file)
    return found


def _data_sets(bundle: Bundle, again: Path, tell: Tell) -> list[str]:
    """Data, calibration and measures of each data set, as many at a time as there are processors."""
    left_open = []
    names = {cell.dataset.name: cell.dataset for cell in bundle.cells}
    for name, spec in names.items():
        official = catalogue.PACKAGE / "datasets" / "sources.py" in reached("data", [("datasets", spec.family)])
        if (official or spec.options.get("path")) and bundle.has(f"data/{name}.npz"):  # of files not fetched here
            _link(bundle.folder / "data" / f"{name}.npz", again / "data" / f"{name}.npz")
            left_open.append(f"data/{name}.npz: it was not made again from its source files")
    lacking = [again / "runs" / path for path in _lacking(bundle)]
    if len(names) == 1:
        tell(f"measures on {[*names][0]}")
        told = {[*names][0]: _measure(bundle.study, *names, again, lacking)}
    else:
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            jobs = {name: pool.submit(_measure, bundle.study, name, again, lacking) for name in names}
            told = {}
            for name, job in jobs.items():
                tell(f"measures on {name}")
                told[name] = job.result()
    for name, problem in told.items():
        if problem:
            left_open.append(
                f"data/{name}.npz: it is withheld and cannot be made here, so nothing is measured: {problem}"
            )
            for path in layout.planned_files(bundle.study):
                if path.startswith(("data/", "measures/")) and name in path.replace(".", "/").split("/"):
                    _link(bundle.folder / path, again / path)
    return left_open


def _measure(study: Study, name: str, again: Path, lacking: Collection[Path]) -> str:
    """The stages about one data set, in a process of its own; returns why its data cannot be made, or nothing."""
    spec, data = plan.dataset_spec(study, name), again / "data" / f"{name}.npz"
    if not data.exists():
        try:
            stages.data(spec, data)
        except (StudyError, OSError) as error:
            return one_line(error)
    out = again / "measures"
    chosen = plan.measures(study)[name]
    stages.calibrate(spec, data, chosen, study.calibration_replicates, out / "calibration" / f"{name}.parquet")
    for place in plan.places(study):
        if place.endswith(f"/{name}"):
            runs = [again / "runs" / path for path in plan.block_paths(study) if path.startswith(f"{place}/")]
            files = (out / place / "runs.parquet", out / place / "cells.parquet")
            stages.measure(runs, data, chosen, *files, withheld=lacking)
    return ""


def _lacking(bundle: Bundle) -> list[str]:
    """The blocks whose samples are withheld."""
    return [path for path in bundle.blocks if f"runs/{path}/{SAMPLES}" in bundle.withheld]


def _sample_measures(bundle: Bundle, again: Path) -> list[str]:
    """Of blocks without samples, the rows of measures that read samples come from the tidy table under audit."""
    lacking, chosen = _lacking(bundle), measures.of_samples(list(bundle.summary.measures))
    if not lacking:
        return []
    left_open = [
        f"runs/{path}/{SAMPLES}: it is withheld, so its last counts are those of the trace" for path in lacking
    ]
    if chosen:
        tidy = pd.read_parquet(bundle.folder / MEASURES)
        tidy = tidy[tidy["measure"].isin(chosen)]
        for place in dict.fromkeys(path.rsplit("/", 2)[0] for path in lacking):
            file = again / "measures" / place / "runs.parquet"
            if file.is_symlink():
                continue
            own = pd.concat([_rows_of(tidy, path, bundle) for path in lacking if path.startswith(f"{place}/")])
            pd.concat([pd.read_parquet(file), own]).to_parquet(file, index=False)
            left_open.append(
                f"measures/{place}/runs.parquet: of these blocks {', '.join(chosen)} are as {MEASURES} says"
            )
    return left_open


def _rows_of(tidy: pd.DataFrame, path: str, bundle: Bundle) -> pd.DataFrame:
    experiment, dataset, variant, _ = path.split("/")
    of_cell = (tidy["experiment"] == experiment) & (tidy["dataset"] == dataset) & (tidy["variant"] == variant)
    return tidy[of_cell & tidy["seed"].isin(bundle.blocks[path].seeds)]


def _link(stored: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(stored.resolve())
