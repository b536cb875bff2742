"""Which ranks the tests leave open for each variant on a data set, by measure."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.errors import StudyError
from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import CELL, Sources
from modecollapse.study.summary import StudySummary

LINE = 0.118  # inches that a variant takes
SET = {"color": style.COLOURS[5], "linewidth": 4.2, "solid_capstyle": "butt"}
RANK = {"color": style.COLOURS[0], "marker": "o", "linestyle": "", "markersize": 3}


def draw(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """A panel a measure, in it a line a variant: its rank by mean, and the ranks from the best to the worst possible.

    Raises StudyError where ranks.csv lacks one of the variants.
    """
    variants = layout.variants(summary, experiment, dataset)
    measures = layout.ranked(summary, dataset)
    known = {tuple(row[name] for name in CELL): row for row in sources.ranked.to_dict("records")}
    figure, grid = panels.rows(len(measures), len(measures), style.PAGE, panels.height(len(variants), LINE), extra=0.2)
    last = len(variants)
    for axes, measure in zip(grid, measures, strict=True):
        axes.set_title(panels.wrapped(summary.measures[measure].label, style.PAGE / (len(measures) + 1)))
        for y, variant in enumerate(variants):
            cell = experiment, dataset, variant, measure
            if cell not in known:
                where = f"ranks.csv: {'/'.join(cell[:3])}, {measure}"
                raise StudyError(f"{where}: no row; allowed: a row for each planned cell")
            axes.plot([known[cell]["rank_low"] - 0.4, known[cell]["rank_high"] + 0.4], [y, y], **SET)
            axes.plot(known[cell]["rank"], y, **RANK)
        axes.set_xlim(0.3, last + 0.7)
        axes.set_xticks([1, last] if last < 5 else [1, round((1 + last) / 2), last])
    panels.name(grid, [summary.variants[variant].label for variant in variants])
    handles = [Line2D([], [], label="rank by mean", **RANK), Line2D([], [], label="ranks left open", **SET)]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure
