"""The levels of an audit: which checks, in which order, and running them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.finding import Result
from modecollapse.errors import StudyError

LEVELS = {
    "quick": ("integrity", "completeness", "schema", "provenance", "seeds", "declared", "environment"),
    "recompute": ("generators", "reexecution", "headline"),
    "rerun": ("rerun",),
}


@dataclass(frozen=True)
class Outcome:
    """A check that was run: its name and title, what it found, and how long it took in seconds."""

    name: str
    title: str
    result: Result
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether nothing was found, and something was looked at."""
        return not self.result.findings and self.result.looked_at > 0

    @property
    def tells_nothing(self) -> bool:
        """Whether nothing could be looked at."""
        return not self.result.findings and not self.result.looked_at


def checks_of(level: str) -> tuple[str, ...]:
    """The checks of a level, after those of the levels below it. StudyError for a level that does not exist."""
    if level not in LEVELS:
        raise StudyError(f"--level: {level!r} is unknown; allowed: {', '.join(LEVELS)}")
    names = list(LEVELS)
    return tuple(name for each in names[: names.index(level) + 1] for name in LEVELS[each])


def run(
    bundle: Bundle, names: tuple[str, ...], blocks: int = 2, before: Callable[[str], None] = lambda title: None
) -> Iterator[Outcome]:
    """Run checks by name, one after the other; `blocks` is how many `rerun` trains, `before` is told each title."""
    for name in names:
        module = import_module(f"modecollapse.audit.checks.{name}")
        before(module.TITLE)
        began = time.monotonic()
        try:
            result = module.check(bundle, blocks) if name == "rerun" else module.check(bundle)
        except Exception as error:  # damage that nobody foresaw: the files are not what they should be
            result = Result()
            result.expect(
                False, "", "", f"could not be checked: {type(error).__name__}: {' '.join(str(error).split())}"
            )
        yield Outcome(name, module.TITLE, result, time.monotonic() - began)
