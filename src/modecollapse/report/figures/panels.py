"""A grid of panels, one for each measure of each data set: what the result figures are drawn on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import layout, style

TALLEST = 8.0  # inches: with its caption, such a figure still fits on a page
LETTER = 0.066  # inches that a letter of a label takes, about
ORACLE = {"color": style.MUTED, "linewidth": 0.8, "linestyle": (0, (3, 2))}


@dataclass(frozen=True)
class Panels:
    """`grid` has a row a measure and a column a data set; a lone data set lies flat, with a column a measure.

    `drawn` maps (data set, measure) to its panel; a data set without a measure has none there.
    """

    figure: Figure
    grid: np.ndarray
    drawn: dict[tuple[str, str], Axes]

    def leftmost(self) -> list[Axes]:
        """The first panel of each row."""
        return [next(axes for axes in row if axes in self.drawn.values()) for row in self.grid]

    def lowest(self) -> list[Axes]:
        """The last panel of each column."""
        return [next(axes for axes in column[::-1] if axes in self.drawn.values()) for column in self.grid.T]


def make(study: layout.Study, experiment: str, height: float) -> Panels:
    """A figure as wide as the page with labelled, empty panels, each up to `height` inches high."""
    names = layout.measured(study, experiment)
    measures = layout.measures(study, names)
    lines = [(measures, study["measures"]), (names, study["datasets"])]
    (rows, row_entries), (columns, column_entries) = lines if len(names) > 1 else lines[::-1]
    height = min(height, TALLEST / len(rows))
    figure = Figure(figsize=(style.PAGE, len(rows) * height + 0.4), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.03, hspace=0.03)
    grid = figure.subplots(len(rows), len(columns), squeeze=False)
    for axes, row in zip(grid[:, 0], rows, strict=True):
        axes.set_ylabel(_wrapped(row_entries[row]["label"], height), fontsize=style.TITLE)
    for axes, column in zip(grid[0], columns, strict=True):
        axes.set_title(_wrapped(column_entries[column]["label"], style.PAGE / len(columns)))
    drawn = {}
    for place in np.ndindex(grid.shape):
        measure, name = (rows[place[0]], columns[place[1]])[:: 1 if len(names) > 1 else -1]
        if measure in study["datasets"][name]["measures"]:
            drawn[name, measure] = grid[place]
        else:
            _leave_out(grid[place])
    return Panels(figure, grid, drawn)


def rows_of(table: pd.DataFrame, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
    """The rows of a table about one measure of one cell."""
    wanted = {"experiment": experiment, "dataset": dataset, "variant": variant, "measure": measure}
    return table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def mark_oracle(line: Callable, summary: pd.DataFrame, dataset: str, measure: str) -> None:
    """Draw what real data score with `line`, a panel's axvline or axhline."""
    for value in rows_of(summary, layout.CALIBRATION, dataset, "oracle", measure)["mean"]:
        line(value, zorder=0, **ORACLE)


def legend(figure: Figure, handles: list[Line2D]) -> None:
    """The legend below all panels; it explains the oracle's line last."""
    handles = [*handles, Line2D([], [], label="oracle (real data)", **ORACLE)]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 4))


def _wrapped(label: str, inches: float) -> str:
    return fill(label, max(8, int(inches / LETTER)))


def _leave_out(axes: Axes) -> None:
    """Everything off but the labels, which may name the row or column."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.patch.set_visible(False)
