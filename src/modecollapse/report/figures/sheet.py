"""What the samples look like: real images and each variant's, on a sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse import datasets
from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.samples import FirstSamples
from modecollapse.study.streams import stream_seed

ROWS, COLUMNS = 6, 7
MOST = 5  # panels in a row
TILE = 48  # pixels that an image is enlarged to, by a whole factor, so that no viewer blurs it into the next


def draw(study: layout.Study, experiment: str, dataset: str, samples: FirstSamples, data: Path) -> Figure:
    """A panel for real images and for each variant; first samples, not chosen."""
    variants = layout.variants(study, experiment, dataset)
    columns = len(layout.balanced([None, *variants], MOST)[0])
    side = min(style.PAGE / columns, 1.75)
    figure, grid = panels.rows(len(variants) + 1, MOST, side, side * ROWS / COLUMNS + 0.2)
    _panel(grid[0], _real(study, dataset, data), "Real images", side)
    for axes, variant in zip(grid[1:], variants, strict=True):
        images = samples.of(experiment, dataset, variant, ROWS * COLUMNS)
        _panel(axes, images, study["variants"][variant]["label"], side)
    return figure


def sheet(images: np.ndarray) -> np.ndarray:
    """One RGB picture, uint8 (height, width, 3), of up to ROWS x COLUMNS images in [-1, 1].

    images: (n, 1, h, w) in grey or (n, 3, h, w) in red, green and blue. What is not finite, or missing,
    stays light grey.
    """
    height, width = images.shape[2:]
    step = (height + 1, width + 1)
    picture = np.full((ROWS * step[0] - 1, COLUMNS * step[1] - 1, 3), 255, dtype=np.uint8)
    for place in range(ROWS * COLUMNS):
        top, left = place // COLUMNS * step[0], place % COLUMNS * step[1]
        tile: np.ndarray | int = 225
        if place < len(images) and np.isfinite(images[place]).all():
            unit = np.clip((images[place].transpose(1, 2, 0) + 1) / 2, 0, 1)
            tile = np.round(255 * unit).astype(np.uint8)
        picture[top : top + height, left : left + width] = tile
    enlarge = max(1, TILE // width)
    return picture.repeat(enlarge, axis=0).repeat(enlarge, axis=1)


def _real(study: layout.Study, name: str, path: Path) -> np.ndarray:
    """As many images that training never saw as the sheet has places."""
    rng = np.random.default_rng(stream_seed(0, "sample sheet", name))
    return datasets.load(study["datasets"][name]["family"], path).oracle(ROWS * COLUMNS, rng)


def _panel(axes: Axes, images: np.ndarray, title: str, width: float) -> None:
    broken = int((~np.isfinite(images).all(axis=(1, 2, 3))).sum())
    axes.imshow(sheet(images), interpolation="none")
    axes.set_title(panels.wrapped(title + (f" ({broken} not finite)" if broken else ""), width), pad=3)
    axes.set_axis_off()
