"""Which variants collapse: the share of collapsed runs by variant, experiment and data set."""

from __future__ import annotations

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.layout import NONE
from modecollapse.report.printed import experiment_label
from modecollapse.study.summary import StudySummary

CELL, LINE, AROUND, BAR = 0.82, 0.2, 0.75, 0.9  # inches: a column, a row, what is around them, the scale
SCALE = {"cmap": "Blues", "vmin": 0, "vmax": 1, "linewidths": 1.5, "linecolor": "white"}


def draw(summary: StudySummary, sources: Sources) -> Figure:
    """A row a variant, a column an experiment and data set; in a cell the collapsed runs of all, darker for more."""
    shares, counts = table(summary, sources.tables["collapse"])
    rows, columns = shares.shape
    side = min(CELL, (style.PAGE - panels.ROOM - BAR) / columns)
    figure = Figure(figsize=(panels.ROOM + side * columns + BAR, AROUND + LINE * rows), layout="constrained")
    axes = figure.subplots()
    bar = {"label": "share of runs that collapsed", "ticks": [0, 0.5, 1]}
    sns.heatmap(shares, ax=axes, annot=counts, fmt="", mask=shares.isna(), annot_kws={"size": 7}, cbar_kws=bar, **SCALE)
    axes.collections[0].colorbar.ax.yaxis.set_major_formatter("{x:.0%}")
    axes.set(xlabel="", ylabel="")
    axes.xaxis.tick_top()
    heads = ["\n".join(panels.wrapped(line, side) for line in head.split("\n")) for head in shares.columns]
    for axis, labels, room in ((axes.xaxis, heads, side), (axes.yaxis, list(shares.index), panels.ROOM)):
        size = panels.size_of("\n".join(labels).split("\n"), style.SETTINGS["ytick.labelsize"], room)
        axis.set_ticks(axis.get_ticklocs(), labels, rotation=0)
        axis.set_tick_params(length=0, labelcolor=style.INK, labelsize=size)
    return figure


def table(summary: StudySummary, collapse: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The share of collapsed runs, NaN where there is no cell, and what is printed of it, `7/10`.

    A row a variant and a column an experiment and data set, both by label in the study's order. collapse: collapse.csv.
    """
    compared = layout.compared(summary)
    heads = {
        f"{experiment}/{dataset}": summary.datasets[dataset].label
        + (f"\n{experiment_label(experiment)}" if len(compared) > 1 else "")
        for experiment, datasets in compared.items()
        for dataset in datasets
        if layout.modes_measure(summary, dataset)
    }
    own = collapse[collapse["collapsed"] != NONE]
    own = own.assign(column=own["experiment"] + "/" + own["dataset"])
    own = own[own["column"].isin(heads)]
    own = own.assign(share=own["collapsed"].astype(int) / own["n"].astype(int), text=own["collapsed"] + "/" + own["n"])
    variants = {name: entry.label for name, entry in summary.variants.items() if name in set(own["variant"])}
    shares, counts = (
        own.pivot(index="variant", columns="column", values=value).reindex(index=list(variants), columns=list(heads))
        for value in ("share", "text")
    )
    for found in (shares, counts):
        found.index, found.columns = list(variants.values()), list(heads.values())
    return shares, counts.fillna("")
