"""Releasing a finished study: after an audit, a copy of its folder is put where a repository can keep it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from modecollapse import files, manifest, writing
from modecollapse.audit.bundle import MANIFEST, PAGE, PDF, WITHHELD, Bundle
from modecollapse.audit.checks.integrity import BESIDE
from modecollapse.audit.levels import HOLDS, audit
from modecollapse.audit.withholding import MEGABYTE, choose_withheld
from modecollapse.errors import StudyError
from modecollapse.study import declared


def publish(study: Path, released: Path, megabytes: float, replace: bool = False) -> list[str]:
    """Make `released` a copy of a finished study of at most so many megabytes; returns the paths that were withheld.

    The study must pass the audit at level recompute, and the copy the one at level quick. Weights are not copied. Of
    samples, snapshots, data and parts of the tidy table the largest are withheld until the rest fits. An earlier
    release there is replaced with `replace` alone, and only when all is done. Raises StudyError as `check_target` does,
    where an audit fails, and where the rest does not fit.
    """
    bundle = Bundle(study)
    check_target(study, released, replace)
    released = released.resolve()
    if audit(study, "recompute", 0, write=True) != HOLDS:
        raise StudyError(f"{study}: fails the audit, see audit.json there; allowed: a study that passes it")
    listed = [*manifest.read(study / MANIFEST), MANIFEST, PDF, PAGE, *declared.plans(study)]
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
        check_target(study, released, replace)  # once more: the audits took minutes
        put_in_place(copy, released)
    return sorted(withheld)


def check_target(study: Path, released: Path, replace: bool) -> None:
    """StudyError unless a release may be put there: where nothing is, in an empty folder, or over an earlier release.

    An earlier release holds a manifest, withheld.json, and nothing but what the manifest lists, what is made beside it
    and declared plans. The study, what is in it and what it is in, and a folder that this process works in are refused.
    """
    one, other = study.resolve(), released.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise StudyError(f"--to: {released} is the study, or in it, or around it; allowed: a folder apart from {study}")
    if other in (Path.cwd(), *Path.cwd().parents):
        raise StudyError(f"--to: {released} is or holds the working directory; allowed: another folder")
    before = other.with_name(f"{other.name}.before")
    if before.exists():
        problem = "is the release that an interrupted publish was replacing"
        raise StudyError(f"{before}: {problem}; allowed: rename it to {released.name}, or move it away")
    earlier = all((released / name).is_file() for name in (MANIFEST, WITHHELD))
    known = {*manifest.read(released / MANIFEST), *BESIDE, *declared.plans(released)} if earlier else set()
    allowed = "a new folder, an empty one, or an earlier release with nothing else in it"
    writing.check_folder("--to", released, known.__contains__, allowed)
    if earlier and not replace:
        raise StudyError(f"--to: {released} is an earlier release; allowed: --replace, or another folder")


def put_in_place(copy: Path, released: Path) -> None:
    """Rename the whole `copy` to `released`; what was there is removed only after that.

    Whatever ends this in between, a release is whole: under its name, or as NAME.before, which gets its name back.
    """
    before = released.with_name(f"{released.name}.before")
    try:
        if released.exists():
            released.rename(before)
        copy.rename(released)
    except BaseException:
        if before.exists() and not released.exists():
            before.rename(released)
        raise
    shutil.rmtree(before, ignore_errors=True)
