"""Which ranks the tests leave open for each variant on a data set, by measure."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.errors import StudyError
from modecollapse.report import layout, style
from modecollapse.report.figures import lines, panels
from modecollapse.study.summary import StudySummary

LINE = 0.118  # inches that a variant takes
NAMES = 1.05  # inches of the column that their names take
TITLE = 0.11  # inches of a line of a title
SET = {"color": style.COLOURS[5], "linewidth": 4.2, "solid_capstyle": "butt"}
RANK = {"color": style.COLOURS[0], "marker": "o", "linestyle": "", "markersize": 3}


def draw(summary: StudySummary, experiment: str, dataset: str, ranks: pd.DataFrame) -> Figure:
    """A panel a measure, in it a line a variant: its rank by mean, and the ranks from the best to the worst possible.

    ranks: what `comparisons.rankings` returned. Raises StudyError where it lacks one of the variants.
    """
    variants = layout.variants(summary, experiment, dataset)
    measures = layout.ranked(summary, dataset)
    room = (style.COLUMN - NAMES) / len(measures)
    titles = [panels.wrapped(summary.measures[measure].label, room) for measure in measures]
    height = LINE * max(len(variants), 4) + 0.2 + TITLE * max(title.count("\n") + 1 for title in titles)
    figure, grid = panels.rows(len(measures), len(measures), style.COLUMN / len(measures), height, extra=0.3)
    own = ranks[(ranks["experiment"] == experiment) & (ranks["dataset"] == dataset)]
    for axes, measure, title in zip(grid, measures, titles, strict=True):
        axes.set_title(title, fontsize=6.5)
        rows = {row["variant"]: row for row in own[own["measure"] == measure].to_dict("records")}
        for variant in sorted(variants):  # the order of the table
            if variant not in rows:
                cell = f"{experiment}/{dataset}/{variant}, {measure}"
                raise StudyError(f"ranks.csv: {cell}: no row; allowed: a row for each planned cell")
            row, y = rows[variant], variants.index(variant)
            axes.plot([row["rank_low"] - 0.4, row["rank_high"] + 0.4], [y, y], **SET)
            axes.plot(row["rank"], y, **RANK)
        _scale(axes, len(variants))
    lines.name(grid, [summary.variants[variant].label for variant in variants])
    handles = [Line2D([], [], label="rank by mean", **RANK), Line2D([], [], label="ranks left open", **SET)]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _scale(axes: Axes, last: int) -> None:
    axes.set_xlim(0.3, last + 0.7)
    axes.set_xticks([1, last] if last < 5 else [1, round((1 + last) / 2), last])
