"""What is declared before a run: the published numbers, the claims, their margins and endpoints, as hashes."""

from __future__ import annotations

from pathlib import Path

from modecollapse import files, reading
from modecollapse.study.fingerprint import content_hash
from modecollapse.study.load import read_yaml


def declared_hashes(claims: Path) -> dict[str, str]:
    """The SHA-256 of each part (settings, values, claims, ...) of the file of claims; comments and order do not count.

    A run records it when it begins, so that what was changed after results were seen can be told. Raises StudyError as
    `read_yaml` does.
    """
    return {part: content_hash(content) for part, content in read_yaml(claims).items()}


def claims_digest(claims: Path) -> str:
    """The SHA-256 of the file of claims with Unix line endings, which is how a study keeps its copy."""
    return files.digest(reading.text(claims).encode())
