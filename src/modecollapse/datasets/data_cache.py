"""Data files cached between calls, beside the downloads, because making one may take the training of a classifier."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version

from modecollapse import datasets, files, reading
from modecollapse.datasets.sources import cache_folder
from modecollapse.errors import StudyError
from modecollapse.study.fingerprint import data_code
from modecollapse.study.specs import DatasetSpec

LIBRARIES = ("torch", "numpy", "scikit-learn")  # another version may train another classifier
DIGEST = 64  # characters of a SHA-256


def data_file(spec: DatasetSpec) -> bytes:
    """The data file of a data set: the cached one if it is whole and of this code, else a new one.

    Only a file with a classifier is cached, and only where the folder can be written. StudyError as `datasets.create`.
    """
    key = files.content_hash([spec.config_hash, data_code("data", spec), *map(version, LIBRARIES)])
    path = cache_folder() / "data" / f"{spec.family}-{key[:32]}"
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
