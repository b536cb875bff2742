"""The tidy table -> summary.csv (numbers) -> table1.csv and the others (the strings the report prints)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from modecollapse.claims import Published
from modecollapse.comparisons.checked import Support, checked_rows
from modecollapse.comparisons.frames import NUMBER, TEXT, WHOLE, frame
from modecollapse.errors import StudyError
from modecollapse.files import write_text
from modecollapse.report import convergence, layout
from modecollapse.report.layout import CALIBRATION, UNTRAINED
from modecollapse.report.poster import poster_table2
from modecollapse.report.printed import mean_text
from modecollapse.statistics import describe
from modecollapse.study.streams import stream_seed
from modecollapse.study.summary import StudySummary

CELL = ["experiment", "dataset", "variant"]
SUMMARY_TYPES = {
    **dict.fromkeys((*CELL, "measure"), TEXT),
    **dict.fromkeys(("step", "n", "n_diverged", "n_undefined"), WHOLE),
    **dict.fromkeys(("mean", "lower", "upper", "sd", "min", "max"), NUMBER),
}
NONE = layout.NONE


def write(
    summary: StudySummary,
    measures: pd.DataFrame,
    cells: pd.DataFrame,
    published: Published,
    support: Support,
    out: Path,
) -> list[Path]:
    """Write the tables into the folder `out` and return their paths.

    cells: what all seeds of a cell show together; published: all published numbers, of which those about data sets
    that are defined otherwise stand beside no result.
    Raises StudyError naming the cell on a NaN, out-of-support, duplicated or missing value.
    """
    check_complete(summary, measures)
    summarised = summarise(summary, measures, support)
    comparable = published.about(layout.as_published(summary))
    frames = [summarised, *(printed(summary, summarised, comparable, name) for name in layout.PRINTED)]
    frames.append(poster_table2(summary, summarised, published))
    told = {tuple(key) for key in cells[CELL].drop_duplicates().values}
    if lost := [key for cell in summary.cells if (key := cell.key) not in told]:
        raise StudyError(f"cells: {'/'.join(lost[0])}: no row; allowed: a row for each planned cell")
    course = convergence.tables(summary, measures, cells)
    frames += [course[name] for name in layout.CONVERGENCE]
    paths = [Path(out) / name for name in layout.TABLES]
    for path, table in zip(paths, frames, strict=True):
        write_text(path, table.to_csv(index=False, lineterminator="\n"))
    return paths


def summarise(summary: StudySummary, measures: pd.DataFrame, support: Support) -> pd.DataFrame:
    """One row for each (experiment, data set, variant, measure) at its final step; columns SUMMARY_TYPES.

    The measures are those of the study; losses and other unbounded numbers have no interval.

    Trained variants come at the last step, calibration rows at step 0, and `untrained` pools the step-0 rows
    of all variants of an experiment and data set. The order of the rows of `measures` changes nothing.
    """
    rows = checked_rows(measures, list(summary.measures), support)
    last = rows.groupby([*CELL, "measure"])["step"].transform("max")
    untrained = rows[(rows["step"] == 0) & (rows["experiment"] != CALIBRATION)].assign(variant=UNTRAINED)
    groups = pd.concat([rows[rows["step"] == last], untrained]).groupby([*CELL, "measure"], sort=True)
    return frame([_described(key, group, support) for key, group in groups], SUMMARY_TYPES)


def check_complete(summary: StudySummary, measures: pd.DataFrame) -> None:
    """StudyError unless every cell has every seed's printed measures at its last step, and none later.

    The tables of convergence have nothing of a cell without a seed's `diverged`.
    """
    final = {key: set(group) for key, group in measures.groupby([*CELL, "measure", "step"])["seed"]}
    last = measures.groupby(CELL)["step"].max().to_dict()
    for cell in summary.cells:
        key = cell.key
        for measure in [*layout.measures(summary, [cell.dataset]), convergence.FLAG]:
            missing = set(cell.seeds) - final.get((*key, measure, cell.steps), set())
            if missing:
                where = f"measures: {'/'.join(key)}, {measure}, step {cell.steps}"
                raise StudyError(f"{where}: no value for seed {min(missing)}")
        if last.get(key, 0) > cell.steps:
            raise StudyError(f"measures: {'/'.join(key)}: step {last[key]} is after the last step {cell.steps}")


def printed(summary: StudySummary, summarised: pd.DataFrame, published: Published, table: str) -> pd.DataFrame:
    """One of layout.PRINTED, as strings; beside a measure with published values stands their column.

    Raises StudyError where the summary lacks a planned cell.
    """
    kind, reads = layout.PRINTED[table]
    planned = list(_row_plan(summary, kind))
    measures = layout.measures(summary, [dataset for _, dataset, *_ in planned], reads)
    known = {tuple(row[name] for name in [*CELL, "measure"]): row for _, row in summarised.iterrows()}
    rows = []
    for experiment, dataset, variant, row_kind, source in planned:
        own = layout.measures(summary, [dataset], reads)
        measured = (source, dataset, layout.measured_as(summary, experiment, dataset, variant))
        found = {m: known[*measured, m] for m in own if (*measured, m) in known}
        if row_kind == "trained" and (missing := [m for m in own if m not in found]):
            cell = f"{experiment}/{dataset}/{variant}, {missing[0]}"
            raise StudyError(f"summary: {cell}: no row; allowed: a row for each planned cell")
        if not found:
            continue
        first = next(iter(found.values()))
        row = {"experiment": experiment, "dataset": dataset, "variant": variant, "kind": row_kind}
        row["row"] = layout.row_label(summary, experiment, dataset, variant)
        row |= {"data_set": summary.datasets[dataset].label, "n": str(first["n"])}
        row["n_diverged"] = str(first["n_diverged"]) if row_kind == "trained" else NONE
        row |= {m: mean_text(summed, summary.measures[m].decimals) for m, summed in found.items()}
        values = {m: value for m in own if (value := published.beside(dataset, variant, m))}
        row |= {f"{m}_published": value.text for m, value in values.items()}
        row["published_method"] = next((value.method for value in values.values()), NONE)
        rows.append(row)
    given = [m for m in measures if any(f"{m}_published" in row for row in rows)]
    columns = [*CELL, "data_set", "kind", "row", "n", "n_diverged", *measures]
    columns += ["published_method", *(f"{m}_published" for m in given)] if given else []
    return pd.DataFrame([{column: row.get(column, NONE) for column in columns} for row in rows], columns=columns)


def _row_plan(summary: StudySummary, kind: str | None) -> Iterator[tuple[str, str, str, str, str]]:
    """(experiment, data set, variant, kind of row, experiment in the summary) of each printed row."""
    for experiment in layout.experiments(summary):
        for dataset in layout.datasets(summary, experiment, kind):
            for variant in layout.variants(summary, experiment, dataset):
                yield experiment, dataset, variant, "trained", experiment
            for variant in layout.REFERENCE_ROWS:
                source = experiment if variant == UNTRAINED else CALIBRATION
                yield experiment, dataset, variant, "reference", source


def _described(key: tuple, group: pd.DataFrame, support: Support) -> dict:
    experiment, dataset, variant, measure = key
    # Keyed by the group alone: what else was summarised before changes nothing.
    rng = np.random.default_rng(stream_seed(0, *key))
    what = describe(group["value"].to_numpy(), support(dataset, measure), rng)
    return {
        **dict(zip([*CELL, "measure"], key, strict=True)),
        "step": int(group["step"].iloc[0]),
        "n": what.n,
        "n_diverged": int(group["diverged"].sum()),
        "n_undefined": int((group["status"] == "undefined").sum()),
        "mean": what.mean,
        "lower": what.lower,
        "upper": what.upper,
        "sd": what.sd,
        "min": what.minimum,
        "max": what.maximum,
    }
