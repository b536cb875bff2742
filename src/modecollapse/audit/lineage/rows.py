"""The rows behind a printed number: of the tables that were printed, and of the tidy table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.document.sources import Source
from modecollapse.measures import supports
from modecollapse.report.layout import CALIBRATION, UNTRAINED

Cell = tuple[str, ...]  # experiment, data set, variant and, of one measure, the measure
CELL = ("experiment", "dataset", "variant")
SUMMARY = "tables/summary.csv"
RESULTS = ("table1", "table2", "samples", "inversions", "convergence", "began", "detection")
FAMILY = ("experiment", "dataset", "measure")
# What the parts of a place stand for, by table; of several kinds of place the number of parts tells which.
KEYS = {f"tables/{name}.csv": (CELL,) for name in RESULTS} | {
    "tables/baseline.csv": ((*FAMILY, "variant"), FAMILY),
    "tables/coverage_times.csv": ((*FAMILY, "variant"),),
    "tables/disagreements.csv": (
        (*FAMILY, "second_measure"),
        (*FAMILY, "second_measure", "variant", "second_variant"),
    ),
    "tables/stability.csv": (
        ("experiment", "measure", "statistic"),
        ("experiment", "measure", "statistic", "dataset", "second_dataset"),
    ),
    "tables/poster_table2.csv": (("experiment", "of", "variant", "measure"),),
}


@dataclass(frozen=True)
class TidyRow:
    """A row of the tidy table, or what a run counts with in a verdict; n: samples, or evaluations."""

    experiment: str
    dataset: str
    variant: str
    measure: str
    seed: int
    step: int
    value: float
    n: int
    status: str


def table_rows(bundle: Bundle, source: Source) -> list[tuple[str, dict[str, str]]]:
    """The rows that a value was printed from, with their files; of a mean also the one of summary.csv."""
    found = []
    if source.key[:1] in (("part",), ("claim",)):
        column, place = source.key
        for name in ("claims.csv",) * (column == "claim") + ("verdicts.csv",):
            own = _records(bundle, f"tables/{name}", {column: place})
            experiment = source.where.removeprefix(f"{place}/") if "/" in source.where else None
            if column == "claim" and experiment is not None:
                own = [row for row in own if row["experiment"] in (experiment, "")] or own
            found += [(f"tables/{name}", row) for row in own]
    for columns in KEYS.get(source.file, ()):
        parts = source.where.split("/")
        if len(parts) == len(columns):
            own = _records(bundle, source.file, dict(zip(columns, parts, strict=True)))
            found += [(source.file, row) for row in own]
    if len(source.key) == 4 and bundle.has(SUMMARY):
        own = _records(bundle, SUMMARY, dict(zip((*CELL, "measure"), source.key, strict=True)))
        found += [(SUMMARY, row) for row in own]
    return found


def _records(bundle: Bundle, file: str, wanted: dict[str, str]) -> list[dict[str, str]]:
    table = bundle.table(file.removeprefix("tables/"))
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table.to_dict("records")


def cells(source: Source, found: list[tuple[str, dict[str, str]]]) -> list[Cell]:
    """The cells that a value is about, with its measure where it is about one; of a verdict those of its tests."""
    if len(source.key) >= 3:
        return [source.key]
    own: list[Cell] = []
    for file, row in found:
        if file == "tables/verdicts.csv" and row["dataset"]:
            variants = ", ".join(filter(None, [row["variant"], row["against"]]))
            parts = (text.split(", ") for text in (row["experiment"], row["dataset"], variants, row["measure"]))
            own += product(*parts)
    return list(dict.fromkeys(own))


def tidy(bundle: Bundle, cell: Cell) -> list[TidyRow]:
    """The rows of a measure of a cell at its last step; of untrained generators those of all variants at step 0."""
    if len(cell) < 4:
        return []
    experiment, dataset, variant, measure = cell
    rows = bundle.measures
    rows = rows[(rows["experiment"] == experiment) & (rows["dataset"] == dataset) & (rows["measure"] == measure)]
    if variant == UNTRAINED and experiment != CALIBRATION:
        rows = rows[rows["step"] == 0]
    else:
        rows = rows[rows["variant"] == variant]
        rows = rows[rows["step"] == rows["step"].max()]
    return _as_rows(rows)


def endpoints(bundle: Bundle, cell: Cell) -> list[TidyRow]:
    """What each run counts with: its mean over the last evaluations, a diverged one with the worst value there is."""
    experiment, dataset, variant, measure = cell
    rows = bundle.measures
    rows = rows[(rows["experiment"] == experiment) & (rows["dataset"] == dataset) & (rows["variant"] == variant)]
    rows = rows[(rows["measure"] == measure) & (rows["step"] > 0)].sort_values(["seed", "step"])
    window = bundle.registry["settings"]["window"]
    better = bundle.facts["measures"].get(measure, {}).get("better")
    found = []
    for _, run in rows.groupby("seed"):
        last = run.tail(max(1, min(window, len(run) // 2)))
        row = last.iloc[[-1]].assign(value=np.mean(last["value"]), n=len(last))
        if row["status"].iloc[0] == "diverged" and better:
            row = row.assign(value=supports(bundle.facts)(dataset, measure)[better == "less"])
        found += _as_rows(row)
    return found


def _as_rows(rows: pd.DataFrame) -> list[TidyRow]:
    ordered = rows.sort_values(["variant", "seed"])
    return [
        TidyRow(
            *(str(row[name]) for name in (*CELL, "measure")),
            seed=int(row["seed"]),
            step=int(row["step"]),
            value=float(row["value"]),
            n=int(row["n"]),
            status=str(row["status"]),
        )
        for row in ordered.to_dict("records")
    ]
