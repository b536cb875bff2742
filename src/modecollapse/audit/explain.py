"""Where a printed number comes from: its formula, the table rows behind it, the files of the runs and their SHA-256.

An id is a path such as matched/ring/veegan/modes. A table row is behind it if the row's cells and columns hold all its
parts.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from modecollapse.audit.bundle import MANIFEST, MEASURES, Bundle
from modecollapse.errors import StudyError, printable
from modecollapse.report import document, layout
from modecollapse.study import catalogue, plan

NEAREST, MOST_ROWS = 5, 60
CELL = ["experiment", "dataset", "variant"]


@dataclass(frozen=True)
class Lineage:
    """A printed value and its sources.

    formula: how it is computed, in words; table_rows: (file, row of the table by column); tidy: the rows of the tidy
    table behind it; runs: (folder, its record).
    """

    id: str
    printed: str
    formula: str
    table_rows: list[tuple[str, dict[str, str]]]
    tidy: pd.DataFrame
    runs: list[tuple[str, dict]]


def ids(bundle: Bundle) -> dict[str, str]:
    """Every printed value by its id, in the order of the report."""
    folders = (bundle.folder / "tables", bundle.folder / "figures", plan.run_folders(bundle.study, bundle.folder))
    return dict(document.printed_numbers(bundle.summary, *folders, bundle.folder / MANIFEST))


def explain(bundle: Bundle, value_id: str) -> Lineage:
    """The lineage of a printed value. StudyError for an id that the report does not print, which names the nearest."""
    printed = ids(bundle)
    if value_id not in printed:
        nearest = ", ".join(difflib.get_close_matches(value_id, printed, NEAREST, 0.3))
        shown = printable(value_id)[:80]
        raise StudyError(f"VALUE_ID: {shown!r} is not printed in this report; the nearest: {nearest or 'none'}")
    parts, rows = value_id.split("/"), table_rows(bundle, value_id)
    measure = next((part for part in parts if part in bundle.summary.measures), "")
    planned = [cell.key for cell in bundle.summary.cells]
    of_rows = {tuple(row.get(key) for key in CELL) for _, row in rows}
    cells = [key for key in planned if set(key) <= set(parts)] or [key for key in planned if key in of_rows]
    tidy = bundle.measures
    tidy = tidy[tidy[CELL].apply(tuple, axis=1).isin(cells) & (tidy["measure"] == measure)]
    tidy = tidy[tidy["step"] == tidy.groupby(CELL)["step"].transform("max")].sort_values([*CELL, "seed"])
    runs = [(path, record) for path, record in bundle.records.items() if tuple(path.split("/")[:3]) in cells]
    return Lineage(value_id, printed[value_id], _formula(rows, measure), rows, tidy, runs)


def lines(bundle: Bundle, lineage: Lineage) -> Iterator[str]:
    """The lineage as printable lines, from the printed value down to the files of the runs."""
    yield lineage.id
    yield f"  printed  {lineage.printed}"
    yield f"  formula  {lineage.formula}"
    for file, row in lineage.table_rows[:MOST_ROWS]:
        yield f"  {file}: " + ", ".join(f"{column} = {value}" for column, value in row.items() if value)
    if len(lineage.tidy):
        yield f"  {MEASURES}, the last step of each run"
        line = "    {variant}, {measure}, seed {seed}, step {step}: {value:.6g} of {n} samples, {status}"
        yield from (line.format(**row) for row in lineage.tidy.head(MOST_ROWS).to_dict("records"))
    for folder, record in lineage.runs:
        yield f"  runs/{folder}: configuration {record['config_hash']}, commit {record['commit']}"
        for name, digest in record["files"].items():
            withheld = "  (withheld)" * (f"runs/{folder}/{name}" in bundle.withheld)
            yield f"    {digest}  {name}{withheld}"


def table_rows(bundle: Bundle, value_id: str) -> list[tuple[str, dict[str, str]]]:
    """(file, row) of each table's rows whose cells hold every part of an id, except for a first word and a last one.

    The first may name a kind of value (`verdict`); the last may be a column or a property of a row (`published`).
    """
    path, parts = f"/{value_id}/", [part for part in value_id.split("/") if part]
    exact, other = [], []
    for file, row in _rows(bundle):
        held = {part for cell in {*row.values()} if cell and f"/{cell}/" in path for part in cell.split("/")}
        middle = parts[parts[0] not in held : len(parts) - (parts[-1] not in held)]
        if middle and held.issuperset(middle):
            (exact if parts[-1] in held or parts[-1] in row else other).append((file, row))
    return exact or other


@lru_cache(maxsize=1)
def _rows(bundle: Bundle) -> list[tuple[str, dict[str, str]]]:
    names = [name for name in (*layout.TABLES, *layout.COMPARISONS, *layout.VERDICTS) if bundle.has(f"tables/{name}")]
    return [(f"tables/{name}", row) for name in names for row in bundle.table(name).to_dict("records")]


def _formula(rows: list[tuple[str, dict[str, str]]], measure: str) -> str:
    note = catalogue.declared("measures", measure, "NOTE") if measure else ""
    files = ", ".join(dict.fromkeys(file for file, _ in rows)) or "study.json and the run records"
    how = f"{measure}: {note}; the mean over the seeds at the last step, with Gaffke's interval; " if note else ""
    return f"{how}read from {files}"
