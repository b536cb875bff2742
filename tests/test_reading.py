"""Reading foreign files: each kind of trouble is one printable line, and names stay what they are."""

from __future__ import annotations

import io
import os
import re
import warnings
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse import reading
from modecollapse.errors import StudyError


def refusal(path: Path, read: Callable[[Path], object] = reading.json_file) -> str:
    with pytest.raises(StudyError) as refused:
        read(path)
    assert str(refused.value).isprintable()
    return str(refused.value)


def test_special_and_large_files_are_named_and_nothing_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    kinds = {"pipe": "a named pipe", "folder": "a folder", "/dev/zero": "a device"}
    for name, kind in (kinds | dict.fromkeys(("loop", "absent", "null\0byte"), "cannot be read")).items():
        assert kind in refusal(tmp_path / name)
    for read in (reading.npy, reading.npz, reading.parquet):
        assert "is a named pipe" in refusal(tmp_path / "pipe", read)
        assert "is a folder" in refusal(tmp_path / "folder", read)
    assert reading.special_files(tmp_path) == [("loop", "a symbolic link"), ("pipe", "a named pipe")]
    (tmp_path / "large").write_bytes(b"12345")
    assert reading.regular_bytes(tmp_path / "large", 5) == b"12345"
    with pytest.raises(StudyError, match="has 5 bytes; allowed: at most 4"):
        reading.regular_bytes(tmp_path / "large", 4)


def npy(shape: str, kind: str = "'<f8'") -> bytes:
    """An array whose header promises what is not there."""
    header = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(48)


def packed(*names: str) -> bytes:
    """An archive of arrays of 160,000 bytes with these names."""
    stream, array = io.BytesIO(), io.BytesIO()
    np.save(array, np.zeros(20_000))
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, array.getvalue())
    return stream.getvalue()


def stored(table: pa.Table, **how: Any) -> bytes:
    """A Parquet file."""
    stream = io.BytesIO()
    pq.write_table(table, stream, **how)
    return stream.getvalue()


SHAPES = ["(10000000000, 10000)", "(-1,)", "(" * 900, "-" * 5000 + "1"]
KINDS = ["'|O'", "[('a', '<f8')]", "'<U3'", "'\x1b[2J'"]
ARRAYS = [b"", b"\x93NUMPY", b"\x93NUMPY\x09\x00", *map(npy, SHAPES), *(npy("(2,)", kind) for kind in KINDS)]
WHOLE = stored(pa.table({"a": [1, 2]}))
TABLES = [WHOLE[:-9], WHOLE[9:], b"PAR1", b"", WHOLE[:60] + bytes(9) + WHOLE[69:]]
MANY = stored(pa.table({"a": pa.nulls(1_000_000, pa.int8())}), row_group_size=400_000)  # few bytes for many rows
INTEGERS = partial(reading.csv, types={"n": "int64"})
# How a file is read, what it holds, and what the line says (a pattern).
ODD: list[tuple[Callable[[Path], object], bytes | str, str]] = [
    (reading.json_file, '{"a": 1, "a": 2}', "the key 'a' appears twice"),
    (reading.json_file, '{"a": NaN}', "NaN is no number"),
    (reading.json_file, "[" * 100_000, "nested too deeply"),
    (reading.json_file, "[" * 61 + "]" * 61, "nested too deeply"),
    (reading.json_file, "{", "allowed: JSON"),
    *((reading.npy, content, "allowed: an array of numbers as .npy") for content in ARRAYS),
    (reading.npz, packed("a.npy"), "unpacks to more than 100,000 bytes"),
    (reading.npz, packed("a", "a"), "holds a name twice"),
    *((reading.parquet, content, "allowed: a Parquet table") for content in TABLES),
    (reading.parquet, MANY, r"1,000,000 values of [\d,]+ bytes are too many; allowed: a Parquet table"),
    (INTEGERS, "n\n1.5\n", "n: invalid literal .* '1.5'; allowed: whole numbers"),
    (INTEGERS, f"n\n{'9' * 30}\n", "n: .*allowed: whole numbers"),
    (INTEGERS, "m\n1\n", "has no column n"),
    (partial(reading.csv, types={"n": "float64"}), "n\nx\n", "n: could not convert .* 'x'; allowed: numbers"),
    (partial(reading.csv, types={"n": "bool"}), "n\n1\n", "n: a value is neither True nor False; allowed: True and"),
    (reading.csv, "n\n1,2\n", "a row has more or fewer values than there are columns"),
    (reading.csv, "n\n\n\n", "a row has more or fewer values than there are columns"),
    (reading.csv, 'n\n"\n', "allowed: a table as CSV"),
]


