"""How well the variants did on a data set: each seed at the final step and the mean with its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.measured import Measured

MOST = 5  # panels in a row
LINE = 0.165  # inches that a variant takes
COLOUR = style.COLOURS[0]  # rows are named, so colour need not tell them apart
BAR = {"linewidth": 3.0, "solid_capstyle": "butt", "alpha": 0.3}
SEED = {"marker": "|", "linestyle": "", "markersize": 4, "markeredgewidth": 0.8}
STAR = {"color": style.COLOURS[1], "marker": "*", "linestyle": "", "markersize": 5.5, "markeredgewidth": 0}


def draw(study: layout.Study, experiment: str, dataset: str, measured: Measured) -> Figure:
    """A panel a measure, in it a line a variant, beside the published value and the oracle."""
    variants = layout.variants(study, experiment, dataset)
    measures = layout.measures(study, [dataset], layout.COUNTS)
    height = 0.4 + LINE * max(len(variants), 4)
    figure, grid = panels.rows(len(measures), MOST, style.PAGE, height, extra=0.2)
    first = {axes.get_subplotspec().rowspan.start: axes for axes in reversed(grid)}.values()
    stars = 0
    for axes, measure in zip(grid, measures, strict=True):
        axes.set_title(panels.wrapped(study["measures"][measure]["label"], style.PAGE / (len(measures) + 1)))
        for value in measured.oracle(dataset, measure):
            axes.axvline(value, zorder=0, **panels.ORACLE)
        for y, variant in enumerate(variants):
            runs = measured.runs(experiment, dataset, variant, measure)
            for _, row in measured.summary(experiment, dataset, variant, measure).iterrows():
                _variant(axes, y, row, runs[runs["step"] == row["step"]])
            value = measured.published.beside(dataset, variant, measure)
            if value is not None:
                axes.plot(value.value, y + 0.05, **STAR)
                stars += 1
        names = [study["variants"][variant]["label"] for variant in variants] if axes in first else [""] * len(variants)
        _lines(axes, names)
    panels.legend(figure, _handles(stars > 0))
    return figure


def _variant(axes: Axes, y: float, row: pd.Series, runs: pd.DataFrame) -> None:
    """One summary row at height y: the interval, a tick for each run, the mean."""
    values = runs.sort_values("seed")["value"]
    axes.plot([row["lower"], row["upper"]], [y, y], color=COLOUR, **BAR)
    axes.plot(values, [y] * len(values), color=COLOUR, **SEED)
    axes.plot(row["mean"], y, "o", color=COLOUR, markersize=3.6)


def _lines(axes: Axes, names: list[str]) -> None:
    """A faint line a variant leads the eye from its name, which stands once in a row of panels."""
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0, labelcolor=style.INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="y", color=style.FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.06)
    axes.locator_params(axis="x", nbins=5)


def _handles(published: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], color=COLOUR, marker="o", markersize=3.6, linewidth=0, label="mean"),
        Line2D([], [], color=COLOUR, label="95% interval", **BAR),
        Line2D([], [], color=COLOUR, label="one seed", **SEED),
    ]
    return [*handles, Line2D([], [], label="published", **STAR)] if published else handles
