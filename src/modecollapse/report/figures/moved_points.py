"""Points behind the data moved by G's gradient under a fixed D, after Figure 1 of the LSGAN post."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse import datasets
from modecollapse.report import claimed, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.recipes import ACTIVATIONS
from modecollapse.study.streams import stream_seed
from modecollapse.study.summary import StudySummary, VariantSummary

WINDOW = (-4.4, 11.4), (-3.2, 3.2)  # of x and of y
GRID = 316, 128  # places at which D is asked
SHOWN = 64  # points of the data, and as many fakes that D was trained on
HEIGHT = 0.82  # inches of a panel
REAL_SIDE = "#e4ecf5"
DATA = {"color": style.INK, "marker": "+", "markersize": 2.6, "markeredgewidth": 0.5, "linestyle": ""}
FAKES = {"color": style.COLOURS[2], "marker": "x", "markersize": 2.2, "markeredgewidth": 0.5, "linestyle": ""}
START = {"color": style.MUTED, "marker": "o", "markersize": 2, "markerfacecolor": "white", "markeredgewidth": 0.4}
PATH = {"color": style.MUTED, "linewidth": 0.4}
END = {"color": style.COLOURS[1], "marker": "o", "markersize": 2, "markeredgewidth": 0, "linestyle": ""}
BOUNDARY = {"color": style.COLOURS[0], "linewidth": 0.9}
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8}  # a note
NAMES = {
    "data": DATA, "fakes of D's training": FAKES, "start of a point": START | {"linestyle": ""}, "its path": PATH,
    "its end": END, "D's boundary, real side shaded": BOUNDARY,
}  # fmt: skip


def draw(summary: StudySummary, sources: Sources) -> Figure:
    """A row of panels for each experiment, a panel a variant: the points of the seed shown at the steps kept."""
    places = claimed.moved(summary)
    variants = list(dict.fromkeys(v for place in places for v in claimed.variants(summary, *place, (claimed.MOVED,))))
    columns = len(variants)
    figure, grid = panels.rows(len(places) * columns, columns, style.PAGE / columns, HEIGHT, extra=0.4)
    for row, place in zip(grid.reshape(-1, columns), places, strict=True):
        for axes, variant in zip(row, variants, strict=True):
            _panel(axes, summary, (*place, variant), sources)
        row[0].set_ylabel(_name(summary, *place), fontsize=6)
    for axes, variant in zip(grid, variants, strict=False):
        axes.set_title(panels.wrapped(summary.variants[variant].label, style.PAGE / columns), pad=3)
    handles = [Line2D([], [], label=name, **look) for name, look in NAMES.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), handlelength=1.2, columnspacing=1.2)
    return figure


def paths(sources: Sources, cell: tuple[str, str, str]) -> np.ndarray:
    """Where the points of the seed shown are at the steps kept, (T, n, 2), each point once."""
    kept = sources.snapshots(*cell)
    return kept[:, np.sort(np.unique(kept[0], axis=0, return_index=True)[1])]


def _panel(axes: Axes, summary: StudySummary, cell: tuple[str, str, str], sources: Sources) -> None:
    """The points of a cell; how many end outside of the window is said."""
    variant, dataset = summary.variants[cell[2]], cell[1]
    loaded = datasets.load(summary.datasets[dataset].family, sources.data[dataset])
    real = loaded.oracle(SHOWN, np.random.default_rng(stream_seed(0, "moved points", dataset)))
    notes = [] if _boundary(axes, variant, cell, sources) else ["D's weights were not kept"]
    axes.plot(*real.T, **DATA)
    axes.plot(*(real + [variant.options["fakes"], 0]).T, **FAKES)
    moved = paths(sources, cell)
    axes.plot(*moved.transpose(2, 0, 1), **PATH)
    axes.plot(*moved[0].T, linestyle="", **START)
    axes.plot(*moved[-1].T, **END)
    low, high = np.transpose(WINDOW)
    outside = int((~((moved[-1] >= low) & (moved[-1] <= high)).all(axis=1)).sum())
    notes += [f"{outside} of {len(moved[0])} end outside"] if outside else []
    if notes:
        axes.text(
            0.985, 0.03, "\n".join(notes), transform=axes.transAxes, fontsize=5.5, ha="right", va="bottom", bbox=BEHIND
        )
    axes.set(xlim=WINDOW[0], ylim=WINDOW[1], xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set(visible=True, color=style.FAINT)


def _boundary(axes: Axes, variant: VariantSummary, cell: tuple[str, str, str], sources: Sources) -> bool:
    """Shade where D takes points for real; False where D's weights were not kept."""
    from modecollapse.report.figures.trained import outputs
    from modecollapse.variants import create

    x, y = (np.linspace(*ends, count) for ends, count in zip(WINDOW, GRID, strict=True))
    places = np.stack(np.meshgrid(x, y), axis=-1)
    found = outputs(*sources.run(*cell), "D", places.reshape(-1, 2))
    if found is None:
        return False
    above = found.reshape(places.shape[:2]) - create(variant.objective, dict(variant.options)).level
    axes.contourf(x, y, above > 0, [0.5, 1.5], colors=[REAL_SIDE]).set_rasterized(True)
    axes.contour(x, y, above, [0], colors=BOUNDARY["color"], linewidths=BOUNDARY["linewidth"])
    return True


def _name(summary: StudySummary, experiment: str, dataset: str) -> str:
    """What an experiment differs in from the others: D's units, and the optimizer of the points."""
    cell = next(c for c in summary.cells if c.key[:2] == (experiment, dataset))
    adam = cell.optimizers.get("generator", cell.optimizer)
    moved = "gradient descent" if adam["eps"] > 1 else "Adam"
    return f"{ACTIVATIONS[cell.networks['discriminator']['activation']]} in D,\n{moved}"
