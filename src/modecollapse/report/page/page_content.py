"""What the page shows, as plain data: tables, curves, reference values, samples and the hashes of the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modecollapse import reading
from modecollapse.report import layout
from modecollapse.report.page.page_samples import samples
from modecollapse.report.printed import experiment_label
from modecollapse.report.result_tables import of_runs
from modecollapse.report.verdict_words import WORDS
from modecollapse.report.verdicts import SOURCES
from modecollapse.study.summary import CellSummary, StudySummary

TABLES = ("claims", "verdicts", "summary", "collapse", "baseline", "pairs", "ranks", layout.RECONCILIATION)
MOST_STEPS = 26  # of a curve
DIGITS = 4  # of its values
MIDDLE_BY = ("covered_modes", "modes", "ivom_test")  # what orders the runs whose samples are shown


def content(summary: StudySummary, results: Path, runs: list[Path]) -> dict[str, Any]:
    """Everything but the study's name. Raises StudyError where a file is missing or damaged."""
    files = {name: results / "tables" / f"{name}.csv" for name in TABLES}
    tables = {name: reading.text(file) for name, file in files.items() if file.is_file()}
    rows = reading.parquet(results / "tables" / "measures.parquet")
    of_cells = dict(list(rows.groupby(["experiment", "dataset", "variant"])))
    records = [(Path(run), reading.json_file(Path(run) / "run.json")) for run in sorted(map(str, runs))]
    return {
        "tables": tables,
        "measures": {
            name: {"label": entry.label, "note": entry.note, "better": entry.better}
            for name, entry in summary.measures.items()
        },
        "labels": {
            "datasets": {name: entry.label for name, entry in summary.datasets.items()},
            "variants": {name: entry.label for name, entry in summary.variants.items()} | layout.REFERENCE_ROWS,
            "experiments": {name: experiment_label(name) for name in layout.experiments(summary)},
            "documents": SOURCES,
            "outcomes": WORDS,
        },
        "cells": [_cell(cell, of_cells[cell.key], records) for cell in summary.cells],
        "samples": samples(
            summary, results, {cell.key: _ordered(of_cells[cell.key]) for cell in summary.cells}, records
        ),
    }


def _cell(cell: CellSummary, rows: pd.DataFrame, records: list[tuple[Path, dict[str, Any]]]) -> dict[str, Any]:
    """The curves of a cell's runs by measure, (seeds, steps) with None for no number, and the hashes of their files."""
    curves = {}
    for measure, own in rows.groupby("measure", sort=False):
        if own["step"].nunique() > 1:
            table = own.set_index(["seed", "step"])["value"].unstack()
            shown = table.iloc[:, np.unique(np.linspace(0, table.shape[1] - 1, MOST_STEPS).round().astype(int))]
            values = [[_rounded(value) for value in run] for run in shown.to_numpy()]
            curves[measure] = {"steps": shown.columns.tolist(), "seeds": shown.index.tolist(), "values": values}
    own = [
        record
        for _, record in records
        if tuple(record[key] for key in ("experiment", "dataset", "variant")) == cell.key
    ]
    blocks = [{"seeds": record["seeds"], "commit": record["commit"], "files": record["files"]} for record in own]
    names = {"experiment": cell.experiment, "dataset": cell.dataset, "variant": cell.variant}
    return names | {"seeds": list(cell.seeds), "steps": cell.steps, "curves": curves, "blocks": blocks}


def _rounded(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None


def _ordered(rows: pd.DataFrame) -> list[int]:
    """The seeds of a cell from the worst to the best endpoint of the first measure of MIDDLE_BY."""
    for measure in MIDDLE_BY:
        ends = of_runs(rows[rows["measure"] == measure])
        if len(ends):
            sign = -1 if measure == "ivom_test" else 1
            return ends.assign(rank=sign * ends["value"]).sort_values(["rank", "seed"])["seed"].tolist()
    return sorted(rows["seed"].unique().tolist())
