"""A digit of a PDF that Typst wrote, changed in its content stream."""

from __future__ import annotations

import re
from pathlib import Path

from pypdf import PdfWriter
from pypdf.generic import ByteStringObject, ContentStream, NameObject


def another_digit(pdf: Path, page: int, old: str, new: str) -> None:
    """Write one digit of a page's text as another, in the content stream: the last one that stands there."""
    writer = PdfWriter(clone_from=pdf)
    sheet = writer.pages[page - 1]
    content = ContentStream(sheet.get_contents(), writer)
    fonts = {name: _codes(font.get_object()) for name, font in sheet["/Resources"]["/Font"].items()}
    font, places = {}, []
    for operands, operator in content.operations:
        font = fonts[operands[0]] if operator == b"Tf" else font
        texts = operands[0] if operator == b"TJ" else operands
        for i, text in enumerate(texts if operator in (b"TJ", b"Tj") else []):
            if hasattr(text, "original_bytes") and {old, new} <= font.keys():
                codes = text.original_bytes
                places += [(texts, i, at, font) for at in range(0, len(codes), 2) if codes[at : at + 2] == font[old]]
    texts, i, at, font = places[-1]
    codes = texts[i].original_bytes
    texts[i] = ByteStringObject(codes[:at] + font[new] + codes[at + 2 :])
    sheet[NameObject("/Contents")] = writer._add_object(content)
    writer.write(pdf)


def _codes(font: dict) -> dict[str, bytes]:
    """The code of each character of a font that has a map to them."""
    lines = font["/ToUnicode"].get_object().get_data().decode("latin-1")
    found = re.findall(r"<([0-9a-fA-F]{4})> <([0-9a-fA-F]{4})>", lines)
    return {chr(int(char, 16)): bytes.fromhex(code) for code, char in found}
