"""The figure of a score: a panel a measure, with a line for one's own samples and for each variant of a study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import style
from modecollapse.report.figures import panels
from modecollapse.report.layout import REFERENCE_ROWS
from modecollapse.report.printed import experiment_label
from modecollapse.scoring.score import OWN, PUBLISHED, VARIANT, Score
from modecollapse.study import catalogue

MINE = style.COLOURS[1]
MARK = {"marker": "o", "markersize": 4, "linewidth": 1.2}
NULLS = {
    "null-uniform": panels.ORACLE | {"linestyle": (0, (1, 1.5))},
    "null-gaussian": panels.ORACLE | {"linestyle": (0, (4, 1.5, 1, 1.5))},
}
PRINTED = {"marker": "d", "markersize": 3.5, "linestyle": "", "color": style.COLOURS[2]}


def save(score: Score, path: Path) -> None:
    """Draw the means with their intervals beside oracle, nulls and published numbers, as SVG."""
    with style.styled():
        style.save(_draw(score), path)


def _draw(score: Score) -> Figure:
    own = score.of(OWN)
    name = own["row"].iloc[0]
    cells = score.of(VARIANT)
    cells = cells[cells["row"] != name]
    several = cells["experiment"].nunique() > 1
    lines = list(dict.fromkeys(zip(cells["experiment"], cells["row"], strict=True)))
    labels = [f"{row}, {experiment_label(experiment)}" if several else row for experiment, row in lines]
    figure, grid = panels.rows(len(own), 3, 2.4, panels.height(len(lines) + 2), extra=0.4)
    for axes, measure in zip(grid, own["measure"], strict=True):
        _panel(axes, score.table[score.table["measure"] == measure], [("", name), *lines])
        axes.set_title(panels.wrapped(catalogue.declared("measures", measure, "LABEL"), 1.8))
    panels.name(grid, [name, *labels, "published"])
    nulls = [Line2D([], [], label=REFERENCE_ROWS[null], **look) for null, look in NULLS.items()]
    oracle = Line2D([], [], label=REFERENCE_ROWS["oracle"], **panels.ORACLE)
    handles = [Line2D([], [], label="mean, 95% interval", color=panels.COLOUR, **MARK), *nulls, oracle]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 2 * len(grid)))
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, lines: list[tuple[str, str]]) -> None:
    """One measure; published numbers lie on the last line."""
    known = {(row["experiment"], row["row"]): row for row in rows[rows["kind"] != PUBLISHED].to_dict("records")}
    for row, look in {"oracle": panels.ORACLE, **NULLS}.items():
        axes.axvline(known["", row]["value"], **look)
    for y, line in enumerate(lines):
        if line in known:
            row, colour = known[line], panels.COLOUR if y else MINE
            ends = [row["lower"], row["upper"]] if pd.notna(row["lower"]) else [row["value"]] * 2
            axes.plot(ends, [y, y], color=colour, linewidth=MARK["linewidth"])
            axes.plot(row["value"], y, color=colour, **MARK)
    published = rows.loc[rows["kind"] == PUBLISHED, "value"]
    axes.plot(published, [len(lines)] * len(published), **PRINTED)
    axes.margins(x=0.05)
    axes.locator_params(axis="x", nbins=4)
