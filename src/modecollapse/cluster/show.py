"""The answers as a table on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Column, Table
from rich.text import Text

from modecollapse.cluster.rows import Row, Status
from modecollapse.study.show import console

COLOURS = {Status.OK: "green", Status.WARNING: "yellow", Status.PROBLEM: "red", Status.SKIPPED: "dim"}


def print_rows(rows: Sequence[Row]) -> None:
    """The rows, and in a last line how many of them ask for a change."""
    table = Table("check", Column("found", overflow="fold"), "answer", Column("what to change", overflow="fold"))
    for row in rows:
        # As Text: what Slurm says may hold brackets, which are markup in a plain string.
        table.add_row(Text(row.check), Text(row.found), Text(row.status, COLOURS[row.status]), Text(row.change))
    terminal = console()
    terminal.print(table)
    terminal.print(summary(rows))


def summary(rows: Sequence[Row]) -> str:
    """One line: how many rows are PROBLEM, WARNING and SKIPPED."""
    counts = {status: sum(row.status is status for row in rows) for status in Status}
    said = [
        f"{counts[status]} {status}" for status in (Status.PROBLEM, Status.WARNING, Status.SKIPPED) if counts[status]
    ]
    if not said:
        return "This site is ready for the study."
    ending = "what to change stands on the right." if counts[Status.PROBLEM] else "nothing here stops the study."
    return f"{', '.join(said)}: {ending}"
