"""What a check returns: how many things it compared, what does not hold, and what it could not verify."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


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
    """The result of a check.

    `looked_at` counts the comparisons, and `of` names what was compared: "104 run records". A check that compared
    nothing has not passed. `notes` are facts that are no faults, such as which machine ran what; `left_open` states
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
        """Add findings without counting comparisons."""
        self.findings.extend(findings)


@dataclass(frozen=True)
class Outcome:
    """A check that was run: its name and title, its result, and how long it took in seconds."""

    name: str
    title: str
    result: Result
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether nothing was found, and something was compared."""
        return not self.result.findings and self.result.looked_at > 0

    @property
    def compared_nothing(self) -> bool:
        """Whether there was nothing that the check could compare."""
        return not self.result.findings and not self.result.looked_at


def differences(before: Any, after: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each (key, before, after) in which two plain contents differ; 1 is not 1.0, and true is neither."""
    if isinstance(before, dict) and isinstance(after, dict):
        for inner in dict.fromkeys([*before, *after]):
            path = f"{key}.{inner}" if key else str(inner)
            yield from differences(before.get(inner, "nothing"), after.get(inner, "nothing"), path)
    elif type(before) is not type(after) or before != after:
        yield key, before, after
