"""Whether a variant has anything like a given image, after Figure 3a of the VEEGAN poster."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse import reading
from modecollapse.errors import StudyError
from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.tiles import mosaic
from modecollapse.study.summary import StudySummary

POOL = "test"  # images of the part that is held out
TARGETS = "Test images"
BLOCKS = {"nearest": "Nearest sample", "reconstructions": "Inference via optimisation"}
NAMES = 1.24  # inches beside the pictures
LARGEST = 0.36  # inches of an image


def draw(summary: StudySummary, experiment: str, dataset: str, inversions: Path, block: str) -> Figure:
    """Two blocks, of the nearest samples and of the reconstructions: targets on top, below them a row a variant.

    inversions: the folder of what was found, `experiment/dataset/variant/block.npz`; `block` is that of the study's
    first seed, which is shown.
    """
    variants = layout.variants(summary, experiment, dataset)
    folder = Path(inversions) / experiment / dataset
    found = [_found(folder / variant / f"{block}.npz") for variant in variants]
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
