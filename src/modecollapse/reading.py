"""Reading what somebody else may have written: only regular files, strict JSON, tables whose names stay text.

Every reader here ends in a value or in a StudyError of one printable line; none waits for a pipe, reads a device or
follows a nesting without end. This module stands beside `files.py`, below everything else.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modecollapse.errors import StudyError, printable

if TYPE_CHECKING:
    import pandas as pd

MOST_BYTES = 1 << 30  # of a text: more was meant to be something else
MOST_DEPTH = 60  # of nested brackets; the study's own files nest a dozen


def regular_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """The content of a regular file of at most `most` bytes; the last link of a path is followed.

    Raises StudyError for a folder, a pipe, a device, a socket, a larger file, and one that cannot be read.
    """
    name = printable(str(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe without a writer does not wait
        try:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise StudyError(f"{name}: is {_kind(facts.st_mode)}; allowed: a regular file")
            if facts.st_size > most:
                raise StudyError(f"{name}: has {facts.st_size:,} bytes; allowed: at most {most:,}")
            with open(descriptor, "rb", closefd=False) as stream:
                return stream.read()
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StudyError(f"{name}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # a null byte in the path
        raise StudyError(f"{name}: cannot be read: {error}") from None


def text(path: Path, most: int = MOST_BYTES) -> str:
    """`regular_bytes` as UTF-8, every line ending as a newline; StudyError where it is none."""
    try:
        return regular_bytes(path, most).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise StudyError(f"{printable(str(path))}: {error.reason} at byte {error.start}; allowed: UTF-8") from None


def json_file(path: Path) -> Any:
    """The content of a JSON file, as `json_text` reads it."""
    return json_text(text(path), str(path))


def json_text(content: str, where: str) -> Any:
    """Strict JSON: no key twice, no NaN, at most MOST_DEPTH levels; StudyError names `where`."""
    try:
        found = json.loads(content, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except RecursionError:
        raise StudyError(f"{printable(where)}: is nested too deeply; allowed: {MOST_DEPTH} levels") from None
    except ValueError as error:
        raise StudyError(f"{printable(where)}: {printable(str(error))[:200]}; allowed: JSON") from None
    if _deeper_than(found, MOST_DEPTH):
        raise StudyError(f"{printable(where)}: is nested too deeply; allowed: {MOST_DEPTH} levels")
    return found


def csv(path: Path) -> pd.DataFrame:
    """A CSV table of the study, every value as it is written, "nan" and "007" too; StudyError for anything else."""
    import io

    import pandas as pd

    try:
        return pd.read_csv(io.StringIO(text(path)), dtype=str, keep_default_na=False)
    except ValueError as error:  # ParserError and EmptyDataError are of this kind
        raise StudyError(f"{printable(str(path))}: {printable(str(error))[:200]}; allowed: a table as CSV") from None


def special_files(folder: Path) -> list[tuple[str, str]]:
    """What below a folder is neither a regular file nor a folder: its path below it and what it is, sorted by path.

    Links are not followed, and the folder itself may be one.
    """
    found = []
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(place, name)
            mode = path.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                found.append((path.relative_to(folder).as_posix(), _kind(mode)))
    return sorted(found)


def _kind(mode: int) -> str:
    kinds = {
        stat.S_ISDIR: "a folder",
        stat.S_ISLNK: "a symbolic link",
        stat.S_ISFIFO: "a named pipe",
        stat.S_ISSOCK: "a socket",
        stat.S_ISCHR: "a device",
        stat.S_ISBLK: "a device",
    }
    return next((kind for test, kind in kinds.items() if test(mode)), "no file")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} appears twice")
    return content


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _deeper_than(content: Any, most: int) -> bool:
    level = [content]
    for _ in range(most):
        inner = (item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list)))
        level = [item for items in inner for item in items]
    return any(isinstance(item, (dict, list)) for item in level)
