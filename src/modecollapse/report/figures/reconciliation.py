"""Which difference between two papers turns their contradicting numbers, and modes over the latent size."""

from __future__ import annotations

from itertools import groupby

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from modecollapse.claims.reconciliation import FEW, FOUND, LEAST, MOVING, NOT_FOUND
from modecollapse.report import claimed, style, verdicts
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.layout import RECONCILIATION
from modecollapse.report.result_tables import of_runs
from modecollapse.study.summary import StudySummary

PAIR = ["method", "dataset", "measure", "first_source", "first", "second_source", "second"]
NAMES = verdicts.SOURCES | {"pacgan": "PacGAN"}
MODES = "modes"  # over the latent size
ROUND, DOSE = 0.62, 1.75  # inches around the factors of a panel, and of a panel over latent sizes
LOOKS = {  # of an effect, by outcome: mark, colour, and colour inside of the mark
    FOUND: ("D", style.COLOURS[1], style.COLOURS[1]),
    NOT_FOUND: ("o", style.COLOURS[0], style.COLOURS[0]),
    MOVING: ("o", style.MUTED, "white"),
    FEW: ("s", style.MUTED, "white"),
}
WORDS = {
    FOUND: "turns the result",
    NOT_FOUND: "not found to turn it",
    MOVING: "open (still moving)",
    FEW: "open (few runs)",
}
GAP = {"color": style.INK, "linewidth": 0.9, "linestyle": (0, (4, 2))}
NONE = {"color": style.MUTED, "linewidth": 0.6}
TURNS = {"color": "#dfe5ec", "linewidth": 0}  # effects that would turn the result
RUN = {"color": panels.COLOUR, "marker": "o", "linestyle": "", "markersize": 2, "markeredgewidth": 0, "alpha": 0.5}
INTERVAL = {"color": panels.COLOUR, "linewidth": 2.6, "alpha": 0.35, "solid_capstyle": "butt"}

Pair = tuple[dict[str, str], pd.DataFrame]  # a pair of numbers, and the rows of its factors


def draw(summary: StudySummary, sources: Sources) -> Figure:
    """A row of panels for each method and data set whose factors were run, a panel a measure; then the latent sizes.

    An effect, with its interval, is how far a factor moves the measure from the first paper's setting to the second's.
    The dashed line is the difference of the two numbers; in the shaded part an effect turns the result.
    """
    by_method = [
        list(own) for _, own in groupby(_run(sources), key=lambda pair: (pair[0]["method"], pair[0]["dataset"]))
    ]
    sized = claimed.sized(summary)
    heights = [ROUND + panels.LINE * len(own[0][1]) for own in by_method] + ([DOSE] if sized else [])
    if not heights:
        return panels.sentence("No factor was run.")
    shrunk = min(1.0, (panels.TALLEST - 0.4) / sum(heights))
    figure = Figure(figsize=(style.PAGE, shrunk * sum(heights) + 0.4), layout="constrained")
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    for row, own in zip(grid, by_method, strict=False):
        axes = row.subgridspec(1, len(own)).subplots(squeeze=False)[0]
        for one, pair in zip(axes, own, strict=True):
            _effects(one, summary, pair)
        panels.name(axes, list(own[0][1]["factor"]))
    if sized:
        for axes, name in zip(
            grid[len(heights) - 1].subgridspec(1, len(sized)).subplots(squeeze=False)[0], sized, strict=True
        ):
            _sizes(axes, summary, name, sized[name], sources)
    _legend(figure, by_method, bool(sized))
    return figure


def _run(sources: Sources) -> list[Pair]:
    """The pairs of numbers and the factors that were varied, in the order of the table."""
    table = sources.tables.get(RECONCILIATION)
    pairs = [] if table is None else table[table["effect"] != ""].groupby(PAIR, sort=False)
    return [(dict(zip(PAIR, key, strict=True)), own) for key, own in pairs]


