"""Releasing a finished study: a copy of its folder that can be kept in a repository, after an audit."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from modecollapse import files, manifest
from modecollapse.audit.bundle import MANIFEST, PDF, WITHHELD, Bundle
from modecollapse.audit.run import HOLDS, audit
from modecollapse.audit.withholding import may_be_withheld
from modecollapse.errors import StudyError

MEGABYTE = 1_000_000


def publish(study: Path, released: Path, megabytes: float) -> list[str]:
    """Make `released` a copy of a finished study of at most so many megabytes; returns the paths that were withheld.

    The study must pass the audit at level recompute, and the copy the one at level quick. Of samples, weights, data and
    parts of the tidy table the largest are withheld until the rest fits. An earlier release there is replaced
    when all is done. Raises StudyError where an audit fails, or where the rest does not fit.
    """
    if audit(study, "recompute", 0, write=True) != HOLDS:
        raise StudyError(f"{study}: fails the audit, see audit.json there; allowed: a study that passes it")
    bundle = Bundle(study)
    listed = [*manifest.read(study / MANIFEST), MANIFEST, PDF]
    withheld = choose_withheld({path: (study / path).stat().st_size for path in listed}, megabytes * MEGABYTE)
    released.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=released.parent, prefix=".publishing-") as folder:
        copy = Path(folder) / "copy"
        for path in listed:
            if path not in withheld:
                (copy / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(bundle.folder / path, copy / path)
        files.write_json(copy / WITHHELD, withheld)
        if audit(copy, "quick", 0, write=False) != HOLDS:
            raise StudyError(f"{released}: the copy fails the audit; nothing was replaced")
        if released.exists():
            released.rename(Path(folder) / "before")
        copy.rename(released)
    return sorted(withheld)


def choose_withheld(sizes: dict[str, int], room: float) -> dict[str, int]:
    """Of files with their bytes, those to withhold for the others to fit into `room` bytes: largest first.

    StudyError where what must be kept does not fit.
    """
    left, withheld = sum(sizes.values()), {}
    for path in sorted(filter(may_be_withheld, sizes), key=lambda path: (-sizes[path], path)):
        if left <= room:
            break
        withheld[path] = sizes[path]
        left -= sizes[path]
    if left > room:
        raise StudyError(f"--megabytes: {room / MEGABYTE:g} is not enough; allowed: {left / MEGABYTE:.1f} or more")
    return withheld
