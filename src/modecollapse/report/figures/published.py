"""Figure 1: every published number, what other papers measured, what our runs did, and the zone that reproduces it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.claims.parts import PRIMARY
from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.printed import experiment_label
from modecollapse.report.published_numbers import method_of
from modecollapse.report.verdict_words import AT_BUDGET, COLOURS, SHAPES, WORDS, Row
from modecollapse.report.verdicts import elsewhere, label
from modecollapse.statistics.margin import ABSOLUTE, FACTOR, ODDS, Interval, Margin
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_RUN
from modecollapse.study.summary import StudySummary

COLUMNS = 2  # panels of a data set beside each other
HEAD, LINE, APART = 0.44, 0.165, 0.095  # inches: around a panel's lines, a line, and the next of our values in it
ZONE = {"color": "#d5dde7", "zorder": 1, "linewidth": 0}
PUBLISHED = {"color": style.INK, "marker": "|", "linestyle": "", "markersize": 9, "markeredgewidth": 1.8, "zorder": 3}
ELSEWHERE = {"color": style.INK, "marker": "D", "linestyle": "", "markersize": 3.4, "markerfacecolor": "white"}
ELSEWHERE |= {"markeredgewidth": 0.7, "zorder": 4}
ODDS_TICKS = (0.1, 1, 10, 50, 90, 99, 99.9)  # percent
ENDS = {ABSOLUTE: (0.0, np.inf), FACTOR: (1e-12, np.inf), ODDS: (0.03, 99.97)}  # what an axis can show, by its margin
FREE = {"clip_on": False, "in_layout": False}  # a mark at the end of an axis is whole
MOVING = "hollow: the runs still move"


def draw(summary: StudySummary, sources: Sources) -> Figure:
    """A panel for each data set that is run and each measure, in it a line for each method with a published number.

    Of several experiments our values lie below each other in the study's order. An axis is even in what a margin is:
    the number, its logarithm or its log-odds. Colour and shape are those of the verdict at the budget that was run; the
    mark is hollow where the runs still move, so that the verdict is open.
    """
    rows, more = _rows(summary, sources.tables["verdicts"])
    if rows.empty:
        return panels.sentence("No run of this study is about a published number.")
    experiments = [name for name in layout.experiments(summary) if name in set(rows["experiment"])]
    line = LINE + APART * (len(experiments) - 1)
    own = {name: rows[rows["dataset"] == name] for name in rows["dataset"].unique()}
    lines = [(name, part) for name in own for part in layout.balanced(list(own[name]["measure"].unique()), COLUMNS)]
    heights = [HEAD + line * own[name]["method"].nunique() for name, _ in lines]
    shrunk = min(1.0, (panels.TALLEST - 2 * HEAD) / sum(heights))
    figure = Figure(figsize=(style.PAGE, sum(heights) * shrunk + 2 * HEAD), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.03, wspace=0.03, hspace=0.02)
    grid = figure.add_gridspec(len(lines), COLUMNS, height_ratios=heights)
    for i, (dataset, measures) in enumerate(lines):
        methods = list(own[dataset]["method"].unique())
        for j, measure in enumerate(measures):
            axes = figure.add_subplot(grid[i, j])
            axes.set_title(f"{label(summary, dataset)}: {label(summary, measure)}", loc="left", pad=3)
            numbers = own[dataset][own[dataset]["measure"] == measure]
            best = summary.datasets[dataset].modes if measure.startswith("modes") else np.inf
            _scale(axes, numbers, best)
            for row in numbers.to_dict("records"):
                order = experiments.index(row["experiment"]) if row["n"] else 0
                place = (order - (len(experiments) - 1) / 2) * APART / line
                _number(axes, methods.index(row["method"]), place, 0.4, row)
            panels.name(np.array([axes]), methods if j == 0 else [""] * len(methods))
    notes = [f"Ours in a line, from above: {', '.join(map(experiment_label, experiments))}."] * (len(experiments) > 1)
    notes += [f"{more} further published numbers have no run in this study."] * (more > 0)
    place = {"loc": "outside lower center", "ncols": 4, "title_fontsize": 6.5}
    figure.legend(handles=_handles(rows), title="\n".join(notes) or None, **place)
    return figure


def zone(row: Row) -> Interval:
    """The means that reproduce a published number: its rounding and its margin on both sides."""
    margin = Margin(float(row["margin"]), row["margin_kind"])
    return margin.zone(float(row["published"]), float(row["rounding"]))


def _rows(summary: StudySummary, judged: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The published numbers about data sets that are run, in printing order, and how many others there are.

    Of the variants that stand for a method, the first one counts. judged: verdicts.csv as text.
    """
    values = judged[(judged["rule"] == "values") & (judged["role"] == PRIMARY)]
    values = values.assign(method=values["part"].map(method_of))
    is_run = values["dataset"].isin(values.loc[values["n"] != "", "dataset"])
    order = {name: i for i, name in enumerate([*summary.datasets, *summary.measures])}
    rows = values[is_run].sort_values(["dataset", "measure"], key=lambda names: names.map(order), kind="stable")
    return rows, len(values[~is_run].groupby(["dataset", "measure", "method"]))


