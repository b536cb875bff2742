"""The fingerprints of the training code of this checkout, and of a commit, which that commit's own package computes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from modecollapse.errors import StudyError
from modecollapse.study import catalogue
from modecollapse.study.fingerprint import training_code
from modecollapse.study.specs import Cell

REPOSITORY = catalogue.PACKAGE.parent.parent
SECONDS = 60
SCRIPT = """
import json, sys
from modecollapse.study import catalogue
from modecollapse.study.fingerprint import training_code
from modecollapse.study.specs import Cell
found = {}
for path, cell in json.load(sys.stdin).items():
    try:
        found[path] = training_code(Cell.model_validate(cell))
    except Exception:  # a cell that this code cannot train
        pass
print(json.dumps({"package": str(catalogue.PACKAGE), "found": found}))
"""


def here(cells: Sequence[Cell]) -> dict[str, str]:
    """The fingerprint of every cell by its path, for the code that is running; cells it cannot train are left out."""
    found = {}
    for cell in cells:
        with suppress(StudyError, OSError):
            found[cell.path] = training_code(cell)
    return found


def at_commit(commit: str, cells: Sequence[Cell], repository: Path = REPOSITORY) -> dict[str, str]:
    """The fingerprint of every cell by its path, for the code of a commit; cells it cannot train are left out.

    The commit's own package is run, so it must be one from which this checkout descends. LookupError gives the reason
    where it could not be looked up.
    """
    return _computed(commit, json.dumps({cell.path: cell.model_dump() for cell in cells}), repository)


def file_at_commit(commit: str, path: str, repository: Path = REPOSITORY) -> bytes:
    """A file as a commit in this checkout's history has it; LookupError where there is none."""
    _git(repository, "merge-base", "--is-ancestor", commit, "HEAD")
    return _run(["git", "-C", str(repository), "show", f"{commit}:{path}"], f"commit {commit[:12]} has no {path[:80]}")


@lru_cache(maxsize=16)
def _computed(commit: str, cells: str, repository: Path) -> dict[str, str]:
    name = f"the package of commit {commit[:12]}"
    _git(repository, "merge-base", "--is-ancestor", commit, "HEAD")
    packed = _git(repository, "archive", commit, "src")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
        source = Path(folder).resolve() / "src"
        environment = os.environ | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
        answer = json.loads(
            _run([sys.executable, "-c", SCRIPT], name, input=cells.encode(), cwd=folder, env=environment)
        )
        if not Path(answer["package"]).is_relative_to(source):
            raise LookupError(f"{name} does not come before the installed one")
        return answer["found"]


def _git(repository: Path, *arguments: str) -> bytes:
    what = f"commit {arguments[-2][:12]} is not in the history of this checkout"
    return _run(["git", "-C", str(repository), "-c", "core.autocrlf=false", "-c", "core.eol=lf", *arguments], what)


def _run(command: list[str], what: str, **how: object) -> bytes:
    """The output of a command; LookupError that begins with `what` where it fails."""
    try:
        return subprocess.run(command, capture_output=True, check=True, timeout=SECONDS, **how).stdout
    except (OSError, subprocess.SubprocessError) as error:
        lines = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().splitlines()
        raise LookupError(": ".join([what, *lines[-1:]])) from None
