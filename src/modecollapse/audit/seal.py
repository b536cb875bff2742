"""Sealing a finished study before its report is made: its manifest, and what the quick checks say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modecollapse import files, reading
from modecollapse.audit import levels, made_with, manifest
from modecollapse.audit.bundle import CHECKED, MANIFEST, Bundle
from modecollapse.study.config import Study


def seal(folder: Path, study: Study, claims: Path) -> dict[str, Any]:
    """Write study.json, claims.yaml, the manifest and checked.json, and return what checked.json holds.

    The report prints it: the SHA-256 of the manifest, and how much each check looked at and found. A finding stops
    nothing here, it is printed; the audit fails on it.
    """
    manifest.write(folder, study, claims)
    bundle = Bundle(folder)
    outcomes = list(levels.run(bundle, levels.BEFORE_REPORT))
    listed = len(manifest.read(folder / MANIFEST))
    content = {
        "manifest_sha256": files.sha256(folder / MANIFEST),
        "files": listed,
        "made_with": made_with.here(),
        "checks": [
            {
                "title": outcome.title,
                "looked_at": outcome.result.looked_at,
                "of": outcome.result.of,
                "findings": len(outcome.result.findings),
            }
            for outcome in outcomes
        ],
    }
    files.write_json(folder / CHECKED, content)
    return content


def read(folder: Path) -> dict[str, Any] | None:
    """What `seal` wrote; None where it was not run."""
    path = folder / CHECKED
    return reading.json_file(path) if path.is_file() else None
