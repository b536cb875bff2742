"""What came of the claims of each document, by computation and by runs apart: a matrix."""

from __future__ import annotations

import re

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from modecollapse.report import style
from modecollapse.report.figures.sources import Sources
from modecollapse.report.verdict_words import COLOURS, SHAPES, WORDS
from modecollapse.report.verdicts import SOURCES
from modecollapse.statistics.verdicts import NOT_RUN, NOT_TESTABLE
from modecollapse.study.summary import StudySummary

BY = {"computation": "computation", "runs": "runs", "computation, runs": "both", "": "neither"}
SIDE, NAMES, BELOW = 0.175, 1.75, 0.45  # inches: a cell, the names beside them, the legend
GAP = 0.75  # cells between two documents
PALE = (NOT_RUN, NOT_TESTABLE)  # on which a mark is dark


def draw(summary: StudySummary, sources: Sources) -> Figure:
    """A block of rows a document: a row for what decides, a cell a claim, its colour and mark the verdict.

    A cell is divided among the experiments that judge the claim, in the study's order from above.
    """
    claims = sources.tables["claims"]
    blocks = [(source, own) for source, own in claims.groupby("source", sort=False)]
    widest = max(own["claim"].nunique() for _, own in blocks)
    lines = sum(own["decided_by"].nunique() + GAP + 0.7 for _, own in blocks)
    side = min(SIDE, (style.PAGE - NAMES) / widest)
    figure = Figure(figsize=(style.PAGE, lines * side + BELOW), layout="constrained")
    axes = figure.subplots()
    top, ticks = 0.0, {}
    for source, own in blocks:
        order = sorted(own["claim"].unique(), key=_number)
        axes.text(-0.3, top + 0.3, SOURCES.get(source, source), ha="right", va="center", weight="bold", fontsize=7)
        for x, claim in enumerate(order):
            axes.text(x + 0.5, top + 0.3, claim, ha="center", va="center", fontsize=5, color=style.MUTED)
        top += 0.7
        for by, words in BY.items():
            rows = own[own["decided_by"] == by]
            if rows.empty:
                continue
            ticks[top + 0.5] = f"by {words}"
            for x, claim in enumerate(order):
                _cell(axes, x, top, list(rows.loc[rows["claim"] == claim, "outcome"]))
            top += 1
        top += GAP
    axes.set(xlim=(0, widest), ylim=(top - GAP, 0), aspect="equal", xticks=[], anchor="W")
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.tick_params(length=0, labelcolor=style.INK)
    axes.spines[:].set_visible(False)
    there = {outcome: word for outcome, word in WORDS.items() if outcome in set(claims["outcome"])}
    square = {"marker": "s", "markersize": 8, "linestyle": "", "markeredgewidth": 0}
    handles = [
        (Line2D([], [], color=COLOURS[outcome], **square), Line2D([], [], **_mark(outcome, 3.6))) for outcome in there
    ]
    overlaid = {tuple: HandlerTuple(ndivide=1)}
    figure.legend(handles, list(there.values()), handler_map=overlaid, loc="outside lower center", ncols=6)
    return figure


def _cell(axes: Axes, x: float, top: float, outcomes: list[str]) -> None:
    """The verdicts on a claim by experiment, each a part of the square below and right of (x, top)."""
    for i, outcome in enumerate(outcomes):
        height = 0.9 / len(outcomes)
        y = top + 0.05 + i * height
        axes.add_patch(Rectangle((x + 0.05, y), 0.9, height, color=COLOURS[outcome], linewidth=0))
        axes.plot(x + 0.5, y + height / 2, **_mark(outcome, 4.5 * max(height, 0.35)))


def _mark(outcome: str, size: float) -> dict:
    """How an outcome is marked upon its colour."""
    colour = style.INK if outcome in PALE else "white"
    return {"marker": SHAPES[outcome], "markersize": size, "color": colour, "linestyle": "", "markeredgewidth": 0.8}


def _number(claim: str) -> tuple[str, int]:
    """What claims are ordered by: B2 before B10."""
    letters, digits = re.fullmatch(r"(\D*)(\d*)", claim).groups()
    return letters, int(digits or 0)
