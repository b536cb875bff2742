"""The manifest: the SHA-256 of every file of a study, in the format of `sha256sum`; its own SHA-256 stands in the PDF.

So anybody can check it without this package: `sha256sum -c MANIFEST.sha256`, then `sha256sum MANIFEST.sha256`.
"""

from __future__ import annotations

import re
from pathlib import Path

from modecollapse import reading
from modecollapse.errors import StudyError

NAME = "MANIFEST.sha256"
LINE = re.compile(r"([0-9a-f]{64})  (\S(?:.*\S)?)")


def text(digests: dict[str, str]) -> str:
    """The lines of a manifest, sorted by path."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))


def read(path: Path) -> dict[str, str]:
    """The SHA-256 of each path; StudyError where lines are not those of `sha256sum`, sorted and distinct."""
    found: dict[str, str] = {}
    lines = reading.text(path).splitlines()
    for number, line in enumerate(lines, 1):
        parts = LINE.fullmatch(line)
        if not parts or parts[2].startswith("/") or ".." in parts[2].split("/"):
            raise StudyError(
                f"{path}: line {number}: {line[:80]!r}; allowed: a SHA-256, two blanks, a path below the folder"
            )
        found[parts[2]] = parts[1]
    if text(found).splitlines() != lines:
        raise StudyError(
            f"{path}: its lines are not sorted by path, or one is there twice; allowed: each path once, sorted"
        )
    return found
