"""The way to the final values: each measure over the training steps."""

from __future__ import annotations

import pandas as pd
import seaborn as sns
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
        runs = [rows_of(measures, experiment, name, variant, measure) for variant in variants]
        _curves(axes, pd.concat(runs), {variant: looks[variant] for variant in variants})
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


def _curves(axes: Axes, rows: pd.DataFrame, looks: dict[str, style.Look]) -> None:
    """The runs of one data set and measure; seaborn's own unseeded error band is not drawn."""
    label = axes.get_ylabel()
    lines = {"data": rows, "x": "step", "y": "value", "hue": "variant", "ax": axes, "legend": False}
    lines |= {"palette": {variant: look.colour for variant, look in looks.items()}}
    dashes = {variant: "" if look.dashes == "-" else look.dashes[1] for variant, look in looks.items()}
    sns.lineplot(**lines, units="seed", estimator=None, linewidth=0.45, alpha=0.35)
    sns.lineplot(**lines, style="variant", dashes=dashes, errorbar=None)
    axes.set(xlabel="", ylabel=label)
