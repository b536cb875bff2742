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
HOLDS, FAILED, UNTOLD = 0, 1, 2


def audit(folder: Path, level: str, blocks: int, write: bool) -> int:
    """Run the checks of a level, print them, and with `write` put audit.json and audit.html into the folder.

    Of a folder that holds links or special files the check of integrity alone is run, and nothing is written into it.
    Returns the exit status: HOLDS, FAILED, or UNTOLD where the level is rerun and no block could be tested. Raises
    StudyError where the folder is not one of a finished study, and OSError where it cannot be written.
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
    if any(outcome.result.findings for outcome in outcomes):
        return FAILED
    return UNTOLD if any(outcome.name == "rerun" and outcome.tells_nothing for outcome in outcomes) else HOLDS


def _tell(status: Status, title: str) -> None:
    """On a terminal a line that moves; elsewhere one line a check, so that a log shows where it is."""
    if sys.stdout.isatty():
        status.update(f"{title} …")
    else:
        print(f"{title} …", flush=True)
