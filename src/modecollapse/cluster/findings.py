"""A finding of the check: what was looked at, what was found, whether it is good enough, and the line to write."""

from __future__ import annotations

from typing import Literal, NamedTuple

from modecollapse.errors import printable


class Finding(NamedTuple):
    """One line of the answer; `write` is empty where nothing has to change.

    PROBLEM: jobs would fail or never start. WARNING: the study runs, but slower or with less certainty.
    """

    check: str
    found: str
    status: Literal["OK", "WARNING", "PROBLEM"] = "OK"
    write: str = ""

    @property
    def line(self) -> str:
        """`PROBLEM  mem_mb of train: asks for 9; the largest node has 8  ->  mem_mb: 8`."""
        change = f"  ->  {self.write}" if self.write else ""
        return printable(f"{self.status:<8} {self.check}: {self.found}{change}")


def problem(check: str, found: str, write: str) -> Finding:
    """A finding that stops the study."""
    return Finding(check, found, "PROBLEM", write)
