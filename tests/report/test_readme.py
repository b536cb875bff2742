"""The README's findings are those of the released report."""

from __future__ import annotations

import re
from pathlib import Path

from pypdf import PdfReader

ROOT = Path(__file__).parents[2]


def flat(text: str) -> str:
    """Without line breaks and the hyphens that they add."""
    return re.sub(r"[\s\u00ad-]+", "", text)


def test_the_findings_are_sentences_of_the_released_report() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    said = [line.removeprefix("> ") for line in text.splitlines() if line.startswith("> ")]
    first = flat(PdfReader(ROOT / "results" / "reported" / "report.pdf").pages[0].extract_text())
    assert len(said) == 3
    for sentence in said:
        assert flat(sentence) in first
    [figure] = re.findall(r"!\[.*\]\((.*)\)", text)
    assert (ROOT / figure).is_file()
