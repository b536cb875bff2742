"""How the training of the variants went on a data set: the measures of convergence, a panel each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from modecollapse.report import layout, style
from modecollapse.report.convergence import FLAG, headlines
from modecollapse.report.figures import lines, panels
from modecollapse.report.figures.measured import Measured
from modecollapse.report.spread import censored, median
from modecollapse.study.summary import StudySummary

MOST = 5  # panels in a row
LINE = 0.125  # inches that a variant takes: then the figures of two data sets fit on a page
RATIO = "last_to_first:grad_norm_G"
SHARES = (FLAG, "full_coverage_share", "hopping_rate", "sign_changes:loss_D", "peak_share:loss_D")
PLAIN = {"sign_changes:loss_D": 0.5, RATIO: 1.0}  # of noise; of a gradient that keeps its size
MEDIAN = {"color": lines.COLOUR, "marker": "o", "linestyle": "", "markersize": 3.6}
LATE = MEDIAN | {"markerfacecolor": "white", "markeredgewidth": 0.8}
LATE_SEED = LATE | {"marker": ">", "markersize": 3}
NOTHING = {"color": style.MUTED, "fontsize": 5.5, "bbox": {"color": "white", "pad": 0.8}}
DOTTED = {"color": style.MUTED, "linewidth": 0.8, "linestyle": (0, (1, 1.5)), "zorder": 0}


def draw(summary: StudySummary, experiment: str, dataset: str, measured: Measured) -> Figure:
    """A panel a measure, in it a line a variant: a mark a run and their median, open where it is the budget.

    Of divergence there is the share of runs alone. A measure that a variant has not is none.
    """
    variants = layout.variants(summary, experiment, dataset)
    shown = headlines(summary, dataset)
    figure, grid = panels.rows(len(shown), MOST, style.PAGE, lines.height(len(variants), LINE), extra=0.2)
    columns = grid[0].get_gridspec().ncols
    for axes, (measure, (label, _, _)) in zip(grid, shown.items(), strict=True):
        label += " (share of runs)" if measure == FLAG else ""
        axes.set_title(panels.wrapped(label, style.PAGE / (columns + 1)))
        rows = [measured.runs(experiment, dataset, variant, measure) for variant in variants]
        for y, own in enumerate(rows):
            _variant(axes, y, own.sort_values("seed"), measure == FLAG)
        _scale(axes, measure, pd.concat(rows)["value"].to_numpy(dtype=np.float64))
    lines.name(grid, [summary.variants[variant].label for variant in variants])
    figure.legend(handles=_handles(), loc="outside lower center", ncols=4)
    return figure


def _variant(axes: Axes, y: float, runs: pd.DataFrame, flag: bool) -> None:
    """The runs of a variant at height y."""
    if not len(runs):
        axes.text(0.03, y, "none", transform=axes.get_yaxis_transform(), va="center", **NOTHING)
        return
    values, late = runs["value"].to_numpy(dtype=np.float64), censored(runs)
    if flag:
        axes.plot(values.mean(), y, **MEDIAN)
        return
    middle, is_late = median(values, late)
    axes.plot(values[~late], [y] * int((~late).sum()), color=lines.COLOUR, **lines.SEED)
    if late.any() and middle < values[late].min():  # else the median's mark is there
        axes.plot(values[late].min(), y, **LATE_SEED)
    axes.plot(middle, y, **(LATE if is_late else MEDIAN))


def _scale(axes: Axes, measure: str, values: np.ndarray) -> None:
    """Shares from 0 to 1, ratios as powers, all else from zero; a dotted line where nothing happens."""
    if measure in PLAIN:
        axes.axvline(PLAIN[measure], **DOTTED)
    if measure in SHARES:
        axes.set(xlim=(-0.05, 1.05), xticks=[0, 0.5, 1], xticklabels=["0", "0.5", "1"])
    elif measure == RATIO and values.size and (values > 0).all():
        axes.set(xscale="log", xlim=(min(0.1, values.min()) / 1.4, max(10, values.max()) * 1.4))
        axes.xaxis.set_major_locator(LogLocator(numticks=4))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
    else:
        top = values.max(initial=0.0) or 1.0
        axes.set_xlim(-0.05 * top, 1.08 * top)
        axes.locator_params(axis="x", nbins=4)


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], label="median", **MEDIAN),
        Line2D([], [], label="median, at least", **LATE),
        Line2D([], [], color=lines.COLOUR, label="one seed", **lines.SEED),
        Line2D([], [], label="seeds beyond the budget", **LATE_SEED),
    ]
