"""Reading foreign files: each kind of trouble is one printable line, and names stay what they are."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse import reading
from modecollapse.errors import StudyError


def refusal(path: Path) -> str:
    with pytest.raises(StudyError) as refused:
        reading.json_file(path)
    assert str(refused.value).isprintable()
    return str(refused.value)


def test_special_and_large_files_are_named_and_nothing_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    kinds = {"pipe": "a named pipe", "folder": "a folder", "/dev/zero": "a device"}
    for name, kind in (kinds | dict.fromkeys(("loop", "absent", "null\0byte"), "cannot be read")).items():
        assert kind in refusal(tmp_path / name)
    assert reading.special_files(tmp_path) == [("loop", "a symbolic link"), ("pipe", "a named pipe")]
    (tmp_path / "large").write_bytes(b"12345")
    assert reading.regular_bytes(tmp_path / "large", 5) == b"12345"
    with pytest.raises(StudyError, match="has 5 bytes; allowed: at most 4"):
        reading.regular_bytes(tmp_path / "large", 4)


def test_odd_json_is_refused_and_sixty_levels_and_any_line_endings_are_read(tmp_path: Path) -> None:
    odd = {
        '{"a": 1, "a": 2}': "the key 'a' appears twice",
        '{"a": NaN}': "NaN is no number",
        "[" * 100_000: "nested too deeply",
        "[" * 61 + "]" * 61: "nested too deeply",
        "{": "allowed: JSON",
    }
    for content, problem in odd.items():
        (tmp_path / "file").write_text(content, encoding="utf-8")
        assert problem in refusal(tmp_path / "file")
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


@pytest.mark.parametrize(
    ("types", "row", "told"),
    [
        ({"n": "int64"}, "1.5", "n: invalid literal .* '1.5'; allowed: whole numbers"),
        ({"n": "int64"}, "9" * 30, "n: .*allowed: whole numbers"),
        ({"n": "float64"}, "x", "n: could not convert string to float: 'x'; allowed: numbers"),
        ({"n": "bool"}, "1", "n: a value is neither True nor False; allowed: True and False"),
        ({"m": "int64"}, "1", "has no column m"),
        ({}, "1,2", "a row has more or fewer values than there are columns"),
        ({}, "\n", "a row has more or fewer values than there are columns"),
        ({}, '"', "allowed: a table as CSV"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, types: dict[str, str], row: str, told: str) -> None:
    (tmp_path / "table.csv").write_text(f"n\n{row}\n", encoding="utf-8")
    with pytest.raises(StudyError, match=told):
        reading.csv(tmp_path / "table.csv", types)


def test_only_declared_columns_are_numbers_and_an_empty_one_is_none(tmp_path: Path) -> None:
    names = ["nan", "null", "inf", "true", "1e5", "007", "NA", "", "1.0"]
    rows = [f"{name},3,,True\n" for name in names] + ["nan,4,inf,False\n"]
    (tmp_path / "table.csv").write_text("variant,n,mean,won\n" + "".join(rows), encoding="utf-8")
    read = reading.csv(tmp_path / "table.csv", {"variant": "str", "n": "int64", "mean": "float64", "won": "bool"})
    assert read["variant"].tolist() == reading.csv(tmp_path / "table.csv")["variant"].tolist() == [*names, "nan"]
    assert read.iloc[:, 1:].fillna(-1.0).tail(2).values.tolist() == [[3, -1.0, True], [4, float("inf"), False]]


def test_arrays_come_back_without_pickle_and_a_pipe_is_none(tmp_path: Path) -> None:
    points = np.arange(6.0).reshape(3, 2)
    np.save(tmp_path / "a.npy", points)
    np.savez(tmp_path / "a.npz", points=points, name="ring")
    assert (reading.npy(tmp_path / "a.npy") == points).all()
    assert str(reading.npz(tmp_path / "a.npz")["name"]) == "ring"
    os.mkfifo(tmp_path / "pipe")
    for read in (reading.npy, reading.npz, reading.parquet):
        with pytest.raises(StudyError, match="is a named pipe"):
            read(tmp_path / "pipe")


def _npy(shape: str, kind: str = "'<f8'") -> bytes:
    header = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(48)


SHAPES = ["(10000000000, 10000)", "(-1,)", "(" * 900, "-" * 5000 + "1"]
KINDS = ["'|O'", "[('a', '<f8')]", "'<U3'", "'\x1b[2J'"]
ODD = [b"", b"\x93NUMPY", b"\x93NUMPY\x09\x00", *map(_npy, SHAPES), *(_npy("(2,)", kind) for kind in KINDS)]


@pytest.mark.parametrize("content", ODD)
def test_an_odd_array_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(StudyError, match="allowed: an array of numbers as .npy") as told:
        reading.npy(tmp_path / "a.npy")
    assert str(told.value).isprintable()


def test_an_archive_that_unpacks_to_too_much_or_has_a_name_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 100_000)
    array = io.BytesIO()
    np.save(array, np.zeros(20_000))
    for names, line in ((["a.npy"], "unpacks to more than 100,000 bytes"), (["a", "a"], "holds a name twice")):
        with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                with warnings.catch_warnings(action="ignore"):
                    archive.writestr(name, array.getvalue())
        with pytest.raises(StudyError, match=line):
            reading.npz(tmp_path / "a.npz")


def test_a_parquet_table_comes_back_and_what_pandas_notes_in_it_counts_for_nothing(tmp_path: Path) -> None:
    table = pd.DataFrame({"name": ["007", "nan"], "value": [1.0, 2.0]})
    table.to_parquet(tmp_path / "plain", index=False)
    table.set_index("name").to_parquet(tmp_path / "indexed")
    pd.testing.assert_frame_equal(reading.parquet(tmp_path / "plain"), table)
    assert list(reading.parquet(tmp_path / "indexed").columns) == ["value", "name"]


def test_few_bytes_that_stand_for_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_VALUES", 999_999)
    pq.write_table(pa.table({"a": pa.nulls(1_000_000, pa.int8())}), tmp_path / "bomb", row_group_size=400_000)
    assert (tmp_path / "bomb").stat().st_size < 9_999
    with pytest.raises(StudyError, match=r"1,000,000 values of [\d,]+ bytes are too many; allowed: a Parquet table"):
        reading.parquet(tmp_path / "bomb")


def test_a_folder_or_damage_is_no_parquet_table(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2]}).to_parquet(tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    for damaged in (content[:-9], content[9:], b"PAR1", b"", content[:60] + bytes(9) + content[69:]):
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(StudyError, match="allowed: a Parquet table"):
            reading.parquet(tmp_path / "damaged")
    (tmp_path / "folder").mkdir()
    (tmp_path / "whole").rename(tmp_path / "folder" / "part.parquet")
    with pytest.raises(StudyError, match="is a folder"):
        reading.parquet(tmp_path / "folder")


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
