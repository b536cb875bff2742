"""The table of faults that the tests injected, printed when they are done: what, how, how it ended, what it cost."""

from __future__ import annotations

from typing import Any

import pandas as pd

HEAD = ("case", "injected", "outcome", "seconds lost")
_rows: list[tuple[str, str, str, str]] = []


def fault_log(case: str, injected: str, outcome: str, seconds_lost: float | None = None) -> None:
    """Add a row. seconds_lost: wall time of the killed and resumed runs without that of the undisturbed one."""
    _rows.append((case, injected, outcome, "" if seconds_lost is None else f"{seconds_lost:.1f}"))


def print_once(reporter: Any) -> None:
    """Print the rows that have not been printed yet; for `pytest_terminal_summary`, of several folders perhaps."""
    if _rows:
        reporter.section("faults")
        table = pd.DataFrame(sorted(_rows, key=lambda row: (len(row[0].split()[0]), row)), columns=HEAD)
        reporter.write_line(table.to_string(index=False))
    _rows.clear()
