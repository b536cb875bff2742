"""Fingerprints: what a result depends on, as one SHA-256."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from modecollapse.study import catalogue


def code_fingerprint(*parts: str) -> str:
    """SHA-256 over the source files of package parts ("training", "files.py"), in a fixed order.

    Line endings are those of Unix, so that a clone made with `core.autocrlf` has the same fingerprints.
    Snakemake does not see what a command imports; a rule names the parts it uses, and an edit there reruns it.
    """
    files = sorted(file for part in parts for file in _source_files(catalogue.PACKAGE / part))
    digest = hashlib.sha256()
    for file in files:
        source = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(file.relative_to(catalogue.PACKAGE).as_posix().encode() + b"\0" + source + b"\0")
    return digest.hexdigest()


def content_hash(content: Any) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no blanks) of plain data."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _source_files(part: Path) -> list[Path]:
    if not part.exists():
        raise FileNotFoundError(part)
    return [file for file in part.rglob("*") if file.suffix in {".py", ".typ", ".yml"}] if part.is_dir() else [part]
