"""Numbers of a written table, by which other tables were made."""

from __future__ import annotations

import math
from pathlib import Path

from modecollapse.audit.again.tables.compare import Cell, Key, Number, Unreadable, number, read

Rows = dict[Key, dict[str, str]]
Row = dict[str, str | Cell]  # a row as it should be


def rows_of(folder: Path, file: str, keys: list[str]) -> Rows:
    """The rows of a table by their key, of two with one key the first; none of a file that is no such table."""
    try:
        head, rows = read(folder / file)
    except Unreadable:
        return {}
    found: Rows = {}
    if set(keys) <= set(head):
        for row in rows:
            found.setdefault(tuple(row[key] for key in keys), row)
    return found


def taken(rows: Rows, key: Key, column: str, cell: Cell, otherwise: float) -> float:
    """The number of a cell as it is written if that may be right, else `otherwise`.

    What follows from a number of random draws follows from the one that was drawn.
    """
    text = rows.get(key, {}).get(column)
    found = None if text is None or not cell.agrees(text) else number(text)
    return otherwise if found is None else found


def exact(value: float, size: float = 0.0) -> Number:
    """A number, which NaN is none; `size`: of the numbers that it was computed from, if finite."""
    return Number(None if math.isnan(value) else float(value), size if math.isfinite(size) else 0.0)
