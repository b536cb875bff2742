"""What the figures of one data set share: rows of panels, legends, lines of runs, names that fit."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from modecollapse.report import layout, style

TALLEST = 8.0  # inches: with its caption, such a figure still fits on a page
LETTER = 0.062  # inches that a letter of a title takes, about
ORACLE = {"color": style.MUTED, "linewidth": 0.8, "linestyle": (0, (3, 2))}
THIN = {"linewidth": 0.45, "alpha": 0.4}  # the line of a run
LINE = 0.165  # inches that a variant takes
COLOUR = style.COLOURS[0]  # variants are named, so colour need not tell them apart
ROOM = 1.6  # inches that a variant's name may take


def rows(panels: int, most: int, width: float, height: float, extra: float = 0.0) -> tuple[Figure, np.ndarray]:
    """A figure with as many panels of `width` x `height` inches, at most `most` in a row, and their axes in order.

    Rows are of about equal length, and panels shrink where they would not fit on a page. `extra` inches belong to
    what stands around the panels.
    """
    lines = layout.balanced(list(range(panels)), most)
    columns = len(lines[0])
    width = min(width, style.PAGE / columns)
    height = min(height, (TALLEST - extra) / len(lines))
    figure = Figure(figsize=(columns * width, len(lines) * height + extra), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.045, h_pad=0.03, wspace=0.02, hspace=0.03)
    grid = figure.subplots(len(lines), columns, squeeze=False)
    for row, line in zip(grid, lines, strict=True):
        for axes in row[len(line) :]:
            axes.remove()
    return figure, np.array([axes for row, line in zip(grid, lines, strict=True) for axes in row[: len(line)]])


def sentence(text: str) -> Figure:
    """What is drawn where there is nothing to draw: one line that says so."""
    figure = Figure(figsize=(style.PAGE, 0.4))
    figure.text(0.5, 0.5, text, ha="center", va="center", color=style.MUTED)
    return figure


def runs_and_mean(
    axes: Axes, rows: pd.DataFrame, colour: str, label: str | None = None, dashes: str | tuple = "-"
) -> None:
    """A thin line for each run of a cell, a thick one for their mean; rows: step, seed and value of one measure."""
    rows = rows.sort_values(["seed", "step"])
    for _, run in rows.groupby("seed"):
        axes.plot(run["step"], run["value"], color=colour, **THIN)
    mean = rows.groupby("step")["value"].mean()
    axes.plot(mean.index, mean, color=colour, linestyle=dashes, label=label)


def height(variants: int, line: float = LINE) -> float:
    """Inches of a panel in which each variant is a line."""
    return 0.4 + line * max(variants, 4)


def name(grid: np.ndarray, labels: list[str]) -> None:
    """Faint lines lead the eye from the variants' names, which stand once in a row of panels."""
    first = {axes.get_subplotspec().rowspan.start: axes for axes in reversed(grid)}.values()
    for axes in grid:
        own = labels if axes in first else [""] * len(labels)
        axes.set_yticks(range(len(own)), own)
        size = size_of(own, style.SETTINGS["ytick.labelsize"], ROOM)
        axes.tick_params(axis="y", length=0, labelcolor=style.INK, labelsize=size)
        axes.set_ylim(len(own) - 0.4, -0.6)
        axes.grid(axis="y", color=style.FAINT, linewidth=0.4)
        axes.set_axisbelow(True)
        axes.spines["left"].set_visible(False)


def width_of(label: str, points: float) -> float:
    """Inches that a label takes when it is set in so many points."""
    return text_to_path.get_text_width_height_descent(label, FontProperties(size=points), ismath=False)[0] / 72


def size_of(labels: Iterable[str], points: float, inches: float) -> float:
    """Points in which the labels are no wider than `inches`: `points`, or fewer where one would be."""
    return points * min(1.0, *(inches / max(width_of(label, points), 0.1) for label in labels))


def wrapped(label: str, inches: float) -> str:
    """A title in as many lines as it takes to be no wider than `inches`."""
    return fill(label, max(8, int(inches / LETTER)), break_long_words=False)
