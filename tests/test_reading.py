"""Reading foreign files: each kind of trouble is one printable line, and names stay what they are."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse import reading
from modecollapse.errors import StudyError


def refusal(path: Path) -> str:
    with pytest.raises(StudyError) as told:
        reading.json_file(path)
    assert str(told.value).isprintable()
    return str(told.value)


def test_special_files_are_named_and_nothing_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    assert "a named pipe" in refusal(tmp_path / "pipe")
    assert "a folder" in refusal(tmp_path / "folder")
    assert "a device" in refusal(Path("/dev/zero"))
    assert "cannot be read" in refusal(tmp_path / "loop")
    assert "cannot be read" in refusal(tmp_path / "absent")
    assert "cannot be read" in refusal(tmp_path / "null\0byte")
    assert reading.special_files(tmp_path) == [("loop", "a symbolic link"), ("pipe", "a named pipe")]


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"12345")
    assert reading.regular_bytes(tmp_path / "large", 5) == b"12345"
    with pytest.raises(StudyError, match="has 5 bytes; allowed: at most 4"):
        reading.regular_bytes(tmp_path / "large", 4)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' appears twice"),
        ('{"a": NaN}', "NaN is no number"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 61 + "]" * 61, "nested too deeply"),
        ("{", "allowed: JSON"),
    ],
)
def test_odd_json_is_refused(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "file").write_text(content, encoding="utf-8")
    assert told in refusal(tmp_path / "file")


def test_sixty_levels_and_any_line_endings_are_read(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("name", ["nan", "null", "inf", "true", "1e5", "007", "NA", "", "1.0"])
def test_names_in_a_table_stay_text(tmp_path: Path, name: str) -> None:
    (tmp_path / "table.csv").write_text(f"variant,value\n{name},1\n", encoding="utf-8")
    assert list(reading.csv(tmp_path / "table.csv").iloc[0]) == [name, "1"]


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
    (tmp_path / "table.csv").write_text("variant,n,mean,won\n007,3,,True\nnan,4,inf,False\n", encoding="utf-8")
    read = reading.csv(tmp_path / "table.csv", {"variant": "str", "n": "int64", "mean": "float64", "won": "bool"})
    assert read.fillna({"mean": -1.0}).to_dict("list") == {
        "variant": ["007", "nan"], "n": [3, 4], "mean": [-1.0, float("inf")], "won": [True, False]
    }  # fmt: skip


@given(st.text())
def test_what_is_printed_is_printable(content: str) -> None:
    assert reading.printable(content).isprintable()
