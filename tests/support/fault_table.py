"""The table of faults that the tests injected, printed when they are done: what, how, how it ended, what it cost."""

from __future__ import annotations

import re
import sys
from typing import Any

HEAD = ("case", "injected", "outcome", "seconds lost")
_rows: list[tuple[str, str, str, str]] = []


def fault_log(case: str, injected: str, outcome: str, seconds_lost: float | None = None) -> None:
    """Add a row. seconds_lost: wall time of the killed and resumed runs without that of the undisturbed one."""
    _rows.append((case, injected, outcome, "" if seconds_lost is None else f"{seconds_lost:.1f}"))


def lines() -> list[str]:
    """The rows so far as a Markdown table, in order of their cases."""
    rows = [HEAD, *sorted(_rows, key=lambda row: (_number(row[0]), row))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    padded = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    rule = " | ".join("-" * width for width in widths)
    return [f"| {line} |" for line in (padded[0], rule, *padded[1:])]


def print_once(reporter: Any) -> None:
    """Print the rows that have not been printed yet; for `pytest_terminal_summary`, of several folders perhaps."""
    if not _rows:
        return
    reporter.section("faults")
    for line in lines():
        reporter.write_line(line)
    _rows.clear()


def _number(case: str) -> int:
    """The number that a case begins with, for the order; those without one come last."""
    found = re.match(r"\d+", case)
    return int(found[0]) if found else sys.maxsize
