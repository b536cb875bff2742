"""How well the variants did on a data set: each seed at the final step and the mean with its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import layout, style
from modecollapse.report.figures import lines, panels
from modecollapse.report.figures.measured import Measured
from modecollapse.study.summary import StudySummary

MOST = 5  # panels in a row
BAR = {"linewidth": 3.0, "solid_capstyle": "butt", "alpha": 0.3}
STAR = {"color": style.COLOURS[1], "marker": "*", "linestyle": "", "markersize": 5.5, "markeredgewidth": 0}


def draw(summary: StudySummary, experiment: str, dataset: str, measured: Measured) -> Figure:
    """A panel a measure, in it a line a variant, beside the published value and the oracle."""
    variants = layout.variants(summary, experiment, dataset)
    measures = layout.measures(summary, [dataset], layout.COUNTS)
    figure, grid = panels.rows(len(measures), MOST, style.PAGE, lines.height(len(variants)), extra=0.2)
    stars = 0
    for axes, measure in zip(grid, measures, strict=True):
        axes.set_title(panels.wrapped(summary.measures[measure].label, style.PAGE / (len(measures) + 1)))
        axes.axvline(measured.oracle(dataset, measure), zorder=0, **panels.ORACLE)
        for y, variant in enumerate(variants):
            runs = measured.planned(experiment, dataset, variant, measure)
            row = measured.summary(experiment, dataset, variant, measure)
            _variant(axes, y, row, runs[runs["step"] == row["step"]])
            value = measured.published.beside(dataset, variant, measure)
            if value is not None:
                axes.plot(value.value, y + 0.05, **STAR)
                stars += 1
        axes.margins(x=0.06)
        axes.locator_params(axis="x", nbins=5)
    lines.name(grid, [summary.variants[variant].label for variant in variants])
    panels.legend(figure, _handles(stars > 0))
    return figure


def _variant(axes: Axes, y: float, row: pd.Series, runs: pd.DataFrame) -> None:
    """One summary row at height y: the interval, a tick for each run, the mean."""
    values = runs.sort_values("seed")["value"]
    axes.plot([row["lower"], row["upper"]], [y, y], color=lines.COLOUR, **BAR)
    axes.plot(values, [y] * len(values), color=lines.COLOUR, **lines.SEED)
    axes.plot(row["mean"], y, "o", color=lines.COLOUR, markersize=3.6)


def _handles(published: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], color=lines.COLOUR, marker="o", markersize=3.6, linewidth=0, label="mean"),
        Line2D([], [], color=lines.COLOUR, label="95% interval", **BAR),
        Line2D([], [], color=lines.COLOUR, label="one seed", **lines.SEED),
    ]
    return [*handles, Line2D([], [], label="published", **STAR)] if published else handles
