"""Whatever a StudyError is made of, it is one printable line that a terminal can show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modecollapse.errors import MOST_CHARACTERS, StudyError, one_line
from modecollapse.study.problems import listed, unknown


@given(st.text(max_size=2000) | st.text(max_size=20).map(lambda text: text * 99))
def test_a_message_is_one_printable_line_of_300_characters(text: str) -> None:
    line = str(StudyError(text))
    assert line.isprintable() or not line
    assert len(line) <= MOST_CHARACTERS
    assert line == text or len(text) > MOST_CHARACTERS or not text.isprintable() or not text
    assert one_line(ValueError(text), 50).isprintable()
    assert 0 < len(one_line(ValueError(text), 50)) <= 50


def test_of_a_long_message_the_start_and_what_is_allowed_are_kept() -> None:
    line = str(StudyError(f"file.yaml: key: {'x' * 1000}; allowed: a, b"))
    assert line.startswith("file.yaml: key: xxx")
    assert " ... " in line
    assert line.endswith("; allowed: a, b")
    assert str(StudyError("a\x1b[2J\n\u202e")) == "a\\x1b[2J\\n\\u202e"


def test_long_lists_are_cut_and_near_names_are_offered() -> None:
    names = [f"name-{number}" for number in range(100)]
    assert listed([]) == "none"
    assert listed(names[:3], "look there") == "name-0, name-1, name-2"
    assert listed(names, "look there").endswith(" and 86 more; look there")
    assert listed(["x" * 500, "y"]) == f"{'x' * 500} and 1 more"
    assert unknown("nmae-7", names[:9]).startswith("'nmae-7' is unknown (did you mean 'name-7'?); allowed: name-0, ")
    assert unknown("zzz", ["a"], "unknown key") == "unknown key 'zzz'; allowed: a"
    assert unknown(7, ["a"]) == "7 is unknown; allowed: a"
