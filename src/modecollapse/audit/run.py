"""One audit of one folder, from its checks to its exit status."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.status import Status

from modecollapse import files
from modecollapse.audit import levels, show
from modecollapse.audit.bundle import MANIFEST, Bundle
from modecollapse.study.show import console

JSON, HTML = "audit.json", "audit.html"
HOLDS, FAILED = 0, 1


def audit(folder: Path, level: str, blocks: int, write: bool) -> int:
    """Run the checks of a level, print them, and with `write` put audit.json and audit.html into the folder.

    Of a folder that holds links or special files the check of integrity alone is run, and nothing is written into it.
    Returns the exit status: HOLDS or FAILED. Raises StudyError where the folder is not one of a finished study, and
    OSError where it cannot be written.
    """
    names = levels.checks_of(level)
    bundle = Bundle(folder)
    names = ("integrity",) if bundle.special else names
    root = files.sha256(bundle.folder / MANIFEST)
    terminal = console()
    with terminal.status("") as status:
        outcomes = list(levels.run(bundle, names, blocks, lambda title: _tell(status, title)))
    rendered = show.render(f"Audit of {folder}, level {level}", outcomes)
    terminal.print(rendered)
    terminal.print(f"manifest {root}")
    if write and not bundle.special:
        files.write_json(bundle.folder / JSON, show.as_json(str(bundle.study.study), level, root, outcomes))
        files.write_text(bundle.folder / HTML, show.as_html(rendered))
    return HOLDS if all(outcome.holds for outcome in outcomes) else FAILED


def _tell(status: Status, title: str) -> None:
    """On a terminal a line that moves; elsewhere one line a check, so that a log shows where it is."""
    if sys.stdout.isatty():
        status.update(f"{title} …")
    else:
        print(f"{title} …", flush=True)
