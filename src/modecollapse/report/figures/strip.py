"""Samples over the training: a row a variant, a column a step, after Figure 2 of Metz et al. 2017."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from modecollapse import datasets
from modecollapse.report import layout, style
from modecollapse.report.figures import density_maps, panels
from modecollapse.report.figures.images import mosaic
from modecollapse.report.figures.sources import Sources
from modecollapse.study.evaluations import snapshot_steps
from modecollapse.study.summary import CellSummary, StudySummary

SHOWN = (0, 1, 2, 4, 8)  # of the steps kept, which are at the eighths of the training
MOST = {layout.POINTS: 7, layout.IMAGES: 13}  # variants below each other: of more, the others are beside them
NAMES, SIDE, TOP = 1.15, 0.8, 0.45  # inches: the names of a block, a panel at most, the steps above
PAD = 0.02  # of a panel of points on each side
GAP = 0.035  # of the pictures at a step
TILES = (1, 4)  # rows and columns of images at a step
POINT = {"marker": "o", "linestyle": "", "markersize": 1.3, "markeredgewidth": 0, "color": style.COLOURS[0]}
MEAN = {"marker": "+", "linestyle": "", "markersize": 2.6, "markeredgewidth": 0.4, "color": style.COLOURS[1]}


def draw(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """The first samples of the median seed of each variant, not chosen, at five steps from the first to the last.

    Points lie in the window of the figure of densities, crosses mark the true modes.
    """
    cells = [cell for cell in summary.cells if (cell.experiment, cell.dataset) == (experiment, dataset)]
    kind = layout.kind(summary, dataset)
    blocks = layout.balanced(cells, MOST[kind])
    kept = {cell.variant: sources.snapshots(*cell.key) for cell in cells}
    if kind == layout.IMAGES:
        loaded = datasets.load(summary.datasets[dataset].family, sources.data[dataset])
        _, high, wide = summary.datasets[dataset].shape
        shape, ratio = loaded.range, high / (TILES[1] * (wide + 1) - 1)  # one pixel is between two tiles
    else:
        shape, ratio = density_maps.truth(summary, dataset, sources), 1.0
    side = min(SIDE / ratio, (style.PAGE / len(blocks) - NAMES) / len(SHOWN))
    side = min(side, (panels.TALLEST - TOP) / (len(blocks[0]) * ratio))
    size = len(blocks) * (NAMES + len(SHOWN) * side), len(blocks[0]) * side * ratio + TOP
    figure = Figure(figsize=size, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.02, wspace=0, hspace=0)
    grid = figure.subplots(1, len(blocks), squeeze=False)[0]
    shown, unit = _steps(cells)
    for axes, block in zip(grid, blocks, strict=True):
        for y, cell in enumerate(block):
            for x, place in enumerate(shown):
                drawing = _images if ratio < 1 else _points
                drawing(axes, x, y, kept[cell.variant][place], *shape)
        rows = np.arange(len(blocks[0]))
        names = [panels.wrapped(summary.variants[cell.variant].label, NAMES) for cell in block]
        axes.set(xlim=(0, len(shown)), ylim=(len(rows), 0), aspect=ratio)
        axes.set_yticks(rows[: len(block)] + 0.5, names)
        axes.set_xticks(np.arange(len(shown)) + 0.5, list(shown.values()))
        axes.set_xlabel(unit)
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        axes.tick_params(length=0, labelcolor=style.INK, pad=2)
        axes.spines[:].set_visible(False)
    return figure


def _steps(cells: list[CellSummary]) -> tuple[dict[int, str], str]:
    """The snapshots that are shown, how they are named, and what the names are: steps, or shares where these differ."""
    kept = {tuple(snapshot_steps(cell.steps, cell.evaluations)) for cell in cells}
    places = [place for place in SHOWN if place < min(map(len, kept))]
    if len(kept) == 1:
        [steps] = kept
        return {place: f"{steps[place]:,}" for place in places}, "Generator step"
    return {place: str(Fraction(place, SHOWN[-1])) for place in places}, "Share of the training"


def _points(axes: Axes, x: int, y: int, found: np.ndarray, means: np.ndarray, truth: np.ndarray) -> None:
    """Points (n, 2) in the square of 1 below and right of (x, y), where the window of the truth is."""
    low, high = density_maps.window(truth)
    axes.add_patch(
        Rectangle((x + PAD, y + PAD), 1 - 2 * PAD, 1 - 2 * PAD, fill=False, color=style.FAINT, linewidth=0.5)
    )
    if not np.isfinite(found).all(axis=1).any():
        axes.text(x + 0.5, y + 0.5, "not finite", ha="center", va="center", fontsize=5.5, color=style.MUTED)
    for points, look in ((found, POINT), (means, MEAN)):
        unit = (points - low) / (high - low)
        unit = unit[((unit >= 0) & (unit <= 1)).all(axis=1)]  # what is not finite is not either
        axes.plot(
            x + PAD + (1 - 2 * PAD) * unit[:, 0], y + 1 - PAD - (1 - 2 * PAD) * unit[:, 1], rasterized=True, **look
        )


def _images(axes: Axes, x: int, y: int, found: np.ndarray, low: float, high: float) -> None:
    """The first images, (n, C, H, W) with pixels in [low, high], as one picture there."""
    picture = mosaic(found, *TILES, low, high)
    axes.imshow(picture, extent=(x + GAP, x + 1 - GAP, y + 1 - GAP, y + GAP), interpolation="none")
