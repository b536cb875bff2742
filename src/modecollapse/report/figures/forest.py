"""Published numbers beside measured ones: the zone that would reproduce each, and where the mean of the runs lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.errors import StudyError
from modecollapse.report import style, verdicts
from modecollapse.report.figures import panels
from modecollapse.statistics.margin import Interval, Margin
from modecollapse.statistics.verdicts import INCONCLUSIVE
from modecollapse.study.summary import StudySummary

ROUND = 0.5  # inches of a row of panels that its lines do not take
ZONE = {"color": "#dfe5ec", "linewidth": 8.5, "solid_capstyle": "butt", "zorder": 1}
PUBLISHED = {"color": style.INK, "marker": "|", "linestyle": "", "markersize": 8.5, "markeredgewidth": 1.4, "zorder": 2}
ELSEWHERE = {"color": style.MUTED, "marker": "D", "linestyle": "", "markersize": 3.2, "markerfacecolor": "none"}
ELSEWHERE |= {"markeredgewidth": 0.8, "zorder": 3}

Row = Mapping[str, str]


def draw(summary: StudySummary, experiment: str, judged: pd.DataFrame) -> Figure:
    """A row of panels for each data set, a panel for each measure, in it a line for each variant with a number.

    judged: the verdicts as text, as `report.verdicts.read` returns them. The colour is that of the verdict at the
    budget that was run; where that is open, so is the mark. Raises StudyError for a cell that the study has not.
    """
    rows = verdicts.measured(judged, experiment)
    planned = {(cell.dataset, cell.variant) for cell in summary.cells if cell.experiment == experiment}
    for dataset, variant in rows[["dataset", "variant"]].itertuples(index=False, name=None):
        if (dataset, variant) not in planned:
            raise StudyError(f"verdicts.csv: {experiment}/{dataset}/{variant}: not in the plan; allowed: planned cells")
    by_dataset = {name: rows[rows["dataset"] == name] for name in summary.datasets if name in set(rows["dataset"])}
    measures = {d: [m for m in summary.measures if m in set(own["measure"])] for d, own in by_dataset.items()}
    variants = {d: [v for v in summary.variants if v in set(own["variant"])] for d, own in by_dataset.items()}
    figure, grid = _grid(measures, variants)
    for dataset in by_dataset:
        for axes, measure in zip(grid[dataset], measures[dataset], strict=True):
            own = by_dataset[dataset].sort_values(["variant", "part"])
            title = f"{summary.datasets[dataset].label}: {summary.measures[measure].label}"
            axes.set_title(panels.wrapped(title, (style.PAGE - panels.ROOM) / len(grid[dataset])))
            for row in own[own["measure"] == measure].to_dict("records"):
                _number(axes, variants[dataset].index(row["variant"]), row)
            _from_zero(axes)
        panels.name(grid[dataset], [summary.variants[name].label for name in variants[dataset]])
    if len(rows):
        figure.legend(handles=_handles(rows), loc="outside lower center", ncols=4)
    return figure


def zone(row: Row) -> Interval:
    """The means that reproduce a published number: its rounding and its margin on both sides."""
    margin = Margin(float(row["margin"]), row["margin_kind"])
    return margin.zone(float(row["published"]), float(row["rounding"]))


def _grid(measures: dict[str, list[str]], variants: dict[str, list[str]]) -> tuple[Figure, dict[str, list[Axes]]]:
    """The panels of each data set, as high as its variants need."""
    heights = [panels.LINE * len(names) + ROUND for names in variants.values()] or [ROUND]
    shrunk = min(1.0, (panels.TALLEST - ROUND) / sum(heights))
    figure = Figure(figsize=(style.PAGE, sum(heights) * shrunk + ROUND), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.04, wspace=0.02, hspace=0.03)
    grid = figure.add_gridspec(len(heights), max(map(len, measures.values()), default=1), height_ratios=heights)
    shown = enumerate(measures.items())
    return figure, {d: [figure.add_subplot(grid[i, j]) for j in range(len(own))] for i, (d, own) in shown}


def _number(axes: Axes, y: float, row: Row) -> None:
    """One published number at height y, and what was measured of it."""
    axes.plot(zone(row), [y, y], **ZONE)
    axes.plot(float(row["published"]), y, **PUBLISHED)
    for other in verdicts.elsewhere(row["remeasured"]):
        axes.plot(float(other["printed"]), y, **ELSEWHERE)
    if not row["estimate"]:
        return
    look = _look(row["at_budget_outcome"])
    if row["lower"]:
        axes.plot([float(row["lower"]), float(row["upper"])], [y, y], color=look["color"], linewidth=1.3, zorder=4)
    axes.plot(float(row["estimate"]), y, **look)


def _look(outcome: str) -> dict[str, Any]:
    """The mark of a mean."""
    colour = verdicts.COLOURS[outcome]
    inside = "white" if outcome == INCONCLUSIVE else colour
    return {"color": colour, "marker": "o", "markersize": 4.2, "markerfacecolor": inside, "linestyle": "", "zorder": 5}


def _from_zero(axes: Axes) -> None:
    """No measure is negative, though a zone may reach below zero."""
    ends = [x for line in axes.lines for x in line.get_xdata()]
    top = max(ends, default=1.0) or 1.0
    axes.set_xlim(-0.03 * top, 1.03 * top)
    axes.locator_params(axis="x", nbins=7)


def _handles(rows: pd.DataFrame) -> list[Line2D]:
    """What is in the figure: the number, what others measured, and the verdicts that occur."""
    there = set(rows["at_budget_outcome"])
    found = [
        Line2D([], [], label="published", **PUBLISHED),
        Line2D([], [], label="margin around it", **{**ZONE, "linewidth": 6}),
    ]
    if any(rows["remeasured"].map(verdicts.elsewhere)):
        found.append(Line2D([], [], label="measured by others", **ELSEWHERE))
    return found + [
        Line2D([], [], label=word, **_look(name) | {"linestyle": "-", "linewidth": 1.3})
        for name, word in verdicts.WORDS.items()
        if name in there
    ]
