"""The one visual style of all figures: sizes in inches and points, colours, marks, repeatable SVG bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from modecollapse.files import write_bytes

PAGE = 7.0  # inches: the width of the text block of the report
INK, MUTED, FAINT = "#222222", "#6b6b6b", "#d9d9d9"
DENSITY = "Blues"
TITLE = 7.5  # points
PATH, BEYOND = re.compile(r'<path [^>]*?d="[^"]*"'), re.compile(r"(?<=\.\d\d)\d+")

# Colours differ in lightness as well as in hue, so they stay apart in grey and for the colour-blind.
COLOURS = ("#173f6b", "#d1603d", "#dba520", "#3b8f7e", "#7a3b78", "#86b6d9")
DASHES = ("-", (0, (4, 1.4)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2)), (0, (7, 2)))

SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "text.parse_math": False,  # a label is text; what is mathematics says so where it is drawn
    "text.color": INK,
    "axes.titlesize": TITLE,
    "axes.labelsize": 7,
    "axes.linewidth": 0.6,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "modecollapse",
    "savefig.dpi": 300,  # of dense layers, which are drawn as pictures
}
TICKS = {"labelsize": 6.5, "color": MUTED, "major.width": 0.6, "major.size": 2.5}
SETTINGS |= {f"{axis}tick.{name}": value for axis in "xy" for name, value in TICKS.items()}


def looks(count: int) -> list[tuple[str, str | tuple]]:
    """(colour, dashes) that differ, in the order of the lines of a panel."""
    return [(COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]) for i in range(count)]


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's defaults plus this style, whatever the user's settings say; draw and save inside it."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as an SVG whose bytes depend on nothing but the drawing (no date, salted ids); returns `path`.

    The digits of paths beyond a hundredth of a point are left out, which shrinks a figure of many lines by a third.
    """
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = PATH.sub(lambda tag: BEYOND.sub("", tag[0]), stream.getvalue())
    write_bytes(path, text.encode())
    return path
