"""Every file is the one that the manifest lists, none is missing and none was added."""

from __future__ import annotations

from pathlib import Path

from modecollapse import files, manifest, reading
from modecollapse.audit import withholding
from modecollapse.audit.bundle import MANIFEST, PAGE, PDF, WITHHELD, Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.errors import StudyError
from modecollapse.files import WEIGHTS
from modecollapse.report.layout import planned_files

TITLE = "Integrity"
# Not in the manifest: files made from it, files that an audit writes, and what a run writes beside its results.
BESIDE = (MANIFEST, PDF, PAGE, WITHHELD, "audit.json", "audit.html", "ro-crate-metadata.json")
FOLDERS_BESIDE = ("logs", "benchmarks", "declared")
MISSING = "missing, though the manifest lists it"
CONVERTED = "only its line endings were changed, to CRLF; copy the study again without that (git: core.autocrlf=false)"


def check(bundle: Bundle) -> Result:
    """Compare the folder with the manifest, and the manifest with the study's plan."""
    result = Result(of="files")
    for path, kind in bundle.special.items():
        result.expect(False, path, "", f"is {kind}; allowed: {reading.ORDINARY}")
    if bundle.special:
        result.notes.append("nothing else of this folder was read")
        return result
    try:
        listed = manifest.read(bundle.folder / MANIFEST)
    except (StudyError, OSError) as error:
        result.expect(False, MANIFEST, "", str(error))
        return result
    if b"\r" in (bundle.folder / MANIFEST).read_bytes():
        result.add([Finding(MANIFEST, "", CONVERTED)])
    planned = set(planned_files(bundle.study))
    for path in sorted(planned ^ set(listed)):
        problem = "not listed, though it is a" if path in planned else "listed, though it is no"
        result.expect(False, MANIFEST, path, f"{problem} file of the study")
    result.add(withholding.problems(bundle, listed))
    for path, digest in listed.items():
        if path in bundle.withheld:
            continue
        problem = _difference(bundle.folder / path, digest) if bundle.has(path) else MISSING
        result.expect(not problem, path, "", problem)
    for path in sorted(present(bundle.folder) - set(listed)):
        why = "added later, or left by another configuration (move it away)"
        result.expect(False, path, "", f"not in the manifest: {why}")
    if bundle.withheld:
        result.notes.append(f"{len(bundle.withheld)} files are not in this release; the manifest has their SHA-256")
    return result


def present(folder: Path) -> set[str]:
    """The files of a folder that a manifest must list."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    kept = (path for path in paths if path.parts[0] not in FOLDERS_BESIDE and path.as_posix() not in BESIDE)
    return {path.as_posix() for path in kept if path.name != WEIGHTS}  # Provenance compares these with their records


def _difference(path: Path, digest: str) -> str:
    """How a file differs from the one with a SHA-256, in words; empty where it does not."""
    found = files.sha256(path)
    if found == digest:
        return ""
    if files.digest(path.read_bytes().replace(b"\r\n", b"\n")) == digest:
        return CONVERTED
    return f"its SHA-256 is {found[:16]}…, in the manifest {digest[:16]}…"
