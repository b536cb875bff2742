"""The losses of each variant over the training steps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.study.summary import StudySummary

MOST = 5  # panels in a row
HEIGHT = 1.15  # inches of a panel
LOSS = "mean_loss_"  # and the symbols of the networks that are updated with it: a mean over all steps of a window
ROOM = (2, 98)  # percentiles of a loss that its panel has room for; single spikes would flatten all else
NAMES = {"D": "D's loss", "G": "G's loss", None: "loss of another network"}
COLOURS = dict(zip(NAMES, style.COLOURS, strict=False))
END = {"marker": "x", "linestyle": "", "markersize": 4, "markeredgewidth": 1.0, "clip_on": False}


def draw(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """A panel a variant, each with a scale of its own, for losses of different objectives do not compare.

    Thin lines for seeds, a thick one for the mean of those that still have a loss, a cross where a run diverged.
    """
    cells = [c for c in summary.cells if (c.experiment, c.dataset) == (experiment, dataset)]
    own = sources.measures[sources.measures["measure"].str.startswith(LOSS)]
    own = own[(own["experiment"] == experiment) & (own["dataset"] == dataset) & np.isfinite(own["value"])]
    by_variant = dict(list(own.sort_values(["seed", "step"]).groupby("variant")))
    figure, grid = panels.rows(len(cells), MOST, style.PAGE, HEIGHT, extra=0.35)
    width = style.PAGE / grid[0].get_gridspec().ncols
    shown = set()
    for axes, cell in zip(grid, cells, strict=True):
        rows = by_variant.get(cell.variant, own.iloc[:0])
        ended = _panel(axes, rows, cell.steps)
        shown |= {kind(measure) for measure in rows["measure"]}
        label = summary.variants[cell.variant].label
        axes.set_title(panels.wrapped(label + (f" ({ended} diverged)" if ended else ""), width), pad=3)
        if axes.get_subplotspec().is_last_row():
            axes.set_xlabel("Generator step")
    handles = [Line2D([], [], color=COLOURS[who], label=name) for who, name in NAMES.items() if who in shown]
    handles.append(Line2D([], [], color=style.INK, label="a run diverged", **END))
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def kind(measure: str) -> str | None:
    """Whose loss it is: D's, that of G and what is updated with it (G), or of another network (None)."""
    symbols = measure.removeprefix(LOSS)
    return next((symbol for symbol in ("D", "G") if symbol in symbols), None)


def _panel(axes: Axes, rows: pd.DataFrame, steps: int) -> int:
    """The losses of a variant that trains for so many steps; returns how many runs ended before."""
    axes.margins(x=0.02)
    axes.set_xlim(-0.02 * steps, 1.02 * steps)
    ends = rows.groupby("seed")["step"].max()
    ended = ends[ends < steps]
    if not len(rows):
        axes.text(0.5, 0.5, "no finite loss", transform=axes.transAxes, ha="center", va="center", color=style.MUTED)
    limits = [np.percentile(own["value"], ROOM) for _, own in rows.groupby("measure")]
    if limits:
        low, high = min(limit[0] for limit in limits), max(limit[1] for limit in limits)
        pad = 0.08 * (high - low) or 0.5
        axes.set_ylim(low - pad, high + pad)
    for measure, own in rows.groupby("measure"):
        colour = COLOURS[kind(measure)]
        panels.runs_and_mean(axes, own, colour)
        for seed in ended.index.intersection(own["seed"]):
            last = own[own["seed"] == seed].iloc[-1]
            axes.plot(last["step"], np.clip(last["value"], *axes.get_ylim()), color=colour, **END)
    axes.locator_params(nbins=4)
    axes.ticklabel_format(axis="x", style="plain")
    axes.ticklabel_format(axis="y", scilimits=(-3, 4), useOffset=False)
    axes.yaxis.get_offset_text().set_fontsize(5.5)
    return len(ended)
