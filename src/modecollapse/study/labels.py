"""Checks of texts that figures and the PDF print: the fonts must have each character, and a label must fit.

This module imports no font or drawing library, because every job reads the configuration.
"""

from __future__ import annotations

from modecollapse.reading import printable

MOST = 24  # characters of a label: more leave no room for the panels beside it
MOST_IN_WORD = 14  # a panel is an inch wide where there are many, and its title breaks at spaces and hyphens
MOST_IN_SOURCE = 200
# In hexadecimal, the characters that DejaVu Sans (figures) and all four faces of Libertinus Serif (the PDF) have:
# letters, digits, punctuation and signs below U+2300 that are written from left to right, and the space.
RANGES = (
    "20-7e a1-ac ae-17f 1dd 1e2-1e3 1fc-1fd 218-21b 226 228-229 22e 237 249 250 254 263 266 268 26f 279 27b 281 "
    "295 29c 2b0-2e4 2ec-2ee 2f3 2f7 374-375 384-38a 38c 38e-3a1 3a3-3ce 3d0-3d1 3d5 3f0 401 403-40c 40f-44f 451 "
    "453 455-458 45c 45e 4d4-4d5 1d43-1d44 1d47-1d4a 1d4d 1d4f-1d50 1d52-1d53 1d56-1d58 1d5a-1d5b 1d9c 1da0 1da4 "
    "1dbb 1e00-1e9b 1e9e 1ea0-1ef9 1f00-1f15 1f18-1f1d 1f20-1f45 1f48-1f4d 1f50-1f57 1f59 1f5b 1f5d 1f5f-1f7d "
    "1f80-1fb4 1fb6-1fc4 1fc6-1fd3 1fd6-1fdb 1fdd-1fef 1ff2-1ff4 1ff6-1ffe 2010-2027 2030-2037 2039-203e 2042 "
    "2044 2047-204b 204f 2070-2071 2074-208e 2090-209c 20a2-20a4 20a7-20a8 20ab-20ac 20af 20b1 2100-2103 "
    "2105-2106 2109 210c-210f 2111 2113 2115-2116 2119-211a 211c-211d 2120 2122 2124 2126-2127 212e 2135-2139 "
    "2153-2184 2190-219b 21a8 21ae 21bc-21bd 21c0-21c1 21cb-21d9 2200-220d 220f-221c 221e-221f 2223-222b 2236 "
    "223c 2241 2245 2248-2249 2259 2260-2262 2264-2265 226a-226b 226e-2271 2282-2285 2295-2298 22c5 22ef "
)
ALLOWED = frozenset(
    chr(code)
    for first, _, last in (part.partition("-") for part in RANGES.split())
    for code in range(int(first, 16), int(last or first, 16) + 1)
)


def check_label(label: str, where: str = "") -> None:
    """ValueError, one line that begins with `where`, for a label that cannot be shown or does not fit."""
    check_text(label, where, MOST)
    longest = max(label.replace("-", "- ").split(), key=len)
    if len(longest) > MOST_IN_WORD:
        allowed = f"words of at most {MOST_IN_WORD}, between spaces or hyphens"
        raise ValueError(f"{where}the word {longest!r} has {len(longest)} characters; allowed: {allowed}")


def check_text(text: str, where: str = "", most: int = MOST_IN_SOURCE) -> str:
    """The text; ValueError where it has no or more than `most` characters, or one that the fonts lack."""
    for number, character in enumerate(text, start=1):
        if character not in ALLOWED:
            named = f"'{printable(character)}' (U+{ord(character):04X})"
            allowed = "Latin, Greek and Cyrillic letters, digits, punctuation and mathematical signs"
            raise ValueError(f"{where}character {number} is {named}, which the fonts lack; allowed: {allowed}")
    if not text or text != " ".join(text.split()):
        raise ValueError(f"{where}{text[:most]!r} is not allowed; allowed: words with one space between them")
    if len(text) > most:
        raise ValueError(f"{where}has {len(text)} characters; allowed: at most {most}")
    return text
