"""Reading what somebody else may have written: only regular files, strict JSON, tables whose names stay text.

Every reader here ends in a value or in a StudyError of one printable line; none waits for a pipe, reads a device or
follows a nesting without end. This module stands beside `files.py`, below everything else.
"""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modecollapse.errors import StudyError, one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd
    import pyarrow as pa

MOST_BYTES = 1 << 30  # of a text: more was meant to be something else
MOST_DEPTH = 60  # of nested brackets; the study's own files nest a dozen
MOST_VALUES = 200_000_000  # of a Parquet table: a few kilobytes can stand for more than any memory holds
MOST_FILE = 16 << 30  # of a file of a study: one with holes can claim any size and would be hashed for hours
ORDINARY = f"folders, and regular files of at most {MOST_FILE >> 30} GiB"
MOST_SHOWN = 300  # characters of a line
# What code raises that is given tables and records which are readable each, but do not fit together.
MISFIT = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError, MemoryError)


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


def csv(path: Path, types: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A CSV table of the study, every value as it is written, "nan" and "007" too; StudyError for anything else.

    types: what the columns hold, by name (see `comparisons.families`); in one of numbers an empty value is NaN. Nothing
    is guessed: a column that is not named stays text.
    """
    from csv import Error, reader

    import pandas as pd

    where = printable(str(path))
    try:
        header, *rows = reader(io.StringIO(text(path), newline=""), strict=True)
        if len(set(header)) < len(header):
            raise ValueError("a column appears twice")
        if any(len(row) != len(header) for row in rows):
            raise ValueError("a row has more or fewer values than there are columns")
    except (Error, ValueError) as error:
        raise StudyError(f"{where}: {printable(str(error))[:200]}; allowed: a table as CSV") from None
    table = pd.DataFrame(rows, columns=header, dtype="str")
    for column, kind in (types or {}).items():
        try:
            table[column] = _typed(table[column], kind)
        except KeyError:
            raise StudyError(f"{where}: has no column {column}; allowed: a table with it") from None
        except (ValueError, OverflowError) as error:
            allowed = {"int64": "whole numbers", "float64": "numbers", "bool": "True and False"}[kind]
            problem = printable(str(error))[:150]
            raise StudyError(f"{where}: {printable(column)}: {problem}; allowed: {allowed}") from None
    return table


def _typed(column: pd.Series, kind: str) -> pd.Series:
    """A column of text as numbers or truth values; ValueError where it holds something else."""
    if kind == "bool" and not column.isin(["True", "False"]).all():
        raise ValueError("a value is neither True nor False")
    if kind == "bool":
        return column == "True"
    return column.where(column != "", "nan").astype(kind) if kind == "float64" else column.astype(kind)


def parquet(path: Path) -> pd.DataFrame:
    """`arrow` as a table of pandas."""
    table = arrow(path)
    try:
        return table.to_pandas(ignore_metadata=True)
    except Exception as error:  # of a library of others: damage makes it raise anything
        raise _unreadable(path, error, "a Parquet table") from None


def arrow(path: Path) -> pa.Table:
    """A Parquet table of one regular file with at most MOST_VALUES values; StudyError for anything else."""
    import io

    import pyarrow.parquet as pq

    data = regular_bytes(path)
    try:
        facts = pq.read_metadata(io.BytesIO(data))
        groups = [facts.row_group(index) for index in range(facts.num_row_groups)]
        columns = [group.column(index) for group in groups for index in range(group.num_columns)]
        values, size = sum(one.num_values for one in columns), sum(one.total_uncompressed_size for one in columns)
        if max(values, facts.num_rows * facts.num_columns) > MOST_VALUES or size > MOST_BYTES:
            raise ValueError(f"{values:,} values of {size:,} bytes are too many")
        return pq.read_table(io.BytesIO(data), use_threads=False)
    except Exception as error:  # as above
        raise _unreadable(path, error, "a Parquet table") from None


def npy(path: Path) -> np.ndarray:
    """The numbers of a .npy file, mapped and not read; nothing is unpickled. StudyError for anything else."""
    import numpy as np

    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError(f"is {_kind(path.stat().st_mode)}")
        found = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
            raise ValueError("holds no numbers")
        return found
    except Exception as error:  # as above
        raise _unreadable(path, error, "an array of numbers as .npy") from None


def npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a .npz file of at most MOST_BYTES unpacked; nothing is unpickled. StudyError for anything else."""
    import io
    import zipfile

    import numpy as np

    data = regular_bytes(path)
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).infolist()
        if len({member.filename for member in members}) < len(members):
            raise ValueError("holds a name twice")
        if sum(member.file_size for member in members) > MOST_BYTES:
            raise ValueError(f"unpacks to more than {MOST_BYTES:,} bytes")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as error:  # as above
        raise _unreadable(path, error, "arrays as .npz") from None


def special_files(folder: Path) -> list[tuple[str, str]]:
    """What below a folder is not ORDINARY: its path below it and what it is, sorted by path.

    Links are not followed, and the folder itself may be one.
    """
    found = []
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(place, name)
            try:
                facts = path.lstat()
            except FileNotFoundError:  # another job has just renamed it
                continue
            large = stat.S_ISREG(facts.st_mode) and facts.st_size > MOST_FILE
            if large or not (stat.S_ISREG(facts.st_mode) or stat.S_ISDIR(facts.st_mode)):
                kind = f"a file of {facts.st_size:,} bytes" if large else _kind(facts.st_mode)
                found.append((path.relative_to(folder).as_posix(), kind))
    return sorted(found)


@contextmanager
def results(folder: Path) -> Iterator[None]:
    """Opens a results folder that somebody else may have made.

    StudyError where it holds links or special files, before anything of it is read, and where what is done inside fails
    because its files do not fit together.
    """
    for path, kind in special_files(folder)[:1]:
        raise StudyError(f"{printable(str(folder / path))}: is {kind}; allowed: {ORDINARY}")
    try:
        yield
    except MISFIT as error:
        reason = f"{type(error).__name__}: {printable(str(error))[:120]}"
        problem = f"{printable(str(folder))}: its files do not fit together ({reason})"
        raise StudyError(f"{problem}; `modecollapse audit` names what is damaged") from error


def shown(content: str, most: int = MOST_SHOWN) -> str:
    """`printable`, with the middle of a text left out that is longer than `most` characters."""
    safe = printable(content)
    return safe if len(safe) <= most else f"{safe[: most - 103]} … {safe[-100:]}"


def _unreadable(path: Path, error: Exception, allowed: str) -> StudyError:
    message = f"cannot be read: {error.strerror}" if getattr(error, "strerror", None) else error
    return StudyError(f"{printable(str(path))}: {one_line(message, 160)}; allowed: {allowed}")


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
