"""Auditing a released study together with the large files that it withholds, which its owner supplies apart."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modecollapse import files, reading
from modecollapse.audit.bundle import WITHHELD, Bundle
from modecollapse.errors import StudyError
from modecollapse.report.layout import planned_files


@contextmanager
def supplied(folder: Path, others: Path) -> Iterator[Path]:
    """A copy of a released study with the files of the folder `others` that it lacks, under the same paths below it.

    These are files that it withholds, and the weights of its runs. What they are worth is for the audit to find: each
    must have the SHA-256 of the manifest or of its run's record. Raises StudyError where `others` has none of them.
    """
    bundle = Bundle(folder)
    if bundle.special:
        raise StudyError(f"{folder}: holds {', '.join(bundle.special.values())}; allowed: {reading.ORDINARY}")
    planned = {*planned_files(bundle.study), *(f"runs/{path}/{files.WEIGHTS}" for path in bundle.blocks)}
    found = sorted(path for path in planned if not bundle.has(path) and (others / path).is_file())
    if not found:
        raise StudyError(f"--files: {others} has no file that {folder} lacks; allowed: such as runs/.../samples.npy")
    with tempfile.TemporaryDirectory(prefix="modecollapse-audit-") as scratch:
        copy = Path(shutil.copytree(folder, Path(scratch) / folder.name))
        for path in found:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(reading.regular_bytes(others / path, reading.MOST_FILE))
        files.write_json(copy / WITHHELD, {path: n for path, n in bundle.withheld.items() if path not in found})
        yield copy
