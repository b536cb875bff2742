"""An answer of the check: what was looked at, what was found, whether that will do, and what to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """PROBLEM stops the study, WARNING may slow or mislead it, SKIPPED was not looked at."""

    OK = "OK"
    WARNING = "WARNING"
    PROBLEM = "PROBLEM"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True)
class Row:
    """One line of the table; `change` is empty where nothing is to be done."""

    check: str
    found: str
    status: Status = Status.OK
    change: str = ""


def exit_status(rows: Iterable[Row]) -> int:
    """0 without a PROBLEM, 1 with one."""
    return int(any(row.status is Status.PROBLEM for row in rows))
