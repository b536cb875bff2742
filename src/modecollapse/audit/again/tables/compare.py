"""A written table beside the one computed: every row, every cell."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from modecollapse.audit.finding import Finding

TOLERANCE = 1e-9  # relative, of a number that is written in full
NUMBER = re.compile(r"-?(\d+(\.\d*)?(e[+-]?\d+)?|inf)")


class Cell(Protocol):
    """What a cell should hold: a text itself, or something that knows which texts it agrees with."""

    def agrees(self, written: str) -> bool:
        """Whether the text of a cell is right."""


def number(written: str) -> float | None:
    """The number that a text is, None where it is none."""
    return float(written) if NUMBER.fullmatch(written) else None


@dataclass(frozen=True)
class Number:
    """A number that is written in full; None is an empty cell. `size`: of the numbers that it was computed from."""

    value: float | None
    size: float = 0.0

    def agrees(self, written: str) -> bool:
        """Whether the text is this number, but for rounding."""
        found = number(written)
        if self.value is None or found is None:
            return self.value is None and written == ""
        return math.isclose(self.value, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE * 1e-3 * self.size)

    def __str__(self) -> str:
        return "nothing" if self.value is None else repr(self.value)


@dataclass
class Table:
    """A table as it should be: its file, columns, those that tell rows apart, and the rows."""

    file: str
    columns: list[str]
    keys: list[str]
    rows: list[dict[str, str | Cell]]


Key = tuple[str, ...]
Written = dict[Key, list[dict[str, str]]]


class Unreadable(Exception):
    """Why a file is no table."""


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The columns and rows of a CSV file, every cell as it is written. Raises Unreadable."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except FileNotFoundError:
        raise Unreadable("missing") from None
    except (OSError, ValueError, csv.Error) as error:
        raise Unreadable(f"cannot be read as a table: {error}") from None
    if not lines or not lines[0]:
        raise Unreadable("empty, expected a table")
    head = lines[0]
    if len(set(head)) < len(head):
        raise Unreadable(f"the column {Counter(head).most_common(1)[0][0]!r} is there twice")
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(head):
            raise Unreadable(f"line {number} has {len(line)} cells, the head has {len(head)}")
    return head, [dict(zip(head, line, strict=True)) for line in lines[1:]]


def compare(folder: Path, table: Table) -> tuple[int, list[Finding], Written]:
    """How many cells were compared, what does not hold, and the written rows by their keys."""
    try:
        head, rows = read(folder / table.file)
    except Unreadable as error:
        return 0, [Finding(table.file, "", str(error))], {}
    findings = list(_columns(table, head))
    if not set(table.keys) <= set(head):
        return 0, findings, {}
    written = _by_key(rows, table.keys)
    expected = _by_key(table.rows, table.keys)
    shared = [column for column in table.columns if column in head]
    for key in {**expected, **written}:
        findings += _rows(table.file, "/".join(key), expected.get(key, []), written.get(key, []), shared)
    in_order = [_key(row, table.keys) for row in rows], [_key(row, table.keys) for row in table.rows]
    if in_order[0] != in_order[1] and sorted(in_order[0]) == sorted(in_order[1]):
        findings.append(Finding(table.file, "", "the rows are in another order than computed"))
    return len(table.rows) * len(shared), findings, written


def _key(row: Mapping[str, object], keys: list[str]) -> Key:
    return tuple(str(row[name]) for name in keys)


def _by_key(rows: Iterable[Mapping], keys: list[str]) -> dict[Key, list]:
    found: dict[Key, list] = {}
    for row in rows:
        found.setdefault(_key(row, keys), []).append(row)
    return found


def _columns(table: Table, head: list[str]) -> Iterable[Finding]:
    missing = [column for column in table.columns if column not in head]
    added = [column for column in head if column not in table.columns]
    if missing or added:
        parts = [f"missing {', '.join(missing)}"] * bool(missing) + [f"not expected {', '.join(added)}"] * bool(added)
        yield Finding(table.file, "columns", "; ".join(parts))
    elif head != table.columns:
        yield Finding(table.file, "columns", f"in another order than {', '.join(table.columns)}")


def _rows(file: str, where: str, expected: list, written: list, columns: list[str]) -> Iterable[Finding]:
    """What is wrong with the rows of one key: in a finding each, those that are there, and one for their number."""
    if len(expected) != len(written):
        yield Finding(file, where, f"there are {len(written)} such rows, expected {len(expected)}")
    for right, row in zip(expected, written, strict=False):
        wrong = [column for column in columns if not _agrees(right[column], row[column])]
        if wrong:
            told = (f"{column} is {row[column] or 'empty'}, computed {right[column]}" for column in wrong)
            yield Finding(file, f"{where}: {', '.join(wrong)}", "; ".join(told))


def _agrees(right: str | Cell, written: str) -> bool:
    return right == written if isinstance(right, str) else right.agrees(written)
