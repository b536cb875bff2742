"""Atomic writes and checksums: a file is either the whole new version or the whole old one."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

WEIGHTS = "weights.safetensors"
RUN_OUTPUTS = ("samples.npy", "snapshots.npy", "trace.parquet", WEIGHTS)  # of a training, beside run.json


def write_bytes(path: Path, data: bytes) -> str:
    """Replace `path` by `data` in one step and return the SHA-256 of what was written.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and only then take the name.
    Raises OSError (disk full, read-only folder), which names the path and the bytes, with the old file untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp.{os.getpid()}")
    try:
        with open(temporary, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:  # a full disk does not say which file it was, nor how much it wanted
        raise OSError(error.errno, f"{error.strerror}, writing {len(data)} bytes", str(path)) from error
    finally:
        with suppress(OSError):  # what went wrong above is the error to report
            temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return digest(data)


def remove_litter(folder: Path) -> list[str]:
    """Remove what killed writers left in a folder, and return the names; nobody may be writing there."""
    litter = sorted(path for path in folder.glob("*.tmp.*") if path.suffix[1:].isdecimal())
    for path in litter:
        path.unlink()
    return [path.name for path in litter]


def write_text(path: Path, text: str) -> str:
    """`write_bytes` of UTF-8 text."""
    return write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: Any) -> str:
    """`write_bytes` of readable JSON; refuses NaN and infinities, which JSON does not have (ValueError)."""
    return write_text(path, json_text(content))


def json_text(content: Any) -> str:
    """Readable JSON; ValueError for NaN and infinities."""
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def digest(data: bytes) -> str:
    """The SHA-256 of bytes in memory, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def content_hash(content: Any) -> str:
    """The SHA-256 of the canonical JSON (sorted keys, no blanks) of plain data."""
    return digest(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut: the folder entry itself has to reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
