"""The way to the final values on a data set: each measure over the training steps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.measured import Measured
from modecollapse.study.summary import StudySummary

LINES = 4  # variants in a panel: more are a tangle
MOST = 4  # panels in a row, where all variants share one
HEIGHT = 1.0  # inches of a panel


def draw(summary: StudySummary, experiment: str, dataset: str, measured: Measured) -> Figure:
    """Thin lines for seeds, a thick one for their mean, a dashed one for the oracle.

    Few variants share a panel, and there is one for each measure. Of more, some share a column of panels, in which
    grey lines are the means of the others; a row is then a measure.
    """
    groups = layout.balanced(layout.variants(summary, experiment, dataset), LINES)
    measures = layout.measures(summary, [dataset], layout.COUNTS)
    if len(groups) == 1:
        figure, axes = panels.rows(len(measures), MOST, style.PAGE, 1.35, extra=0.2)
        lines = axes[:, None]
    else:
        extra = 0.25 + 0.15 * len(groups[0])
        figure, axes = panels.rows(len(measures) * len(groups), len(groups), style.PAGE, HEIGHT, extra)
        lines = axes.reshape(len(measures), len(groups))
    for row, measure in zip(lines, measures, strict=True):
        runs = {v: measured.planned(experiment, dataset, v, measure) for group in groups for v in group}
        for panel, group in zip(row, groups, strict=True):
            others = [runs[variant] for variant in runs if variant not in group]
            _panel(panel, [runs[variant] for variant in group], others)
            panel.axhline(measured.oracle(dataset, measure), zorder=0, **panels.ORACLE)
        _share(row, min(values["value"].min() for values in runs.values()))
        label = summary.measures[measure].label
        if len(groups) == 1:
            row[0].set_title(panels.wrapped(label, style.PAGE / min(len(measures), MOST)))
        else:
            row[0].set_ylabel(panels.wrapped(label, HEIGHT))
            for panel in row:
                panel.tick_params(labelleft=panel is row[0], labelbottom=measure == measures[-1])
    for panel in lines[:, 0] if len(groups) == 1 else lines[-1]:
        panel.set_xlabel("Generator step")
    labels = [[summary.variants[variant].label for variant in group] for group in groups]
    _legends(figure, lines, labels)
    return figure


def _panel(axes: Axes, shown: list[pd.DataFrame], others: list[pd.DataFrame]) -> None:
    """Runs of some variants in the looks of their places; seaborn's own unseeded error band is not drawn."""
    for runs in others:
        mean = runs.groupby("step")["value"].mean()
        axes.plot(mean.index, mean, color=style.FAINT, linewidth=0.7, zorder=0.5)
    rows = pd.concat(runs.assign(place=place) for place, runs in enumerate(shown))
    looks = dict(enumerate(style.looks(len(shown))))
    lines = {"data": rows, "x": "step", "y": "value", "hue": "place", "ax": axes, "legend": False}
    lines |= {"palette": {place: look.colour for place, look in looks.items()}}
    dashes = {place: "" if look.dashes == "-" else look.dashes[1] for place, look in looks.items()}
    sns.lineplot(**lines, units="seed", estimator=None, linewidth=0.45, alpha=0.35)
    sns.lineplot(**lines, style="place", dashes=dashes, errorbar=None)
    axes.set(xlabel="", ylabel="")


def _share(row: np.ndarray, lowest: float) -> None:
    """One scale for all panels of a row, from zero where nothing is below it."""
    bottom, top = min(axes.get_ylim()[0] for axes in row), max(axes.get_ylim()[1] for axes in row)
    if lowest >= 0:
        bottom = -0.04 * top  # a line along zero is seen above the axis
    for axes in row:
        axes.margins(x=0.02)
        axes.set_ylim(bottom, top)
        axes.ticklabel_format(axis="both", style="plain", useOffset=False)
        axes.locator_params(nbins=4)


def _legends(figure: Figure, lines: np.ndarray, labels: list[list[str]]) -> None:
    """Below, where all variants share the panels; above each column, where it has its own."""
    columns = [
        [
            # Of itself, a legend leaves out whatever begins with an underscore: a space before it is drawn as nothing.
            Line2D([], [], color=look.colour, linestyle=look.dashes, label=label if label[0] != "_" else f" {label}")
            for label, look in zip(group, style.looks(len(group)), strict=True)
        ]
        for group in labels
    ]
    if len(columns) == 1:
        panels.legend(figure, columns[0])
        return
    room = style.PAGE / len(columns) - panels.HANDLE - panels.LEFT
    size = panels.size_of([label for group in labels for label in group], style.SETTINGS["legend.fontsize"], room)
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0.3, "handlelength": 2.6}
    for axes, handles in zip(lines[0], columns, strict=True):
        axes.legend(handles=handles, fontsize=size, **place)
    panels.legend(figure, [Line2D([], [], color=style.FAINT, label="means of the other variants")])
