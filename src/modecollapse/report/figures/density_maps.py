"""Where the samples lie: true density and each variant's, after Figure 2 of the VEEGAN poster."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from modecollapse import datasets
from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.printed import share
from modecollapse.study.streams import stream_seed
from modecollapse.study.summary import StudySummary

MOST = 7  # panels in a row
BINS = 256
BANDWIDTH = 0.011  # kernel sd as a share of the window: a mode of sd .01 is seen, and modes stay apart
MARGIN = 0.22  # of the span of the true density, on each side
TAIL = 0.5  # percent of the true density on each side that need not lie in the window's core
ENCLOSED = (0.98, 0.9, 0.75, 0.55, 0.35, 0.15)  # share of the samples inside each contour


def draw(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """A panel for the truth and for the median seed of each variant, all with the same window."""
    variants = layout.variants(summary, experiment, dataset)
    columns = len(layout.balanced([None, *variants], MOST)[0])
    side = min(style.PAGE / columns, 1.75)
    titles = [panels.wrapped(summary.variants[variant].label, side) for variant in variants]
    height = side + 0.06 + 0.12 * max(title.count("\n") + 1 for title in titles)
    figure, grid = panels.rows(len(variants) + 1, MOST, side, height)
    means, real = truth(summary, dataset, sources)
    shown = window(real)
    _panel(grid[0], real, means, shown)
    for axes, variant in zip(grid[1:], variants, strict=True):
        _panel(axes, sources.samples(experiment, dataset, variant), means, shown)
    for axes, title in zip(grid, ["True data", *titles], strict=True):
        axes.set_title(title, pad=3)
    return figure


def density(points: np.ndarray, window: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """A Gaussian kernel density on a BINS x BINS grid over the window (low, high); points shape (n, 2).

    Binned, then smoothed: at this bandwidth (2.8 bins) it looks like the exact sum and is far quicker. Index
    [row, column] runs along (y, x). Sums to the number of points, less what leaks over the edge.
    """
    (left, bottom), (right, top) = window
    counts, _, _ = np.histogram2d(points[:, 1], points[:, 0], bins=BINS, range=[[bottom, top], [left, right]])
    return gaussian_filter(counts, BANDWIDTH * BINS, mode="constant")


def contour_levels(heights: np.ndarray) -> np.ndarray:
    """Increasing heights whose contours enclose the shares ENCLOSED of the mass; shape (up to 6,)."""
    falling = np.sort(heights, axis=None)[::-1]
    mass = np.cumsum(falling)
    levels = falling[np.searchsorted(mass, np.array(ENCLOSED) * mass[-1])]
    return np.unique(levels[levels > 0])


def _panel(axes: Axes, points: np.ndarray, means: np.ndarray, window: tuple[np.ndarray, np.ndarray]) -> None:
    low, high = window
    finite = points[np.isfinite(points).all(axis=1)]
    inside = finite[((finite >= low) & (finite <= high)).all(axis=1)]
    if len(inside):
        heights = density(inside, window)
        levels = contour_levels(heights)
        colours = mpl.colormaps[style.DENSITY](np.linspace(0.28, 1.0, len(levels)))
        x, y = (np.linspace(low[i], high[i], 2 * BINS + 1)[1::2] for i in (0, 1))
        axes.contourf(x, y, heights, [*levels, 2 * heights.max()], colors=colours).set_rasterized(True)
    axes.plot(*means.T, "+", color=style.MUTED, markersize=2.6, markeredgewidth=0.4)
    notes = []
    if len(finite) < len(points):
        notes.append(f"{len(points) - len(finite)} of {len(points)} not finite")
    if len(inside) < len(finite):
        notes.append(f"{share(len(finite) - len(inside), len(finite))} outside")
    axes.text(0.03, 0.03, "\n".join(notes), transform=axes.transAxes, fontsize=5.5, color=style.INK, va="bottom")
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set(visible=True, color=style.FAINT)


def truth(summary: StudySummary, name: str, sources: Sources) -> tuple[np.ndarray, np.ndarray]:
    """The true means, (K, 2) with K = 0 where the data set has none, and as many draws as a variant's."""
    dataset = datasets.load(summary.datasets[name].family, sources.data[name])
    rng = np.random.default_rng(stream_seed(0, "density figure", name))
    points = dataset.oracle(summary.datasets[name].samples, rng).astype(np.float64)
    return getattr(dataset, "means", np.empty((0, 2))), points


def window(real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A square around the true density: low (2,), high (2,)."""
    low, high = np.percentile(real, [TAIL, 100 - TAIL], axis=0)
    half = (0.5 + MARGIN) * (high - low).max()
    return (low + high) / 2 - half, (low + high) / 2 + half
