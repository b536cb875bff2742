"""What a check says: how much it looked at, and what does not hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """Something that does not hold: the file (below the study's folder), the row or key in it, and what is wrong."""

    file: str
    where: str
    problem: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.file, self.where, self.problem)))


@dataclass
class Result:
    """What a check came to.

    `looked_at` counts the things that were compared, in words such as "104 run records"; a check that looked at nothing
    has not passed. `notes` are facts to know that are no faults, such as what ran on which machine; `left_open` tells
    what could not be verified and why, and never counts as holding.
    """

    looked_at: int = 0
    of: str = "files"
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)

    def expect(self, holds: bool, file: str, where: str, problem: str) -> bool:
        """Count one comparison, and a finding where it does not hold; returns `holds`."""
        self.looked_at += 1
        if not holds:
            self.findings.append(Finding(file, where, problem))
        return holds

    def add(self, findings: Iterable[Finding]) -> None:
        """More findings, without counting comparisons."""
        self.findings.extend(findings)
