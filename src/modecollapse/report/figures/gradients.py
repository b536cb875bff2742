"""G's loss and its gradient by cross-entropy and by least squares: Figure 2 of the LSGAN post, as it is in training."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.report import claimed, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.findings import NORM
from modecollapse.study.summary import CellSummary, StudySummary

HEIGHT = 1.2  # inches of a panel
LOSS = "mean_loss_G"
ROOM = (1, 99)  # percentiles of the means over runs that a row of panels has room for
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSProp"}
KINDS = (*claimed.CROSS_ENTROPY, *claimed.LEAST_SQUARES)


def draw(summary: StudySummary, sources: Sources) -> Figure:
    """A column for each experiment and data set: above the loss of G, below the norm of its gradient, logarithmic.

    Thin lines for runs, a thick one for their mean, which of the norm is the geometric one.
    """
    places = claimed.contrasted(summary)
    names = list(dict.fromkeys(name for place in places for name in claimed.variants(summary, *place, KINDS)))
    looks = dict(zip(names, style.looks(len(names)), strict=True))
    figure, grid = panels.rows(2 * len(places), len(places), style.PAGE / len(places), HEIGHT, extra=0.35)
    for row, (measure, label) in zip(
        grid.reshape(2, -1), {LOSS: "G's loss", NORM: "Norm of G's gradient"}.items(), strict=True
    ):
        means = []
        for axes, place in zip(row, places, strict=True):
            axes.set_yscale("log" if measure == NORM else "linear")
            for name in claimed.variants(summary, *place, KINDS):
                means.append(_curve(axes, sources.rows(*place, name, measure), looks[name], measure == NORM))
        _share_heights(row, pd.concat(means))
        row[0].set_ylabel(label)
    for axes, title in zip(grid, _titles(summary, places), strict=False):
        axes.set_title(panels.wrapped(title, style.PAGE / len(places)), pad=3)
    for axes, cell in zip(grid, 2 * _cells(summary, places), strict=True):
        axes.set_xticks([0, cell.steps], ["0", f"{cell.steps:,}"])
    for axes in grid[len(places) :]:
        axes.set_xlabel("Generator step")
    shown = {summary.variants[name].label: look for name, look in looks.items()}
    handles = [Line2D([], [], color=colour, linestyle=dashes, label=n) for n, (colour, dashes) in shown.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=2.6)
    return figure


def _curve(axes: Axes, rows: pd.DataFrame, look: tuple, is_norm: bool) -> pd.Series:
    """The runs of a cell and their mean, which is returned."""
    rows = rows[np.isfinite(rows["value"]) & ((rows["value"] > 0) | (not is_norm))]
    values = np.log(rows["value"]) if is_norm else rows["value"]
    mean = values.groupby(rows["step"]).mean()
    mean = np.exp(mean) if is_norm else mean
    for _, run in rows.sort_values(["seed", "step"]).groupby("seed"):
        axes.plot(run["step"], run["value"], color=look[0], **panels.THIN)
    axes.plot(mean.index, mean, color=look[0], linestyle=look[1])
    axes.margins(x=0.02)
    return mean


def _share_heights(row: np.ndarray, means: pd.Series) -> None:
    """One scale for a row of panels, which has room for the means over runs; its numbers stand at the first panel."""
    low, high = np.percentile(means, ROOM) if len(means) else (0.1, 1.0)
    for axes in row:
        is_norm = axes.get_yscale() == "log"
        pad = 0.15 * (high - low) or 0.5
        axes.set_ylim(*((low / 2, high * 2) if is_norm else (low - pad, high + pad)))
        axes.tick_params(labelleft=axes is row[0], labelbottom=is_norm)
        axes.yaxis.set_major_formatter("{x:g}")


def _titles(summary: StudySummary, places: claimed.Places) -> list[str]:
    """What differs between the columns: the data set and, where that tells the experiments apart, their settings."""
    settings = [_setting(cell) for cell in _cells(summary, places)]
    labels = [summary.datasets[dataset].label for _, dataset in places]
    if len({*zip(settings, labels, strict=True)}) < len(places):
        settings = [experiment.replace("-", " ") for experiment, _ in places]
    differs = len({*settings}) > 1, len({*labels}) > 1 or len({*settings}) == 1
    both = zip(settings, labels, strict=True)
    return [", ".join(part for part, shown in zip(names, differs, strict=True) if shown) for names in both]


def _cells(summary: StudySummary, places: claimed.Places) -> list[CellSummary]:
    """The first cell of each place."""
    return [next(cell for cell in summary.cells if cell.key[:2] == place) for place in places]


def _setting(cell: CellSummary) -> str:
    """Which networks have batch norm, and the optimizer."""
    roles = {symbol: cell.networks.get(role) or {} for symbol, role in cell.roles.items()}
    normalised = sorted(symbol for symbol, spec in roles.items() if spec.get("normalisation") == "batch")
    norm = f"batch norm in {' and '.join(normalised)}" if normalised else "no batch norm"
    return f"{norm}, {OPTIMIZERS.get(cell.optimizer['kind'], cell.optimizer['kind'])}"
