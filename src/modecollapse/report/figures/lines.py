"""A line a variant: what the figures share in which panels of measures stand side by side."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from modecollapse.report import style
from modecollapse.report.figures import panels

LINE = 0.165  # inches that a variant takes
COLOUR = style.COLOURS[0]  # rows are named, so colour need not tell them apart
ROOM = 1.6  # inches that a name may take
SEED = {"marker": "|", "linestyle": "", "markersize": 4, "markeredgewidth": 0.8}


def height(variants: int, line: float = LINE) -> float:
    """Inches of a panel."""
    return 0.4 + line * max(variants, 4)


def name(grid: np.ndarray, labels: list[str]) -> None:
    """A faint line a variant leads the eye from its name, which stands once in a row of panels."""
    first = {axes.get_subplotspec().rowspan.start: axes for axes in reversed(grid)}.values()
    for axes in grid:
        _lines(axes, labels if axes in first else [""] * len(labels))


def _lines(axes: Axes, labels: list[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    size = panels.size_of(labels, style.SETTINGS["ytick.labelsize"], ROOM)
    axes.tick_params(axis="y", length=0, labelcolor=style.INK, labelsize=size)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(axis="y", color=style.FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
