"""The way to the final values on a data set: each measure over the training steps."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.study.summary import StudySummary

LINES = 4  # variants in a panel: more are a tangle
HEIGHT = 1.0  # inches of a panel
LEFT = 0.15  # inches that a panel with a legend above it begins further right than its column


def draw(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """A row of panels a measure: thin lines for seeds, a thick one for their mean, a dashed one for the oracle.

    At most LINES variants share a column of panels, in which grey lines are the means of the others.
    """
    groups = layout.balanced(layout.variants(summary, experiment, dataset), LINES)
    measures = layout.by_last_rule(summary, dataset, layout.COUNTS)
    extra = 0.25 + 0.15 * len(groups[0])
    figure, axes = panels.rows(len(measures) * len(groups), len(groups), style.PAGE, HEIGHT, extra)
    grid = axes.reshape(len(measures), len(groups))
    for row, measure in zip(grid, measures, strict=True):
        runs = {v: sources.rows(experiment, dataset, v, measure) for group in groups for v in group}
        means = {variant: rows.groupby("step")["value"].mean() for variant, rows in runs.items()}
        lowest = min(rows["value"].min() for rows in runs.values())
        highest = max(rows["value"].max() for rows in runs.values())
        highest = max(highest, sources.oracle(dataset, measure))
        pad = 0.05 * (highest - lowest) or 0.5
        for panel, group in zip(row, groups, strict=True):
            for variant in [variant for variant in runs if variant not in group]:
                panel.plot(means[variant].index, means[variant], color=style.FAINT, linewidth=0.7, zorder=0.5)
            for variant, (colour, dashes) in zip(group, style.looks(len(group)), strict=True):
                panels.runs_and_mean(panel, runs[variant], colour, dashes=dashes)
            panel.axhline(sources.oracle(dataset, measure), zorder=0, **panels.ORACLE)
            panel.margins(x=0.02)
            panel.set_ylim(lowest - pad, highest + pad)
            panel.ticklabel_format(axis="both", style="plain", useOffset=False)
            panel.locator_params(nbins=4)
            panel.tick_params(labelleft=panel is row[0], labelbottom=measure == measures[-1])
        row[0].set_ylabel(panels.wrapped(summary.measures[measure].label, HEIGHT))
    for panel in grid[-1]:
        panel.set_xlabel("Generator step")
    labels = [[summary.variants[variant].label for variant in group] for group in groups]
    room = style.PAGE / len(groups) - panels.HANDLE - LEFT
    size = panels.size_of([label for group in labels for label in group], style.SETTINGS["legend.fontsize"], room)
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0.3, "handlelength": 2.6}
    for panel, group in zip(grid[0], labels, strict=True):
        # Of itself, a legend leaves out whatever begins with an underscore: a space before it is drawn as nothing.
        names = [label if label[0] != "_" else f" {label}" for label in group]
        looks = zip(names, style.looks(len(group)), strict=True)
        handles = [Line2D([], [], color=colour, linestyle=dashes, label=name) for name, (colour, dashes) in looks]
        panel.legend(handles=handles, fontsize=size, **place)
    others = [Line2D([], [], color=style.FAINT, label="means of the other variants")] if len(groups) > 1 else []
    panels.legend(figure, others)
    return figure
