"""Which modes each variant visited in the course of the training, on data sets of few modes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.study.summary import StudySummary
from modecollapse.training.trace import COUNTS

MOST = 5  # panels in a row
HEIGHT = 1.15  # inches of a panel
SCALE = PowerNorm(1 / 3, vmin=0, vmax=1)  # so that an even share of 25 modes stands clear of none


def draw(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """A panel a variant, a row a mode, a column an evaluation: darker, the more of the samples are in the mode."""
    variants = layout.variants(summary, experiment, dataset)
    figure, grid = panels.rows(len(variants), MOST, style.PAGE, HEIGHT, extra=0.45)
    width = style.PAGE / grid[0].get_gridspec().ncols
    for axes, variant in zip(grid, variants, strict=True):
        steps, held = shares(sources.trace(experiment, dataset, variant))
        modes = len(held)
        picture = axes.imshow(held, norm=SCALE, cmap=style.DENSITY, aspect="auto", interpolation="none", origin="lower")
        axes.set_title(panels.wrapped(summary.variants[variant].label, width), pad=3)
        axes.set(xticks=[0, len(steps) - 1], xticklabels=[str(steps[0]), str(steps[-1])])
        axes.set(yticks=[0, modes - 1], yticklabels=["1", str(modes)])
        axes.spines[:].set(visible=True, color=style.FAINT)
        if not held.any():
            axes.text(0.5, 0.5, "no sample in a mode", transform=axes.transAxes, ha="center", color=style.MUTED)
        if axes.get_subplotspec().is_first_col():
            axes.set_ylabel("Mode", labelpad=-4)
        else:
            axes.tick_params(labelleft=False)
        if axes.get_subplotspec().is_last_row():
            axes.set_xlabel("Generator step", labelpad=1)
    bar = figure.colorbar(
        picture, ax=figure.axes, location="bottom", shrink=0.4, aspect=40, ticks=[0, 1 / modes, 0.5, 1]
    )
    bar.ax.set_xticklabels(["0", f"1/{modes}", "1/2", "1"])
    bar.ax.set_ylabel("Share of the samples", rotation=0, ha="right", va="center")
    bar.outline.set_visible(False)
    return figure


def shares(trace: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Steps (T,), and the share of the samples in each mode (K, T), by the data set's last rule for counting."""
    rows = trace.sort_values("step")
    counts = [column for column in rows if column.startswith(COUNTS)][-1]
    held = np.stack([np.asarray(row, dtype=np.float64) for row in rows[counts]], axis=1)
    return rows["step"].to_numpy(), held / rows["n"].to_numpy()
