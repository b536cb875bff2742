"""A finding of the check: what was looked at, what was found, whether it is good enough, and the line to write."""

from __future__ import annotations

from functools import partial
from typing import Literal, NamedTuple

from modecollapse.errors import printable


class Finding(NamedTuple):
    """PROBLEM: jobs would fail or never start. WARNING: the study runs, but slower or with less certainty."""

    check: str
    found: str
    write: str = ""
    status: Literal["OK", "WARNING", "PROBLEM"] = "OK"

    @property
    def line(self) -> str:
        """`PROBLEM  memory of train: asks for 9 MB; the largest node has 8  ->  mem_mb: 8`."""
        return printable(f"{self.status:<8} {self.check}: {self.found}" + (f"  ->  {self.write}" if self.write else ""))


warning, problem = partial(Finding, status="WARNING"), partial(Finding, status="PROBLEM")
