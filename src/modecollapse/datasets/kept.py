"""Data files that are kept between calls, beside the downloads: making one may mean to train a classifier first."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from modecollapse import datasets, files, reading
from modecollapse.errors import StudyError
from modecollapse.study.fingerprint import data_code
from modecollapse.study.specs import DatasetSpec

LIBRARIES = ("torch", "numpy", "scikit-learn")  # of other versions a classifier may be another one
DIGEST = 64  # characters of a SHA-256


def folder() -> Path:
    """The user's cache folder of this package."""
    return Path(os.path.expanduser(os.environ.get("XDG_CACHE_HOME") or "~/.cache")) / "modecollapse"


def data_file(spec: DatasetSpec) -> bytes:
    """The data file of a data set: the kept one if it is whole and of this code, else a new one.

    Only one with a classifier is kept; where it cannot be, nothing is said. Raises StudyError as `datasets.create`.
    """
    key = files.content_hash([spec.config_hash, data_code("data", spec), *map(version, LIBRARIES)])
    path = folder() / "data" / f"{spec.family}-{key[:32]}"
    with suppress(StudyError):
        found = reading.regular_bytes(path)
        if files.digest(key.encode() + found[DIGEST:]).encode() == found[:DIGEST]:
            return found[DIGEST:]
    arrays = datasets.create(spec.family, spec.options, spec.root_seed)
    content = datasets.to_bytes(arrays, spec.config_hash)
    if "accuracy" in arrays:
        with suppress(OSError):
            files.write_bytes(path, files.digest(key.encode() + content).encode() + content)
    return content
