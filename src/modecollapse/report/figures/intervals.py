"""How well the variants did on a data set: runs, means, nulls and oracle, and the chance to beat the baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from modecollapse.comparisons.comparison_tables import BASELINE
from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import CELL, Sources
from modecollapse.report.result_tables import of_runs
from modecollapse.study.summary import StudySummary

COLUMNS = 2  # measures beside each other, each with its chances
WIDTHS = (1.6, 1.0)  # of a measure's panel and that of its chances
MEAN = {"color": panels.COLOUR, "marker": "o", "markersize": 4, "linestyle": "", "markeredgewidth": 0.9, "zorder": 5}
INTERVAL = {"color": panels.COLOUR, "linewidth": 1.2, "zorder": 4}
RUN = {"color": style.COLOURS[1], "size": 2.6, "alpha": 0.75, "linewidth": 0, "jitter": False, "zorder": 3}
NULLS = {
    "null-gaussian": {"facecolor": "#cfdae8", "edgecolor": "none"},
    "null-uniform": {"facecolor": "none", "edgecolor": "#b99c5a", "hatch": "/////", "linewidth": 0},
}
ORACLE = panels.ORACLE | {"color": style.INK, "zorder": 1}
BELOW = 0.27  # of a line, that runs lie below their mean
CHANCE = "Chance to beat"


def draw(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """For each measure a panel with a line a variant, and one with its chance to be better than the baseline.

    The mean with its interval, each run, the nulls as bands and the oracle as a line. The mark is full for the variants
    that `best` names. Without a baseline, or with a single run, there are no chances.
    """
    variants = layout.variants(summary, experiment, dataset)
    measures = layout.ranked(summary, dataset)
    labels = [summary.variants[name].label for name in variants]
    chances = {m: _chances(sources, experiment, dataset, m) for m in measures}
    compared = any(len(own) for own in chances.values())
    lines = layout.balanced(measures, COLUMNS)
    height = min(panels.height(len(variants)) + 0.25, (panels.TALLEST - 0.3) / len(lines))
    figure = Figure(figsize=(style.PAGE, len(lines) * height + 0.3), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.03, wspace=0.02, hspace=0.03)
    widths = (WIDTHS if compared else WIDTHS[:1]) * len(lines[0])
    grid = figure.add_gridspec(len(lines), len(widths), width_ratios=widths)
    each = len(widths) // len(lines[0])
    for i, line in enumerate(lines):
        for j, measure in enumerate(line):
            axes = figure.add_subplot(grid[i, each * j])
            _measure(axes, summary, experiment, dataset, measure, sources)
            panels.name(np.array([axes]), labels if j == 0 else [""] * len(labels))
            if compared:
                beside = figure.add_subplot(grid[i, each * j + 1])
                _chance(beside, variants, chances[measure])
                beside.set_title(f"{CHANCE}\n{summary.variants[BASELINE].label}", fontsize=6.5)
                panels.name(np.array([beside]), [""] * len(labels))
    handles = _handles(measures, dataset, sources)
    if len(lines[-1]) == len(lines[0]):
        figure.legend(handles=handles, loc="outside lower center", ncols=6)
    else:  # there is room beside the last panels
        beside = figure.add_subplot(grid[-1, each * len(lines[-1]) :])
        beside.set_axis_off()
        beside.legend(handles=handles, loc="center", ncols=2)
    return figure


def best(summary: StudySummary, experiment: str, dataset: str, measure: str, sources: Sources) -> list[str]:
    """The variants that may be called best: no test puts another above them, and no null reaches their interval.

    None where the tests separate no two variants.
    """
    variants = layout.variants(summary, experiment, dataset)
    if len(variants) < 2:
        return []
    ranks = {name: sources.row("ranks", experiment, dataset, name, measure)["rank_low"] for name in variants}
    if max(ranks.values()) == 1:
        return []
    more = summary.measures[measure].better == "more"
    nulls = [row["mean"] for row in sources.nulls(dataset, measure)]
    means = {name: sources.mean(experiment, dataset, name, measure) for name in variants}
    beyond = {
        name: row["lower"] > max(nulls, default=-np.inf) if more else row["upper"] < min(nulls, default=np.inf)
        for name, row in means.items()
    }
    return [name for name in variants if ranks[name] == 1 and beyond[name]]


def _measure(axes: Axes, summary: StudySummary, experiment: str, dataset: str, measure: str, sources: Sources) -> None:
    """The panel of a measure."""
    variants = layout.variants(summary, experiment, dataset)
    runs = pd.concat([of_runs(sources.rows(experiment, dataset, name, measure)) for name in variants])
    runs = runs.assign(y=runs["variant"].map(variants.index) + BELOW).sort_values(["y", "seed"])
    for row in sources.nulls(dataset, measure):
        axes.axvspan(*_ends(row), zorder=0, **NULLS[row["variant"]])
    if summary.measures[measure].reads != layout.INVERSIONS:  # real data have no generator to invert
        axes.axvline(sources.oracle(dataset, measure), **ORACLE)
    sns.stripplot(runs, x="value", y="y", orient="h", native_scale=True, ax=axes, legend=False, **RUN)
    named = best(summary, experiment, dataset, measure, sources) if len(summary.seeds_of(experiment)) > 1 else []
    for y, variant in enumerate(variants):
        row = sources.mean(experiment, dataset, variant, measure)
        axes.plot(_ends(row), [y, y], **INTERVAL)
        axes.plot(row["mean"], y, **MEAN, markerfacecolor=panels.COLOUR if variant in named else "white")
    axes.set(xlabel="", ylabel="")
    axes.set_title(panels.wrapped(summary.measures[measure].label, 1.9))
    axes.margins(x=0.03)
    axes.locator_params(axis="x", nbins=5)


def _ends(row: pd.Series) -> tuple[float, float]:
    """The interval of a row of the summary, or, of a measure without bounds, from the least run to the greatest."""
    return (row["lower"], row["upper"]) if pd.notna(row["lower"]) else (row["min"], row["max"])


def _chances(sources: Sources, experiment: str, dataset: str, measure: str) -> dict[str, pd.Series]:
    """The rows of baseline.csv about it, by variant."""
    own = sources.tables["baseline"]
    own = own[(own[CELL[:2]] == [experiment, dataset]).all(axis=1) & (own["measure"] == measure)]
    return {row["variant"]: row for _, row in own.iterrows()}


def _chance(axes: Axes, variants: list[str], own: dict[str, pd.Series]) -> None:
    """The chance of each variant with its interval; 1/2 is no difference. Full where a test separates the two."""
    axes.axvline(0.5, color=style.MUTED, linewidth=0.7)
    for y, variant in enumerate(variants):
        if variant in own:
            row = own[variant]
            axes.plot(np.clip([row["superiority_lower"], row["superiority_upper"]], 0, 1), [y, y], **INTERVAL)
            inside = panels.COLOUR if row["better"] else "white"
            axes.plot(row["superiority"], y, **MEAN | {"marker": "s", "markerfacecolor": inside}, clip_on=False)
    axes.set(xlim=(0, 1), xticks=[0, 0.5, 1], xticklabels=["0", "½", "1"])


def _handles(measures: list[str], dataset: str, sources: Sources) -> list[Line2D | Patch]:
    """What is in the figure."""
    run = {"color": RUN["color"], "marker": "o", "markersize": 2.6, "linestyle": "", "markeredgewidth": 0}
    mean = MEAN | {"linestyle": "-", "linewidth": 1.2, "markerfacecolor": "white"}
    found = [
        Line2D([], [], label="mean, 95% interval", **mean),
        Line2D([], [], label="separated by a test", **MEAN),
        Line2D([], [], label="a run", **run),
        Line2D([], [], label="oracle", **ORACLE),
    ]
    nulls = dict.fromkeys(row["variant"] for measure in measures for row in sources.nulls(dataset, measure))
    return found + [Patch(label=layout.REFERENCE_ROWS[name], **NULLS[name]) for name in nulls]