def _effects(axes: Axes, summary: StudySummary, pair: Pair) -> None:
    """The effects of the factors on one pair of numbers, from the top."""
    about, rows = pair
    gap = float(about["second"]) - float(about["first"])
    ends = [0.0, gap, *(float(end) for name in ("lower", "upper") for end in rows[name] if end)]
    pad = 0.06 * (max(ends) - min(ends))
    axes.set_xlim(min(ends) - pad, max(ends) + pad)
    axes.axvspan(LEAST * gap, axes.get_xlim()[1 if gap > 0 else 0], zorder=0, **TURNS)
    axes.axvline(0, zorder=0.5, **NONE)
    axes.axvline(gap, zorder=0.5, **GAP)
    for y, row in enumerate(rows.to_dict("records")):
        mark, colour, inside = LOOKS[row["outcome"]]
        axes.plot([float(row["lower"]), float(row["upper"])], [y, y], color=colour, linewidth=1.2)
        axes.plot(float(row["effect"]), y, mark, color=colour, markerfacecolor=inside, markersize=4)
    numbers = (f"{about[n]} ({NAMES.get(about[f'{n}_source'], about[f'{n}_source'])})" for n in ("first", "second"))
    label = summary.measures[about["measure"]].label
    place = verdicts.label(summary, about["dataset"])
    axes.set_title(f"{about['method']}, {place}: {label}\n" + " against ".join(numbers), pad=4)
    axes.set_xlabel("Effect")


def _sizes(axes: Axes, summary: StudySummary, dataset: str, sizes: dict[int, str], sources: Sources) -> None:
    """Modes over the latent size on a data set; dashed, the numbers that papers have."""
    means = {size: sources.mean(e, dataset, claimed.SIZED, MODES) for size, e in sizes.items()}
    for size, experiment in sizes.items():
        own = of_runs(sources.rows(experiment, dataset, claimed.SIZED, MODES))["value"]
        axes.plot([size] * 2, [means[size]["lower"], means[size]["upper"]], **INTERVAL)
        axes.plot([size] * len(own), own, **RUN)
    axes.plot(list(means), [row["mean"] for row in means.values()], color=panels.COLOUR, marker="o", markersize=3)
    for name, printed in _published(sources, dataset):
        axes.axhline(float(printed), zorder=0.5, **GAP)
        axes.annotate(
            f"{name}: {printed}",
            (1, float(printed)),
            xycoords=("axes fraction", "data"),
            fontsize=6,
            ha="right",
            va="bottom",
        )
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(sizes), [str(size) for size in sizes])
    axes.set(xlabel="Latent size", ylim=(0, summary.datasets[dataset].modes * 1.05))
    axes.set_title(f"{summary.variants[claimed.SIZED].label}, {summary.datasets[dataset].label}", pad=4)
    axes.set_ylabel(summary.measures[MODES].label)


def _published(sources: Sources, dataset: str) -> list[tuple[str, str]]:
    """The numbers that papers have of SIZED's modes on a data set, as (paper, printed)."""
    judged = sources.tables["verdicts"]
    own = judged[(judged["rule"] == "values") & (judged["dataset"] == dataset)]
    own = own[(own["variant"] == claimed.SIZED) & (own["measure"] == MODES)]
    if not len(own):
        return []
    row = own.iloc[0]
    others = [(other["title"], other["printed"]) for other in verdicts.elsewhere(row["remeasured"])]
    return [(NAMES.get(row["source"], row["source"]), row["published"]), *others]


def _legend(figure: Figure, by_method: list[list[Pair]], is_sized: bool) -> None:
    outcomes = {outcome for own in by_method for _, rows in own for outcome in rows["outcome"]}
    handles: list = [
        Line2D(
            [], [], color=colour, marker=mark, markerfacecolor=inside, markersize=4, linewidth=1.2, label=WORDS[name]
        )
        for name, (mark, colour, inside) in LOOKS.items()
        if name in outcomes
    ]
    handles += [Patch(label="would turn it", **TURNS)] if by_method else []
    handles.append(Line2D([], [], label="difference of the numbers" if by_method else "published", **GAP))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
