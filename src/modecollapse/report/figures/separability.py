"""How much of a distribution is covered, the nearer its modes lie to each other: a panel a variant."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import claimed, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.findings import trend
from modecollapse.report.result_tables import of_runs
from modecollapse.statistics.verdicts import NOT_REPRODUCED, REPRODUCED
from modecollapse.study.summary import StudySummary

MOST = 5  # panels in a row
HEIGHT = 1.75  # inches of a panel
SPREAD = 0.18  # of the runs at a gap, so that equal ones can be told
INTERVAL = {"linewidth": 2.6, "alpha": 0.35, "solid_capstyle": "butt"}
RUN = {"marker": "o", "linestyle": "", "markersize": 1.8, "markeredgewidth": 0, "alpha": 0.55}
TRENDS = {REPRODUCED: "rises", NOT_REPRODUCED: "falls"}  # of coverage, as the modes come nearer
UNCLEAR, UNTESTED = "no trend shown", "no test"
NO_GAP = "none"  # of a circle
LEAST_P = 0.001  # smaller ones are printed as below it


def draw(summary: StudySummary, sources: Sources) -> Figure:
    """Coverage at each gap between neighbouring modes, from the widest to a circle without gaps.

    Points are runs, bars intervals of the mean, the line joins the means, grey lines are the other variants; dashed,
    what real data score. Below a title stands what the trend test of the claims found at the budget that was run.
    """
    [(experiment, gaps)] = list(claimed.separated(summary).items())[:1]
    shown = claimed.trained_on_all(summary, experiment, gaps)
    figure, grid = panels.rows(len(shown), MOST, style.PAGE, HEIGHT, extra=0.3)
    means = {name: [_mean(sources, experiment, d, name)["mean"] for d in gaps] for name in shown}
    width = style.PAGE / min(MOST, len(shown))
    for axes, name in zip(grid, shown, strict=True):
        for other in shown:
            axes.plot(means[other], color=style.FAINT, linewidth=0.7, zorder=0.5)
        _runs(axes, sources, experiment, gaps, name)
        axes.plot(means[name], color=panels.COLOUR, marker="o", markersize=3)
        axes.plot([sources.oracle(d, claimed.COVERAGE) for d in gaps], zorder=0, **panels.ORACLE)
        _axis(axes, summary, gaps, axes is grid[0])
        words = _trend(sources, experiment, name)
        axes.set_title(f"{panels.wrapped(summary.variants[name].label, width)}\n{words}", pad=4)
    grid[0].set_ylabel("Coverage")
    grid[len(grid) // 2].set_xlabel("Gap between neighbouring modes, in standard deviations of a mode")
    handles = [
        Line2D([], [], color=panels.COLOUR, marker="o", markersize=3, label="mean"),
        Line2D([], [], color=panels.COLOUR, label="95% interval", **INTERVAL),
        Line2D([], [], color=panels.COLOUR, label="a run", **RUN),
        Line2D([], [], color=style.FAINT, label="other variants"),
        Line2D([], [], label="oracle (real data)", **panels.ORACLE),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _mean(sources: Sources, experiment: str, dataset: str, variant: str) -> Mapping:
    return sources.mean(experiment, dataset, variant, claimed.COVERAGE)


def _runs(axes: Axes, sources: Sources, experiment: str, gaps: Mapping[str, float], variant: str) -> None:
    """The runs at each gap, a little apart in the order of their seeds, and the interval of their mean."""
    for x, dataset in enumerate(gaps):
        own = of_runs(sources.rows(experiment, dataset, variant, claimed.COVERAGE)).sort_values("seed")["value"]
        places = x + SPREAD * np.linspace(-1, 1, len(own))
        row = _mean(sources, experiment, dataset, variant)
        axes.plot([x, x], [row["lower"], row["upper"]], color=panels.COLOUR, zorder=1.5, **INTERVAL)
        axes.plot(places, own, color=panels.COLOUR, **RUN)


def _axis(axes: Axes, summary: StudySummary, gaps: Mapping[str, float], is_first: bool) -> None:
    """A tick for each gap, from the widest on the left to the smallest on the right."""
    ticks = [NO_GAP if claimed.is_circle(summary.datasets[name]) else f"{gap:.2g}" for name, gap in gaps.items()]
    axes.set_xticks(range(len(ticks)), ticks, fontsize=6)
    axes.set_ylim(-0.03, 1.03)
    axes.tick_params(labelleft=is_first)


def _trend(sources: Sources, experiment: str, variant: str) -> str:
    """What the test found, in words."""
    test = trend(sources.tables["verdicts"], experiment, variant)
    if test is None:
        return UNTESTED
    said = TRENDS.get(test.outcome, UNCLEAR)
    if not test.p:
        return said
    return f"{said} (p < {LEAST_P:g})" if float(test.p) < LEAST_P else f"{said} (p = {float(test.p):.2g})"
