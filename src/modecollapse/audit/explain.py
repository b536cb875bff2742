"""Where a printed number comes from: its formula, the table rows behind it, the files of the runs and their SHA-256.

An id is a path such as matched/ring/veegan/modes. A table row is behind it if the row's cells and columns hold all its
parts.
"""

from __future__ import annotations

import difflib
from functools import lru_cache

from modecollapse.audit.bundle import MANIFEST, MEASURES, Bundle
from modecollapse.claims import load
from modecollapse.errors import StudyError, printable
from modecollapse.report import document, layout
from modecollapse.report.layout import CALIBRATION
from modecollapse.study import catalogue, plan
from modecollapse.study.evaluations import in_last_tenth

NEAREST, MOST_ROWS = 5, 60
CELL = ["experiment", "dataset", "variant"]


def ids(bundle: Bundle) -> dict[str, str]:
    """Every printed value by its id, in the order of the report."""
    folders = (bundle.folder / "tables", bundle.folder / "figures", plan.run_folders(bundle.study, bundle.folder))
    inputs = document.Inputs(bundle.summary, *folders, load(bundle.claims), bundle.folder / MANIFEST)
    return dict(document.printed_numbers(inputs))


def explain(bundle: Bundle, value_id: str) -> list[str]:
    """The sources of a printed value as lines, from its formula and table rows down to the files of the runs.

    StudyError for an id that the report does not print, which names the nearest ids.
    """
    printed = ids(bundle)
    if value_id not in printed:
        nearest = ", ".join(difflib.get_close_matches(value_id, printed, NEAREST, 0.3))
        shown = printable(value_id)[:80]
        raise StudyError(f"VALUE_ID: {shown!r} is not printed in this report; the nearest: {nearest or 'none'}")
    parts, rows = value_id.split("/"), table_rows(bundle, value_id)
    others = MEASURES if parts[0] == "finding" else "study.json and the run records"  # where no row is behind it
    measure = next((part for part in parts if part in bundle.summary.measures), "")
    lines = [value_id, f"  printed  {printed[value_id]}", f"  formula  {_formula(rows, measure, others)}"]
    for file, row in rows[:MOST_ROWS]:
        lines.append(f"  {file}: " + ", ".join(f"{column} = {value}" for column, value in row.items() if value))
    planned = [cell.key for cell in bundle.summary.cells]
    of_rows = {tuple(row.get(key) for key in CELL) for _, row in rows}
    cells = [key for key in planned if set(key) <= set(parts)] or [key for key in planned if key in of_rows]
    tidy = bundle.measures
    tidy = tidy[tidy[CELL].apply(tuple, axis=1).isin(cells) & (tidy["measure"] == measure)]
    late = in_last_tenth(tidy["step"], tidy.groupby(CELL)["step"].transform("max"))
    tidy = tidy[late | (tidy["experiment"] == CALIBRATION)].sort_values([*CELL, "seed", "step"])
    lines += [f"  {MEASURES}, the last tenth of each run's steps"] * bool(len(tidy))
    line = "    {variant}, {measure}, seed {seed}, step {step}: {value:.6g} of {n} samples, {status}"
    lines += [line.format(**row) for row in tidy.head(MOST_ROWS).to_dict("records")]
    for folder, record in bundle.records.items():
        if tuple(folder.split("/")[:3]) in cells:
            lines.append(f"  runs/{folder}: configuration {record['config_hash']}, commit {record['commit']}")
            for name, digest in record["files"].items():
                withheld = "  (withheld)" * (f"runs/{folder}/{name}" in bundle.withheld)
                lines.append(f"    {digest}  {name}{withheld}")
    return lines


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
    written = (*layout.TABLES, *layout.COMPARISONS, *layout.released_verdicts(bundle.study))
    names = [name for name in written if bundle.has(f"tables/{name}")]
    return [(f"tables/{name}", row) for name in names for row in bundle.table(name).to_dict("records")]


def _formula(rows: list[tuple[str, dict[str, str]]], measure: str, others: str) -> str:
    note = catalogue.declared("measures", measure, "NOTE") if measure else ""
    files = ", ".join(dict.fromkeys(file for file, _ in rows)) or others
    interval = "Gaffke's interval (an oracle's or null's share of samples with the exact binomial one)"
    how = (
        f"{measure}: {note}; the mean over the seeds of that over the last tenth of the steps, with {interval}; "
        if note
        else ""
    )
    return f"{how}read from {files}"
