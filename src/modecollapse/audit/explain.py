"""Where a printed number comes from: its formula, the rows it rests on, the files of the runs and their SHA-256.

An id is a path such as matched/ring/veegan/modes. Its parts are looked for in the cells and column names of the tables:
a row that holds them all is what was printed or computed from.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from modecollapse import reading
from modecollapse.audit.bundle import MEASURES, Bundle
from modecollapse.errors import StudyError
from modecollapse.report import document, layout
from modecollapse.study import catalogue, plan

NEAREST, MOST_ROWS = 5, 60
CELL = ["experiment", "dataset", "variant"]


@dataclass(frozen=True)
class Lineage:
    """A printed value and what it rests on.

    formula: how it comes about, in words; table_rows: (file, row of the table by column); tidy: the rows of the tidy
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
    return dict(document.printed_numbers(bundle.facts, *folders, bundle.folder / "MANIFEST.sha256"))


def explain(bundle: Bundle, value_id: str) -> Lineage:
    """The lineage of a printed value. StudyError for an id that the report does not print, which names the nearest."""
    printed = ids(bundle)
    if value_id not in printed:
        nearest = ", ".join(difflib.get_close_matches(value_id, printed, NEAREST, 0.3))
        told = reading.printable(value_id)[:80]
        raise StudyError(f"VALUE_ID: {told!r} is not printed in this report; the nearest: {nearest or 'none'}")
    parts = value_id.split("/")
    rows = [
        (f"tables/{name}", row)
        for name in _tables()
        if bundle.has(f"tables/{name}")
        for row in _rows(bundle, name, parts)
    ]
    cells = _cells(bundle, parts, [row for _, row in rows])
    measure = next((part for part in parts if part in bundle.facts["measures"]), "")
    return Lineage(
        value_id, printed[value_id], _formula(rows, measure), rows, _tidy(bundle, cells, measure), _runs(bundle, cells)
    )


def lines(bundle: Bundle, lineage: Lineage) -> Iterator[str]:
    """The lineage as printable lines, from the printed value down to the files of the runs."""
    yield f"{lineage.id}"
    yield f"  printed  {lineage.printed}"
    yield f"  formula  {lineage.formula}"
    for file, row in lineage.table_rows[:MOST_ROWS]:
        yield f"  {file}: " + ", ".join(f"{column} = {value}" for column, value in row.items() if value)
    if len(lineage.tidy):
        yield f"  {MEASURES}, the last step of each run"
        for row in lineage.tidy.head(MOST_ROWS).to_dict("records"):
            yield "    {variant}, {measure}, seed {seed}, step {step}: {value:.6g} of {n} samples, {status}".format(
                **row
            )
    for folder, record in lineage.runs:
        yield f"  runs/{folder}: configuration {record['config_hash']}, commit {record['commit']}"
        for name, digest in record["files"].items():
            withheld = "  (withheld)" * (f"runs/{folder}/{name}" in bundle.withheld)
            yield f"    {digest}  {name}{withheld}"


def _tables() -> tuple[str, ...]:
    return (*layout.TABLES, *layout.COMPARISONS, *layout.VERDICTS)


def _rows(bundle: Bundle, name: str, parts: list[str]) -> Iterator[dict[str, str]]:
    """The rows of a table whose cells hold every part of an id or, where there are none, all but a first and a last.

    These name the kind of a value (`verdict`) and what is told of it (`published`), where no cell does.
    """
    found: dict[int, list[dict[str, str]]] = {}
    path, whole = f"/{'/'.join(parts)}/", [part for part in parts if part]
    for row in bundle.table(name).to_dict("records"):
        held = {part for cell in {*row.values()} if cell and f"/{cell}/" in path for part in cell.split("/")}
        middle = whole[whole[0] not in held : len(whole) - (whole[-1] not in held)]
        if middle and held.issuperset(middle):
            found.setdefault(len(middle), []).append(row)
    yield from found[max(found)] if found else ()


def _cells(bundle: Bundle, parts: list[str], rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """The planned cells that an id names, or else those of its rows."""
    planned = [tuple(cell[key] for key in CELL) for cell in bundle.facts["cells"]]
    named = [cell for cell in planned if set(cell) <= set(parts)]
    of_rows = [
        cell
        for cell in planned
        for row in rows
        if all(row.get(key) == part for key, part in zip(CELL, cell, strict=True))
    ]
    return list(dict.fromkeys(named or of_rows))


def _formula(rows: list[tuple[str, dict[str, str]]], measure: str) -> str:
    note = catalogue.declared("measures", measure, "NOTE") if measure else ""
    files = ", ".join(dict.fromkeys(file for file, _ in rows)) or "study.json and the run records"
    how = f"{measure}: {note}; the mean over the seeds at the last step, with Gaffke's interval; " if note else ""
    return f"{how}read from {files}"


def _tidy(bundle: Bundle, cells: list[tuple[str, ...]], measure: str) -> pd.DataFrame:
    rows = bundle.measures
    rows = rows[rows[CELL].apply(tuple, axis=1).isin(cells) & (rows["measure"] == measure)]
    return rows[rows["step"] == rows.groupby(CELL)["step"].transform("max")].sort_values([*CELL, "seed"])


def _runs(bundle: Bundle, cells: list[tuple[str, ...]]) -> list[tuple[str, dict]]:
    return [(folder, record) for folder, record in bundle.records.items() if tuple(folder.split("/")[:3]) in cells]
