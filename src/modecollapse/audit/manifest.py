"""The manifest: the SHA-256 of every file of a study, in the format of `sha256sum`; its own SHA-256 stands in the PDF.

So anybody can check it without this package: `sha256sum -c MANIFEST.sha256`, then `sha256sum MANIFEST.sha256`.
"""

from __future__ import annotations

import re
from pathlib import Path

from modecollapse import files, reading
from modecollapse.audit.bundle import CLAIMS, MANIFEST, STUDY
from modecollapse.errors import StudyError
from modecollapse.report import layout
from modecollapse.study import plan
from modecollapse.study.config import Study
from modecollapse.study.overview import overview

RUN = ("run.json", "samples.npy", "trace.parquet", "weights.safetensors")
LINE = re.compile(r"([0-9a-f]{64})  (\S(?:.*\S)?)")


def planned(study: Study) -> list[str]:
    """Every file of a finished study by its path below results/<study>/, sorted."""
    facts = overview(study)
    measures = [f"calibration/{name}" for name in facts["datasets"]]
    measures += [f"{place}/{part}" for place in plan.places(study) for part in ("runs", "cells")]
    inversions = plan.inversions(study)
    tables = ["measures.parquet", "cells.parquet", *layout.TABLES, *layout.COMPARISONS, *layout.VERDICTS]
    paths = [STUDY, CLAIMS, *(f"data/{name}.npz" for name in facts["datasets"])]
    paths += [f"runs/{block}/{name}" for block in plan.block_paths(study) for name in RUN]
    paths += [f"measures/{part}.parquet" for part in measures]
    paths += [f"inversions/{part}.parquet" for part in inversions]
    paths += [f"inversions/{part}.npz" for part in inversions if not part.startswith("calibration/")]
    paths += [f"tables/{name}" for name in tables]
    paths += [f"figures/{name}" for name in layout.figure_names(facts)]
    return sorted(paths)


def write(folder: Path, study: Study, claims: Path) -> str:
    """Write study.json, a copy of the claims and the manifest into a study's folder; returns the manifest's SHA-256.

    Raises OSError where a planned file is missing.
    """
    files.write_text(folder / STUDY, study.model_dump_json(indent=1) + "\n")
    files.write_bytes(folder / CLAIMS, claims.read_bytes())
    return files.write_text(folder / MANIFEST, text({path: files.sha256(folder / path) for path in planned(study)}))


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
