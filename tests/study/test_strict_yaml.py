"""YAML whose numbers are what they look like, and that ends: every other text is one line."""

from __future__ import annotations

import math
import os
import re
import time
from pathlib import Path

import pytest
import yaml
from default_config import DEFAULT
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.errors import StudyError
from modecollapse.study.load import load_study
from modecollapse.study.strict_yaml import read, read_yaml

ODD = {
    "010": ("8 (octal)", "8 or 10"), "-010": ("-8 (octal)", "-8 or -10"), "007": ("7 (octal)", "7"),
    "0o10": ("text", "8"), "08": ("text", "8"), "0_7": ("7 (octal)", "7"),
    "0x1F": ("31 (hexadecimal)", "31"), "-0b11": ("-3 (binary)", "-3"),
    "1_000": ("1000", "1000"), "1_000.5": ("1000.5", "1000.5"),
    "1:30": ("90 (sexagesimal, base 60)", "90"), "20:17:12": ("73032 (sexagesimal, base 60)", "73032"),
    "-1:30.5": ("-90.5 (sexagesimal, base 60)", "-90.5"),
}  # fmt: skip


def refusal(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize("text", ODD)
def test_a_number_that_is_not_plain_is_refused_with_the_plain_one(text: str) -> None:
    meaning, write = ODD[text]
    line = f"{text} is read by YAML as {meaning}; write {write}, or '{text}' where it is text"
    assert refusal(f"a:\n  - 1\n  - {{b: {text}}}\n") == f"a[1].b: {line}"
    assert refusal(f"{text}: 1") == f"{text}: {line}"
    assert refusal(f"a: !!int '{text}'") in (f"a: {line}", "a: the tag '!!int' is not allowed; allowed: none but !!str")
    for quoted in (f"'{text}'", f'"{text}"', f"!!str {text}", f"|-\n  {text}"):
        assert read(f"a: {quoted}") == {"a": text}


@pytest.mark.parametrize("text", ["2020-01-01", "2020-13-45", "2001-12-14t21:59:43.10-05:00"])
def test_a_date_is_refused(text: str) -> None:
    assert refusal(f"a: {text}") == f"a: {text} is read by YAML as a date; write '{text}' where it is text"


def test_a_reader_may_ask_for_what_yaml_makes_of_odd_numbers() -> None:
    odd: list = []
    text = "".join(f"'{number}': {number}\n" for number in ODD)
    content = read(f"{text}day: 2020-01-01\n", odd=odd)
    usual = yaml.safe_load("".join(f"'{number}': {number}\n" for number in ODD if number != "08"))
    assert content == usual | {"08": "08", "day": "2020-01-01"}
    assert [(one.key, one.meaning, one.write) for one in odd[:-1]] == [(key, *ODD[key]) for key in ODD]


NO_OCTAL = re.compile("0o[0-7_]*[89]")  # 0o08 is text to YAML, and no number of a study
NOT_PLAIN = (
    r"[-+]?([1-9][0-9]?(:[0-5][0-9]){1,2}(\.[0-9])?|0o?[0-7]{1,4}[0-9]|0x[0-9a-f]{1,3}|0b[01]{1,3}|[0-9]_[0-9.]{1,3})"
)


@given(st.from_regex(NOT_PLAIN, fullmatch=True).filter(lambda text: text.count(".") < 2 and not NO_OCTAL.search(text)))
def test_no_number_is_read_as_another_than_it_looks_like(text: str) -> None:
    assert refusal(f"a: {text}").startswith(f"a: {text} is read by YAML as ")
    assert read(f"a: '{text}'") == {"a": text}


@pytest.mark.parametrize(
    ("text", "line"), [("seeds:\t2", 1), ("\tseeds: 2", 1), ("# one\na:\n\t- b", 3), ("a: x\n\ty: 1", 2)]
)
def test_a_tab_is_named_with_its_line(text: str, line: int) -> None:
    assert refusal(text) == f"line {line}: a tab; YAML wants blanks"


NINE = "[{}]".format(",".join(["{}"] * 9))
LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} {NINE.replace('{}', f'*a{i - 1}')}\n" for i in range(1, 40))
MERGES = LAUGHS.replace("&a0 [x]", "&a0 {x: 1}").replace("[", "{<<: [").replace("]", "]}")
BOMBS = {
    "anchors": (LAUGHS, "values, anchors counted wherever they are used; allowed: 100,000"),
    "merged anchors": (MERGES, "values, anchors counted wherever they are used; allowed: 100,000"),
    "holds itself": ("a: &a [*a]", "a[0]: holds itself"),
    "merges itself": ("a: &a {<<: *a}", "a.<<: holds itself"),
    "brackets": ("[" * 150_000, "is nested too deeply; allowed: 60 levels"),
    "braces": ("{a: " * 40_000, "is nested too deeply; allowed: 60 levels"),
    "dashes": ("- " * 90_000, "is nested too deeply; allowed: 60 levels"),
    "digits": (f"a: {'9' * 5000}", "a: a number has 5000 digits; allowed: 40"),
    "control": ("a: 1\nb: \x1b[2J", "line 2: a control character, '\\x1b'"),
    "object": ("a: !!python/object/apply:os.system ['x']", "a: the tag '!!python/object/apply:os.system' is not"),
    "binary": ("a: !!binary aGk=", "a: the tag '!!binary' is not allowed"),
    "set": ("a: !!set {b}", "a: the tag '!!set' is not allowed"),
    "list as key": ("? [a]\n: 1", "line 1: a list or a mapping is a key"),
    "twice": ("a: {b: 1,\n  b: 2}", "line 2: key 'b' appears twice"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_has_no_end_is_one_line_at_once(bomb: str) -> None:
    text, said = BOMBS[bomb]
    start = time.monotonic()
    line = refusal(text)
    assert time.monotonic() - start < 5
    assert said in line
    assert line.isprintable()
    assert len(line) <= 300


def test_only_regular_files_of_text_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"a" * 200_001)
    (tmp_path / "binary").write_bytes(b"\x89PNG\xff")
    said = {"pipe": "is a named pipe", "large": "has 200,001 bytes", "binary": "allowed: UTF-8", "none": "cannot be re"}
    for name, why in (said | {"/dev/zero": "is a device"}).items():
        with pytest.raises(StudyError, match=why):
            read_yaml(tmp_path / name)


def test_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "my.yaml").write_text("seeds: 2\n")
    assert load_study([DEFAULT, "~/my.yaml"]).seeds == 2
    with pytest.raises(StudyError, match="~nobody-here/my.yaml: cannot be read"):
        read_yaml(Path("~nobody-here/my.yaml"))


def test_infinity_and_none_are_still_values() -> None:
    assert read("[.inf, ~, true, 1.5e+3, '', 0, -0.5]") == [math.inf, None, True, 1500.0, "", 0, -0.5]
    assert read("") is None
