"""The levels of an audit, and one audit of one folder from its checks to its exit status."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from modecollapse import files
from modecollapse.audit import audit_output
from modecollapse.audit.bundle import MANIFEST, Bundle
from modecollapse.audit.finding import Outcome, Result
from modecollapse.errors import StudyError, one_line
from modecollapse.study.show import console

LEVELS = {
    "quick": ("integrity", "completeness", "schema", "provenance", "seeds", "declared", "environment"),
    "recompute": ("generators", "reexecution", "headline"),
    "rerun": ("rerun",),
}
JSON, HTML = "audit.json", "audit.html"
HOLDS, FAILED, NOT_TESTED = 0, 1, 2


def checks_of(level: str) -> tuple[str, ...]:
    """The checks of a level, after those of the levels below it. StudyError for a level that does not exist."""
    if level not in LEVELS:
        raise StudyError(f"--level: {level!r} is unknown; allowed: {', '.join(LEVELS)}")
    names = list(LEVELS)
    return tuple(name for each in names[: names.index(level) + 1] for name in LEVELS[each])


def run(
    bundle: Bundle, names: tuple[str, ...], blocks: int = 2, before: Callable[[str], None] = lambda title: None
) -> Iterator[Outcome]:
    """Run checks by name, one after the other.

    `blocks` is how many blocks the check `rerun` trains; `before` is called with the title of each check.
    """
    for name in names:
        module = import_module(f"modecollapse.audit.checks.{name}")
        before(module.TITLE)
        began = time.monotonic()
        try:
            result = module.check(bundle, blocks) if name == "rerun" else module.check(bundle)
        except Exception as error:  # damage that nobody foresaw: the files are not what they should be
            result = Result()
            result.expect(False, "", "", f"could not be checked: {type(error).__name__}: {one_line(error)}")
        yield Outcome(name, module.TITLE, result, time.monotonic() - began)


def audit(folder: Path, level: str, blocks: int, write: bool) -> int:
    """Run the checks of a level, print them, and with `write` put audit.json and audit.html into the folder.

    For a folder that holds links or special files only the check of integrity is run, and nothing is written into it.
    Returns HOLDS, FAILED, or NOT_TESTED where the level is rerun and no block could be tested. Raises StudyError where
    the folder is not one of a finished study, and OSError where it cannot be written.
    """
    names = checks_of(level)
    bundle = Bundle(folder)
    names = ("integrity",) if bundle.special else names
    digest = files.sha256(bundle.folder / MANIFEST)
    terminal = console()
    with terminal.status("") as status:
        show_title = status.update if sys.stdout.isatty() else lambda title: print(title, flush=True)
        outcomes = list(run(bundle, names, blocks, lambda title: show_title(f"{title} …")))
    rendered = audit_output.render(f"Audit of {folder}, level {level}", outcomes)
    terminal.print(rendered)
    terminal.print(f"manifest {digest}")
    if write and not bundle.special:
        content = audit_output.as_json(str(bundle.study.study), level, digest, outcomes)
        files.write_json(bundle.folder / JSON, content)
        files.write_text(bundle.folder / HTML, audit_output.as_html(rendered))
    if any(outcome.result.findings for outcome in outcomes):
        return FAILED
    return NOT_TESTED if any(outcome.name == "rerun" and outcome.compared_nothing for outcome in outcomes) else HOLDS
