"""The text of a PDF's pages, and the numerals in a text."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pypdf import PdfReader
from pypdf.generic import DecodedStreamObject, NameObject

# A saved and restored state with no string in it draws and cannot write: figures are made of tens of thousands of them.
PAINT = rb"[^ABD-IKLO-RT-VX-Zq(<]*"
DRAWING = re.compile(rb"\bq " + PAINT + rb"(?:B\*?\n" + PAINT + rb")*\nQ\n")
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "\u00ad": "-", "\xa0": " "})
BROKEN = re.compile(r"-\n(?=[a-z])")  # a word at the end of a line
# A number as it is written, with the sign before it: `26,000`, `± 0.31`, `-0.79`, `≥ 500`; and no finite number.
NUMERAL = re.compile(r"(?:[-+−±×≥<]\s?)?\d+(?:[.,]\d+)*|∞")
# What the template numbers itself: floats, sections, citations.
REFERENCE = re.compile(r"(?:Tables?|Figures?|Sections?)\s+\d+(?:\.\d+)*")
CITATION = re.compile(r"\[\d{1,2}\]")


def pages(pdf: bytes) -> list[str]:
    """The text of each page, hyphens of line breaks undone. Raises whatever pypdf does where it cannot be read."""
    return [_text(page) for page in PdfReader(io.BytesIO(pdf)).pages]


@contextmanager
def reading(pdf: Path) -> Iterator[Callable[[], list[str]]]:
    """Reads the pages of a file in another process; what is yielded waits for them.

    It raises ValueError where the file cannot be read.
    """
    command = [sys.executable, "-m", __name__, str(pdf)]
    own = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONIOENCODING": "utf-8"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, encoding="utf-8", env=own, **pipes) as child:

        def wait() -> list[str]:
            told, wrong = child.communicate()
            if child.returncode:
                raise ValueError((wrong.splitlines() or ["no reason was given"])[-1])
            return json.loads(told)

        yield wait
        child.kill()  # where nobody waited


def _text(page) -> str:
    contents = page.get_contents()
    if contents is None:
        return ""
    data, before = contents.get_data(), -1
    while len(data) != before:  # they are nested
        before, data = len(data), DRAWING.sub(b"", data)
    stream = DecodedStreamObject()
    stream.set_data(data)
    page[NameObject("/Contents")] = stream
    return plain(page.extract_text())


def plain(text: str) -> str:
    """A text without ligatures and without the hyphens of its line breaks, in single spaces."""
    return " ".join(BROKEN.sub("", text.translate(LIGATURES)).split())


def without(text: str, names: re.Pattern[str] | None) -> str:
    """A text without names that hold digits."""
    return names.sub(" ", text) if names else text


def naming(names: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern for those names that hold a digit, numbers too, the longest first, wherever a line is broken."""
    chosen = {plain(name) for name in names if re.search(r"\d", name)}
    parts = ("".join(map(_breakable, name)) for name in sorted(chosen, key=lambda name: (-len(name), name)))
    return re.compile(rf"(?<![\w.])(?:{'|'.join(parts)})(?!\w)") if chosen else None


def _breakable(sign: str) -> str:
    """A line may be broken after all that is no letter and no digit."""
    return re.escape(sign) if sign.isalnum() else r"\s*" if sign == " " else re.escape(sign) + r"\s?"


def numerals(text: str) -> Counter[str]:
    """How often each numeral stands in a text."""
    return Counter("".join(found.split()) for found in NUMERAL.findall(text))


if __name__ == "__main__":
    print(json.dumps(pages(Path(sys.argv[1]).read_bytes())))
