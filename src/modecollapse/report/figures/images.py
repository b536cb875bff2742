"""Figures of images: sheets of samples, and the images of each variant that come nearest to given ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse import datasets, reading
from modecollapse.errors import StudyError
from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.study.streams import stream_seed
from modecollapse.study.summary import StudySummary

MOST = 5  # panels in a row
GRIDS = {16: (6, 7), 40: (4, 4)}  # rows and columns of images that are at most so wide
LARGER = (3, 3)
SIDE = 64  # pixels that an image is enlarged to, by a whole factor, so that no viewer blurs it into the next
MISSING, GAP = 225, 255  # grey levels
POOL, TARGETS = "test", "Test images"  # images of the part that is held out
BLOCKS = {"nearest": "Nearest sample", "reconstructions": "Inference via optimisation"}
NAMES = 1.24  # inches beside the nearest images
LARGEST = 0.36  # inches of such an image


def draw_sheet(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """A panel for real images and for each variant; first samples, not chosen."""
    loaded = datasets.load(summary.datasets[dataset].family, sources.data[dataset])
    variants = layout.variants(summary, experiment, dataset)
    rows, columns = grid_of(summary.datasets[dataset].shape[2])
    side = min(style.PAGE / len(layout.balanced([None, *variants], MOST)[0]), 1.75)
    figure, panes = panels.rows(len(variants) + 1, MOST, side, side * rows / columns + 0.2)
    real = loaded.oracle(rows * columns, np.random.default_rng(stream_seed(0, "sample sheet", dataset)))
    labels = ["Real images", *(summary.variants[variant].label for variant in variants)]
    shown = [real, *(sources.samples(experiment, dataset, variant, rows * columns) for variant in variants)]
    for axes, title, images in zip(panes, labels, shown, strict=True):
        broken = int((~datasets.finite_rows(images)).sum())
        axes.set_title(panels.wrapped(title + (f" ({broken} not finite)" if broken else ""), side), pad=3)
        axes.imshow(mosaic(images, rows, columns, *loaded.range), interpolation="none")
        axes.set_axis_off()
    return figure


def grid_of(width: int) -> tuple[int, int]:
    """Rows and columns of a sheet of images this many pixels wide: the larger they are, the fewer."""
    return next((grid for widest, grid in GRIDS.items() if width <= widest), LARGER)


def draw_nearest(summary: StudySummary, experiment: str, dataset: str, sources: Sources) -> Figure:
    """Two blocks after Figure 3a of the VEEGAN poster, of the nearest samples and of the reconstructions.

    In each, the targets are on top and below them is a row a variant.
    """
    variants = layout.variants(summary, experiment, dataset)
    found = [_found(sources.inversion(experiment, dataset, variant)) for variant in variants]
    names = [TARGETS, *(summary.variants[variant].label for variant in variants)]
    columns = len(found[0]["targets"])
    side = min(LARGEST, (style.PAGE - NAMES) / (len(BLOCKS) * columns), (panels.TALLEST - 0.3) / len(names))
    size = NAMES + len(BLOCKS) * columns * side, len(names) * side + 0.3
    figure = Figure(figsize=size, layout="constrained")
    for axes, (block, title) in zip(figure.subplots(1, len(BLOCKS)), BLOCKS.items(), strict=True):
        beside = names if axes is figure.axes[0] else [""] * len(names)
        _block(axes, [found[0]["targets"], *(own[block] for own in found)], beside)
        axes.set_title(title, pad=4)
    return figure


def _found(path: Path) -> dict[str, np.ndarray]:
    """`targets`, `nearest` and `reconstructions` of a block's first seed, each (8, C, H, W) with pixels on [0, 1]."""
    if not path.is_file():
        raise StudyError(f"{path}: missing; run `modecollapse invert`")
    arrays = reading.npz(path)
    return {name: arrays[f"{POOL}_{name}"] for name in ("targets", *BLOCKS)}


def _block(axes: Axes, rows: list[np.ndarray], names: list[str]) -> None:
    """The pictures of a block, each row (n, C, H, W), the targets first and set apart by a line."""
    picture = mosaic(np.concatenate(rows), len(rows), len(rows[0]), 0.0, 1.0)
    axes.imshow(picture, interpolation="none")
    height = len(picture) / len(rows)
    axes.axhline(height - 0.5, color=style.INK, linewidth=0.8)
    axes.set(xticks=[], yticks=height * (np.arange(len(rows)) + 0.5), yticklabels=names)
    size = panels.size_of(names, style.SETTINGS["ytick.labelsize"], NAMES)
    axes.tick_params(length=0, labelcolor=style.INK, labelsize=size)
    axes.spines[:].set_visible(False)


def mosaic(images: np.ndarray, rows: int, columns: int, low: float, high: float) -> np.ndarray:
    """One RGB picture, uint8 (height, width, 3), of up to rows x columns images with pixels in [low, high].

    images: (n, 1, h, w) in grey or (n, 3, h, w) in red, green and blue, in reading order. What is not finite, or
    missing, stays light grey.
    """
    height, width = images.shape[2:]
    tiles = np.full((rows * columns, height, width, 3), MISSING, dtype=np.uint8)
    shown = images[: len(tiles)].astype(np.float64)
    whole = np.flatnonzero(datasets.finite_rows(shown))
    unit = np.clip((shown[whole].transpose(0, 2, 3, 1) - low) / (high - low), 0, 1)
    tiles[whole] = np.round(255 * unit)
    padded = np.pad(tiles, ((0, 0), (0, 1), (0, 1), (0, 0)), constant_values=GAP)
    grid = padded.reshape(rows, columns, height + 1, width + 1, 3).swapaxes(1, 2)
    picture = grid.reshape(rows * (height + 1), columns * (width + 1), 3)[:-1, :-1]
    enlarge = max(1, SIDE // width)
    return picture.repeat(enlarge, axis=0).repeat(enlarge, axis=1)
