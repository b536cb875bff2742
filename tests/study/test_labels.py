"""Labels: whatever passes can be shown by both fonts, and whatever does not is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl
import pytest
import typst
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.study.labels import ALLOWED, MOST, MOST_IN_WORD, check_label, check_text

FACES = '#set text(font: "Libertinus Serif", fallback: false)\n#let it = json("it.json")\n#it *#it* _#{it}_ *_#{it}_*'


def test_the_font_of_the_figures_has_every_character() -> None:
    font = TTFont(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
    assert {ord(character) for character in ALLOWED} <= set(font.getBestCmap())


def test_all_faces_of_the_pdfs_font_have_every_character(tmp_path: Path) -> None:
    """Typst refuses an archive (PDF/A) that would lack a glyph."""
    (tmp_path / "faces.typ").write_text(FACES, encoding="utf-8")

    def typeset(text: str) -> bytes:
        (tmp_path / "it.json").write_text(json.dumps(text), encoding="utf-8")
        return typst.compile(str(tmp_path / "faces.typ"), ignore_system_fonts=True, format="pdf", pdf_standards="a-2b")

    assert typeset("".join(sorted(ALLOWED)))
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        typeset("生")


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("生成", r"character 1 is '生' \(U\+751F\), which the fonts lack; allowed: Latin"),
        ("a\x1b[2J", r"character 2 is '\\x1b' \(U\+001B\)"),
        ("a\nb", r"character 2 is '\\n' \(U\+000A\)"),
        ("a\xa0b", r"U\+00A0"),
        ("e\u0301", r"U\+0301"),
        ("\U0001f600", r"U\+1F600"),
        ("", "'' is not allowed; allowed: words with one space between them"),
        ("a  b", "one space between"),
        ("ab " * 9 + "a", f"has 28 characters; allowed: at most {MOST}"),
        ("a" * 15, f"the word '{'a' * 15}' has 15 characters; allowed: words of at most {MOST_IN_WORD}"),
    ],
)
def test_what_cannot_be_shown_or_does_not_fit_is_refused(label: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check_label(label, "key: ")


@given(st.text(max_size=300))
def test_every_text_is_allowed_or_told_in_one_printable_line(text: str) -> None:
    for check in (check_label, check_text):
        told = ""
        try:
            check(text, "key: ")
            assert set(text) <= ALLOWED
        except ValueError as error:
            told = str(error)
        assert told.isprintable()
        assert len(told) < 300
