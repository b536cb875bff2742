"""Performance profiles: of a variant's runs the share that captures at least so much of the modes."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.printed import experiment_label
from modecollapse.report.result_tables import of_runs
from modecollapse.statistics.intervals import clopper_pearson
from modecollapse.study.summary import StudySummary

MOST, HEIGHT = 5, 1.25  # panels in a row, and inches of one
LEVEL = 0.95
OTHERS = {"color": style.FAINT, "linewidth": 0.6, "zorder": 0.5}


def draw(summary: StudySummary, sources: Sources) -> Figure:
    """A panel a variant: the share of its runs (step) with its exact binomial interval at each x (band).

    The runs of all data sets count together, each by its share of the data set's modes. Experiments differ in colour
    and dashes; grey lines are the other variants in the first.
    """
    experiments = list(layout.compared(summary))
    profiles = {}
    for name in summary.variants:
        found = {experiment: scores(summary, experiment, name, sources) for experiment in experiments}
        profiles |= {(name, experiment): profile(own) for experiment, own in found.items() if len(own)}
    variants = list(dict.fromkeys(name for name, _ in profiles))
    looks = dict(zip(experiments, style.looks(len(experiments)), strict=True))
    figure, grid = panels.rows(len(variants), MOST, style.PAGE, HEIGHT, extra=0.4)
    width = style.PAGE / grid[0].get_gridspec().ncols
    for axes, variant in zip(grid, variants, strict=True):
        for (name, experiment), (x, share, low, high) in profiles.items():
            if name != variant:
                if experiment == experiments[0]:
                    axes.step(x, share, where="pre", **OTHERS)
                continue
            colour, dashes = looks[experiment]
            axes.fill_between(x, low, high, step="pre", color=colour, alpha=0.18, linewidth=0)
            axes.step(x, share, where="pre", color=colour, linestyle=dashes)
        axes.set_title(panels.wrapped(summary.variants[variant].label, width), pad=3)
        axes.set(xlim=(0, 1), ylim=(-0.02, 1.02), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
        axes.xaxis.set_major_formatter("{x:.0%}")
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.tick_params(labelleft=axes.get_subplotspec().is_first_col())
        if axes.get_subplotspec().is_first_col():
            axes.set_ylabel("Share of runs")
    figure.supxlabel("At least so much of the modes", fontsize=style.SETTINGS["axes.labelsize"])
    if len(experiments) > 1:
        handles = [
            Line2D([], [], color=colour, linestyle=dashes, label=experiment_label(name))
            for name, (colour, dashes) in looks.items()
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=5)
    return figure


def scores(summary: StudySummary, experiment: str, variant: str, sources: Sources) -> np.ndarray:
    """For each run of a variant its endpoint's share of the data set's modes, on all data sets; shape (runs,)."""
    found = [np.empty(0)]
    for dataset in layout.compared(summary)[experiment]:
        if measure := layout.modes_measure(summary, dataset):
            runs = of_runs(sources.rows(experiment, dataset, variant, measure))
            found.append(runs["value"].to_numpy() / summary.datasets[dataset].modes)
    return np.concatenate(found)


def profile(own: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The steps of the share of scores that are at least x: x, the share just below and at x, its interval's ends."""
    x = np.unique([0.0, *own, 1.0])
    hits = (own >= x[:, None]).sum(axis=1)
    ends = np.array([clopper_pearson(int(n), own.size, LEVEL) for n in hits])
    return x, hits / own.size, ends[:, 0], ends[:, 1]