@pytest.mark.parametrize(("read", "content", "said"), ODD)
def test_an_odd_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], object], content: bytes | str, said: str
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 100_000)
    monkeypatch.setattr(reading, "MOST_VALUES", 999_999)
    (tmp_path / "file").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert re.search(said, refusal(tmp_path / "file", read))


def test_sixty_levels_of_json_and_any_line_endings_are_read(tmp_path: Path) -> None:
    (tmp_path / "deep").write_text("[" * 60 + "]" * 60, encoding="utf-8")
    assert reading.json_file(tmp_path / "deep")
    (tmp_path / "windows").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert reading.text(tmp_path / "windows") == "a\nb\nc\n"


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_a_study_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    told = ""
    try:
        reading.json_file(path)
    except StudyError as error:
        told = str(error)
    assert told.isprintable()


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r")), min_size=1, max_size=4))
def test_what_is_written_as_csv_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    pd.DataFrame({"variant": names, "value": 1.5}).to_csv(path, index=False, lineterminator="\n")
    read = reading.csv(path, {"value": "float64"})
    assert list(read["variant"]) == names
    assert list(read["value"]) == [1.5] * len(names)


def test_only_declared_columns_are_numbers_and_an_empty_one_is_none(tmp_path: Path) -> None:
    names = ["nan", "null", "inf", "true", "1e5", "007", "NA", "", "1.0"]
    rows = [f"{name},3,,True\n" for name in names] + ["nan,4,inf,False\n"]
    (tmp_path / "table.csv").write_text("variant,n,mean,won\n" + "".join(rows), encoding="utf-8")
    read = reading.csv(tmp_path / "table.csv", {"variant": "str", "n": "int64", "mean": "float64", "won": "bool"})
    assert read["variant"].tolist() == reading.csv(tmp_path / "table.csv")["variant"].tolist() == [*names, "nan"]
    assert read.iloc[:, 1:].fillna(-1.0).tail(2).values.tolist() == [[3, -1.0, True], [4, float("inf"), False]]


def test_arrays_come_back(tmp_path: Path) -> None:
    points = np.arange(6.0).reshape(3, 2)
    np.save(tmp_path / "a.npy", points)
    np.savez(tmp_path / "a.npz", points=points, name="ring")
    assert (reading.npy(tmp_path / "a.npy") == points).all()
    assert str(reading.npz(tmp_path / "a.npz")["name"]) == "ring"


def test_a_parquet_table_comes_back_and_what_pandas_notes_in_it_counts_for_nothing(tmp_path: Path) -> None:
    table = pd.DataFrame({"name": ["007", "nan"], "value": [1.0, 2.0]})
    table.to_parquet(tmp_path / "plain", index=False)
    table.set_index("name").to_parquet(tmp_path / "indexed")
    pd.testing.assert_frame_equal(reading.parquet(tmp_path / "plain"), table)
    assert list(reading.parquet(tmp_path / "indexed").columns) == ["value", "name"]


def test_what_does_not_fit_together_is_one_line_and_what_is_no_damage_passes(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"do not fit together \(KeyError: 'a\\x1b'\)"), reading.results(tmp_path):
        {}["a\x1b"]
    with pytest.raises(StudyError, match="^mine$"), reading.results(tmp_path):
        raise StudyError("mine")


@given(st.text(max_size=900), st.integers(200, 600))
def test_what_is_shown_is_short_and_printable(content: str, most: int) -> None:
    shown = reading.shown(content, most)
    assert shown.isprintable()
    assert len(shown) <= most
    assert shown[:90] == reading.printable(content)[:90]
