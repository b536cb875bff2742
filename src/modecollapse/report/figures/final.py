"""How well the variants did on a data set: each seed's endpoint and the mean with its interval."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.result_tables import of_runs
from modecollapse.study.summary import StudySummary

MOST = 5  # panels in a row
BAR = {"color": panels.COLOUR, "linewidth": 3.0, "solid_capstyle": "butt", "alpha": 0.3}
MEAN = {"color": panels.COLOUR, "marker": "o", "linestyle": "", "markersize": 3.6}
RUN = {"color": panels.COLOUR} | panels.SEED


def draw(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """A panel a measure, in it a line a variant: its interval, a tick for each run, the mean; dashed, the oracle."""
    variants = layout.variants(summary, experiment, dataset)
    measures = layout.measures(summary, [dataset], layout.COUNTS)
    figure, grid = panels.rows(len(measures), MOST, style.PAGE, panels.height(len(variants)), extra=0.2)
    for axes, measure in zip(grid, measures, strict=True):
        axes.set_title(panels.wrapped(summary.measures[measure].label, style.PAGE / (len(measures) + 1)))
        axes.axvline(sources.oracle(dataset, measure), zorder=0, **panels.ORACLE)
        for y, variant in enumerate(variants):
            row = sources.mean(experiment, dataset, variant, measure)
            values = of_runs(sources.rows(experiment, dataset, variant, measure)).sort_values("seed")["value"]
            axes.plot([row["lower"], row["upper"]], [y, y], **BAR)
            axes.plot(values, [y] * len(values), **RUN)
            axes.plot(row["mean"], y, **MEAN)
        axes.margins(x=0.06)
        axes.locator_params(axis="x", nbins=5)
    panels.name(grid, [summary.variants[variant].label for variant in variants])
    shown = {"mean": MEAN, "95% interval": BAR, "one seed": RUN}
    panels.legend(figure, [Line2D([], [], label=label, **look) for label, look in shown.items()])
    return figure
