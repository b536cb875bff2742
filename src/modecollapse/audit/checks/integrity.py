"""Every file is the one that the manifest lists, none is missing and none was added."""

from __future__ import annotations

from pathlib import Path

from modecollapse import files, manifest, reading
from modecollapse.audit import withholding
from modecollapse.audit.bundle import MANIFEST, PDF, WITHHELD, Bundle
from modecollapse.audit.finding import Finding, Result
from modecollapse.errors import StudyError
from modecollapse.report.layout import planned_files

TITLE = "Integrity"
# Not in the manifest: what is made from it, what an audit writes, and what a run tells beside its results.
BESIDE = (MANIFEST, PDF, WITHHELD, "audit.json", "audit.html", "ro-crate-metadata.json")
FOLDERS_BESIDE = ("logs", "benchmarks", "declared")
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
    _compare_with_plan(result, set(listed), set(planned_files(bundle.study)))
    result.add(withholding.problems(bundle, listed))
    for path, digest in listed.items():
        if path in bundle.withheld:
            continue
        if not bundle.has(path):
            result.expect(False, path, "", "missing, though the manifest lists it")
        else:
            found = files.sha256(bundle.folder / path)
            problem = f"its SHA-256 is {found[:16]}…, in the manifest {digest[:16]}…"
            if found != digest and _but_for_line_endings(bundle.folder / path) == digest:
                problem = CONVERTED
            result.expect(found == digest, path, "", problem)
    for path in sorted(present(bundle.folder) - set(listed)):
        result.expect(
            False, path, "", "not in the manifest: added later, or left by another configuration (move it away)"
        )
    if bundle.withheld:
        result.notes.append(f"{len(bundle.withheld)} files are not in this release; the manifest has their SHA-256")
    return result


def present(folder: Path) -> set[str]:
    """The files of a folder that a manifest is about."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    kept = (path for path in paths if path.parts[0] not in FOLDERS_BESIDE and path.as_posix() not in BESIDE)
    return {path.as_posix() for path in kept}


def _but_for_line_endings(path: Path) -> str:
    """The SHA-256 that a file has with Unix line endings."""
    return files.digest(path.read_bytes().replace(b"\r\n", b"\n"))


def _compare_with_plan(result: Result, listed: set[str], planned: set[str]) -> None:
    for path in sorted(planned - listed):
        result.expect(False, MANIFEST, path, "not listed, though it is a file of the study")
    for path in sorted(listed - planned):
        result.expect(False, MANIFEST, path, "listed, though it is no file of the study")
