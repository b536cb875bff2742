"""The way to the final values: each measure over the training steps."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.panels import rows_of


def draw(study: layout.Study, experiment: str, measures: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Thin lines for seeds, a thick one for their mean, a dashed one for the oracle."""
    variants = layout.variants(study, experiment)
    looks = style.looks(list(study["variants"]))
    page = panels.make(study, experiment, height=1.2)
    lowest = page.lowest()
    for (name, measure), axes in page.drawn.items():
        panels.mark_oracle(axes.axhline, summary, name, measure)
        for variant in variants:
            _variant(axes, rows_of(measures, experiment, name, variant, measure), looks[variant])
        axes.margins(x=0.02)
        if axes.dataLim.ymin >= 0:
            axes.set_ylim(bottom=0)
        axes.ticklabel_format(axis="both", style="plain", useOffset=False)
        axes.locator_params(nbins=4)
        axes.tick_params(axis="x", labelbottom=axes in lowest)
        if axes in lowest:
            axes.set_xlabel("Generator step")
    handles = [
        Line2D([], [], color=looks[v].colour, linestyle=looks[v].dashes, label=study["variants"][v]["label"])
        for v in variants
    ]
    panels.legend(page.figure, handles)
    return page.figure


def _variant(axes: Axes, rows: pd.DataFrame, look: style.Look) -> None:
    if rows.empty:
        return
    seeds = rows.pivot(index="step", columns="seed", values="value").sort_index(axis=1)
    axes.plot(seeds.index, seeds, color=look.colour, linewidth=0.45, alpha=0.35)
    axes.plot(seeds.index, seeds.mean(axis=1), color=look.colour, linestyle=look.dashes)