def _scale(axes: Axes, rows: pd.DataFrame, best: float) -> None:
    """An axis that is even in what the margin is, and as long as it takes; `best` is the measure's bound."""
    kind = next(filter(None, rows["margin_kind"]), ABSOLUTE)  # what is not run has none
    if kind == ODDS:
        axes.set_xscale("function", functions=(_log_odds, lambda odds: 100 / (1 + np.exp(-odds))))
        axes.set_xlim(*ENDS[ODDS])
        axes.set_xticks(ODDS_TICKS, [f"{tick:g}" for tick in ODDS_TICKS])
        axes.minorticks_off()
        return
    found = [end for row in rows.to_dict("records") if row["margin"] for end in zone(row)]
    found += [float(text) for name in ("published", "estimate", "lower", "upper") for text in rows[name] if text]
    found += [float(other["printed"]) for text in rows["remeasured"] for other in elsewhere(text)]
    found = [value for value in found if np.isfinite(value)]
    top = min(best, max(found))
    if kind == FACTOR:
        axes.set_xscale("log")
        axes.set_xlim(min(value for value in found if value > 0) / 1.1, top * 1.1)
    else:
        axes.set_xlim(0, top)
        axes.locator_params(axis="x", nbins=7)


def _log_odds(percent: np.ndarray) -> np.ndarray:
    percent = np.clip(percent, *ENDS[ODDS])
    return np.log(percent / (100 - percent))


def _number(axes: Axes, y: float, place: float, half: float, row: Row) -> None:
    """One published number at height y with its zone, and `place` below it what was measured of it."""
    low, high = axes.get_xlim()

    def inside(*values: str | float) -> np.ndarray:
        return np.clip(np.array(values, dtype=float), low, high)

    if row["margin"]:
        axes.fill_betweenx([y - half, y + half], *inside(*zone(row)), **ZONE)
    axes.plot(inside(row["published"]), [y], **FREE, **PUBLISHED)
    others = [other["printed"] for other in elsewhere(row["remeasured"])]
    axes.plot(inside(*others), [y] * len(others), **FREE, **ELSEWHERE)
    if not row["estimate"]:
        return
    look = _look(row[f"{AT_BUDGET}outcome"], row["outcome"])
    if row["lower"]:
        axes.plot(inside(row["lower"], row["upper"]), [y + place] * 2, color=look["color"], linewidth=1.1, zorder=5)
    axes.plot(inside(row["estimate"]), [y + place], **FREE, **look)


def _look(at_budget: str, final: str) -> dict:
    """The mark of a mean: hollow where the verdict at this budget is not the final one."""
    colour = COLOURS[at_budget]
    inside = colour if at_budget == final else "white"
    mark = {"color": colour, "marker": SHAPES[at_budget], "markersize": 4.6, "markeredgewidth": 0.9, "linestyle": ""}
    return mark | {"markerfacecolor": inside, "zorder": 6}


def _handles(rows: pd.DataFrame) -> list[Line2D]:
    """What is in the figure: the number, what others measured, and the verdicts that occur."""
    square = {"marker": "s", "linestyle": "", "markersize": 6, "color": ZONE["color"]}
    found = [
        Line2D([], [], label="published", **PUBLISHED | {"markersize": 7}),
        Line2D([], [], label="zone that reproduces it", **square),
    ]
    if any(rows["remeasured"].map(elsewhere)):
        found.append(Line2D([], [], label="measured by other papers", **ELSEWHERE))
    ours = rows[rows["n"] != ""]
    there, moving = set(ours[f"{AT_BUDGET}outcome"]), (ours[f"{AT_BUDGET}outcome"] != ours["outcome"]).any()
    shown = {name: f"ours: {word}" for name, word in WORDS.items() if name in there}
    found += [
        Line2D([], [], label=text, **_look(name, name) | {"linestyle": "-", "linewidth": 1.1})
        for name, text in shown.items()
    ]
    if moving:
        found.append(Line2D([], [], label=MOVING, **_look(INCONCLUSIVE, NOT_RUN) | {"marker": "o"}))
    return found
