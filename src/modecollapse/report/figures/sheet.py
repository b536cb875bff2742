"""What the samples look like: real images and each variant's, on a sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse import datasets
from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.tiles import mosaic
from modecollapse.report.samples import FirstSamples
from modecollapse.study.streams import stream_seed
from modecollapse.study.summary import StudySummary

MOST = 5  # panels in a row
GRIDS = {16: (6, 7), 40: (4, 4)}  # rows and columns of images that are at most so wide
LARGER = (3, 3)


def draw(summary: StudySummary, experiment: str, dataset: str, samples: FirstSamples, data: Path) -> Figure:
    """A panel for real images and for each variant; first samples, not chosen."""
    loaded = datasets.load(summary.datasets[dataset].family, data)
    variants = layout.variants(summary, experiment, dataset)
    rows, columns = grid_of(summary.datasets[dataset].shape[2])
    side = min(style.PAGE / len(layout.balanced([None, *variants], MOST)[0]), 1.75)
    figure, panes = panels.rows(len(variants) + 1, MOST, side, side * rows / columns + 0.2)
    real = loaded.oracle(rows * columns, np.random.default_rng(stream_seed(0, "sample sheet", dataset)))
    labels = ["Real images", *(summary.variants[variant].label for variant in variants)]
    shown = [real, *(samples.of(experiment, dataset, variant, rows * columns) for variant in variants)]
    for axes, title, images in zip(panes, labels, shown, strict=True):
        broken = int((~datasets.finite_rows(images)).sum())
        axes.set_title(panels.wrapped(title + (f" ({broken} not finite)" if broken else ""), side), pad=3)
        _panel(axes, mosaic(images, rows, columns, *loaded.range))
    return figure


def grid_of(width: int) -> tuple[int, int]:
    """Rows and columns of a sheet of images this many pixels wide: the larger they are, the fewer."""
    return next((grid for widest, grid in GRIDS.items() if width <= widest), LARGER)


def _panel(axes: Axes, picture: np.ndarray) -> None:
    axes.imshow(picture, interpolation="none")
    axes.set_axis_off()
