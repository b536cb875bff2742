"""One plain function per rule of the workflow, from `data` to `typeset`.

The rules, the command line, the audit and the tests call these, and no other code knows how a stage is composed. A
stage reads the files that the stages before it wrote and writes its own, each whole or not at all. Imports stand
inside the functions: so a command starts quickly, and a stage's fingerprint follows from them (`study.fingerprint`).
All raise StudyError where an input is not what the stage before writes, and OSError where a file cannot be written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from modecollapse.study.config import Study
    from modecollapse.study.inversion import Inversion
    from modecollapse.study.specs import Block, DatasetSpec


def data(spec: DatasetSpec, out: Path) -> float | None:
    """Make the data file of a data set.

    Returns the held-out accuracy of the classifier it is measured with, or None where it needs none.
    """
    from modecollapse import datasets, files
    from modecollapse.training import arithmetic

    arithmetic.configure()
    arrays = datasets.create(spec.family, spec.options, spec.root_seed)
    made = datasets.to_bytes(arrays, spec.config_hash)
    datasets.check_modes(spec, datasets.load(spec.family, BytesIO(made)))
    files.write_bytes(out, made)
    return float(arrays["accuracy"]) if "accuracy" in arrays else None


def train(
    block: Block,
    data: Path,
    out: Path,
    device: str = "cpu",
    wait: bool = False,
    code: str = "",
    declared: dict[str, str] | None = None,
    execution: str = "eager",
    reuse: Collection[Path] = (),
) -> None:
    """Train one block of seeds into the run folder `out`; after an interruption the same call resumes it.

    The record keeps `code`, the fingerprint of the training code, and `declared`, the hashes of the claims as they were
    before the run. `execution` is eager, compiled or captured. With `wait`, a folder in which another process trains is
    waited for. A block that is finished in one of the results folders `reuse` is copied from there. Raises Interrupted
    where a signal asked for an end.
    """
    from modecollapse.training.loop import train_block

    train_block(block, data, out, device, wait, code, declared, execution, reuse)


def measure(
    runs: Sequence[Path],
    data: Path,
    measures: Sequence[str],
    out: Path,
    cells: Path | None = None,
    withheld: Collection[Path] = (),
) -> None:
    """Measure the stored samples and traces of blocks of one data set: rows of the tidy table.

    The measures of whole cells go into `cells`. For run folders in `withheld`, which a release left without samples,
    only the trace is measured.
    """
    from modecollapse import datasets, files
    from modecollapse.errors import StudyError
    from modecollapse.measures.between_seeds import cell_table
    from modecollapse.measures.measuring import measure_blocks
    from modecollapse.measures.table import to_parquet
    from modecollapse.training import arithmetic, record

    arithmetic.configure()
    spec = record.read_block(runs[0]).cell.dataset
    for run in runs:
        if record.read_block(run).cell.dataset != spec:
            raise StudyError(f"{run}: is not of the data of {runs[0]}; allowed: run folders of one data set")
    dataset = datasets.load(spec.family, data, spec.config_hash)
    if cells:
        files.write_bytes(cells, to_parquet(cell_table(runs, dataset)))
    files.write_bytes(out, to_parquet(measure_blocks(runs, spec, dataset, spec.about(measures), withheld)))


def invert(run: Path, data: Path, settings: Inversion, out: Path, pictures: Path, device: str = "cpu") -> None:
    """Search for the latents whose images come nearest to given ones (IvOM) in a run folder of an image data set.

    The rows of the tidy table go into `out`, errors, latents and pictures into the .npz file `pictures`.
    """
    from modecollapse import datasets, files
    from modecollapse.measures.inversion import invert_block, to_bytes
    from modecollapse.measures.table import to_parquet
    from modecollapse.training import arithmetic, record

    arithmetic.configure()
    spec = record.read_block(run).cell.dataset
    rows, found = invert_block(run, datasets.load(spec.family, data, spec.config_hash), settings, device)
    files.write_bytes(pictures, to_bytes(found))
    files.write_bytes(out, to_parquet(rows))


def invert_controls(spec: DatasetSpec, data: Path, settings: Inversion, latents: Sequence[int], out: Path) -> None:
    """Measure the controls of IvOM: the mean training image, PCA of `latents` components, the nearest image."""
    from modecollapse import datasets, files
    from modecollapse.measures.inversion_controls import control_rows
    from modecollapse.measures.table import to_parquet
    from modecollapse.training import arithmetic

    arithmetic.configure()
    loaded = datasets.load(spec.family, data, spec.config_hash)
    files.write_bytes(out, to_parquet(control_rows(spec, loaded, settings, latents)))


def calibrate(spec: DatasetSpec, data: Path, measures: Sequence[str], replicates: int, out: Path) -> None:
    """Measure the calibration rows, which need no training: the oracle (unseen real data) and two nulls."""
    from modecollapse import datasets, files
    from modecollapse.measures import measuring
    from modecollapse.measures.table import to_parquet
    from modecollapse.training import arithmetic

    arithmetic.configure()
    loaded = datasets.load(spec.family, data, spec.config_hash)
    rows = measuring.calibrate(spec, loaded, spec.about(measures), replicates, spec.samples)
    files.write_bytes(out, to_parquet(rows))


def summarise(results: Path, study: Study, claims: Path) -> None:
    """Gather the tidy table of a study and write the tables that the report prints."""
    import pandas as pd

    from modecollapse import files
    from modecollapse.claims import load
    from modecollapse.measures import supports
    from modecollapse.measures.table import gather, to_parquet
    from modecollapse.report import result_tables
    from modecollapse.study import plan
    from modecollapse.study.summary import summary_of

    summary = summary_of(study)
    places = plan.measured_folders(study)
    parts = [f"measures/calibration/{name}" for name in summary.datasets]
    parts += [f"measures/{place}/runs" for place in places]
    parts += [f"inversions/{part}" for part in plan.inversions(study)]
    rows = gather([results / f"{part}.parquet" for part in parts], summary.cells)
    files.write_bytes(results / "tables" / "measures.parquet", to_parquet(rows))
    cells = [pd.read_parquet(results / "measures" / place / "cells.parquet") for place in places]
    of_cells = pd.concat(cells, ignore_index=True)
    files.write_bytes(results / "tables" / "cells.parquet", to_parquet(of_cells))
    result_tables.write(summary, rows, of_cells, load(claims), supports(summary), results / "tables")


def compare(results: Path, study: Study, claims: Path) -> None:
    """Compare the variants of a study: pairs, ranks; with `tables: all`, measures and data sets that disagree too."""
    import pandas as pd

    from modecollapse.claims import load
    from modecollapse.comparisons import comparison_tables
    from modecollapse.comparisons.endpoints import endpoints
    from modecollapse.measures import supports
    from modecollapse.report.layout import released_comparisons
    from modecollapse.study.summary import summary_of

    summary, settings = summary_of(study), load(claims).settings
    rows = pd.read_parquet(results / "tables" / "measures.parquet")
    better = {name: entry.better for name, entry in summary.measures.items()}
    ends = endpoints(rows, supports(summary), better)
    chosen = {"alpha": settings.alpha, "draws": settings.draws, "root": summary.root_seed}
    tables = comparison_tables.tables(rows, ends, better, supports(summary), **chosen)
    _write_csv(results / "tables", {name: tables[name] for name in released_comparisons(study)})


def judge(results: Path, study: Study, claims: Path) -> pd.DataFrame:
    """Judge the published claims by the results; returns how many of each document have which verdict."""
    import pandas as pd

    from modecollapse.claims import load
    from modecollapse.claims.judge import tables
    from modecollapse.measures import supports
    from modecollapse.study.declared import claims_digest
    from modecollapse.study.summary import summary_of

    summary, registry = summary_of(study), load(claims)
    rows = pd.read_parquet(results / "tables" / "measures.parquet")
    made = tables(summary, rows, registry, claims_digest(claims), supports(summary))
    _write_csv(results / "tables", made)
    return made["verdict_counts.csv"]


def figures(results: Path, study: Study, only: Collection[str] | None = None) -> None:
    """Draw the figures of the report (SVG), or `only` some files of them, from tables, samples, traces and data.

    Verdicts are read only for the figures that show them, so that the others can be drawn before there are any.
    """
    from modecollapse.report import layout
    from modecollapse.report.figures import Sources, draw
    from modecollapse.study import plan
    from modecollapse.study.summary import summary_of

    summary = summary_of(study)
    with_verdicts = layout.figure_groups(summary)[layout.WITH_VERDICTS]
    judged = only is None or not set(only).isdisjoint(with_verdicts)
    sources = Sources.of(results, plan.run_folders(study, results), summary.datasets, judged)
    draw(summary, sources, results / "figures", only)


def seal(results: Path, study: Study, claims: Path, withheld: Mapping[str, str] = {}) -> str:
    """Write the resolved study, a copy of the claims, the versions used here and the manifest of all files.

    `withheld` has the SHA-256 of planned files that this copy of the results lacks. Returns the manifest's SHA-256.
    """
    from modecollapse import environment, files, manifest, reading
    from modecollapse.report.layout import planned_files

    written = {
        "study.json": study.model_dump_json(indent=1) + "\n",
        "claims.yaml": reading.text(claims),
        environment.NAME: files.json_text(environment.describe()),
    }
    others = [path for path in planned_files(study) if path not in written]  # all are read before one is written
    digests = {path: withheld.get(path) or files.sha256(results / path) for path in others}
    digests |= {path: files.write_text(results / path, text) for path, text in written.items()}
    return files.write_text(results / manifest.NAME, manifest.text(digests))


def typeset(results: Path, study: Study, out: Path) -> Path:
    """Typeset the report from tables, figures and run records; returns the path of the PDF."""
    from modecollapse import manifest
    from modecollapse.claims import load
    from modecollapse.report import document
    from modecollapse.study import plan
    from modecollapse.study.summary import summary_of

    folders = (results / "tables", results / "figures", plan.run_folders(study, results))
    registry = load(results / "claims.yaml")
    return document.build(document.Inputs(summary_of(study), *folders, registry, results / manifest.NAME), out)


def page(results: Path, study: Study, out: Path) -> Path:
    """Make the page that one can explore, from tables, records, snapshots and data; returns the path of the file."""
    from modecollapse import files, manifest
    from modecollapse.report import page
    from modecollapse.study import plan
    from modecollapse.study.summary import summary_of

    sealed = files.sha256(results / manifest.NAME)
    return page.build(summary_of(study), results, plan.run_folders(study, results), out, str(study.study), sealed)


def _write_csv(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    from modecollapse import files

    for name, table in tables.items():
        files.write_text(folder / name, table.to_csv(index=False, lineterminator="\n"))
