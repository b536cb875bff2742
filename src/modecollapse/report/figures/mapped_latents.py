"""What a reconstructor F makes of real and of generated items, after Figure 1 of the VEEGAN poster."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from modecollapse import datasets
from modecollapse.report import claimed, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.sources import Sources
from modecollapse.report.findings import DATA, ENERGIES, SAMPLES
from modecollapse.report.result_tables import of_runs
from modecollapse.study.streams import stream_seed
from modecollapse.study.summary import StudySummary

MOST = 4  # panels in a row
SHOWN, REACH = 400, 3.9  # points of a panel, and how far its window reaches, in standard deviations
RADII = 1.177, 3.035  # of the circles that hold half and 99 % of N(0, I)
CIRCLE = {"color": style.INK, "linewidth": 0.7}
MARKS = {
    SAMPLES: {"color": style.COLOURS[5], "marker": "o", "markersize": 2.8, "markeredgewidth": 0},
    DATA: {"color": style.COLOURS[1], "marker": "x", "markersize": 2.4, "markeredgewidth": 0.6},
}
NAMES = {SAMPLES: "F(G(z)) of samples", DATA: "F(x) of data"}
NO_WEIGHTS = "no weights were kept"


def draw(summary: StudySummary, sources: Sources) -> Figure:
    """A panel a variant: F(G(z)) of the stored samples, F(x) of unseen data, and circles of N(0, I).

    Of the first experiment and data set where F alone is trained. Below a panel stand the energy distances of both from
    N(0, I), means over the runs; a panel without weights says so.
    """
    experiment, dataset = claimed.mapped(summary)[0]
    variants = claimed.variants(summary, experiment, dataset, (claimed.MAPPED,))
    side = style.PAGE / MOST
    figure, grid = panels.rows(len(variants), MOST, side, side + 0.45, extra=0.25)
    for axes, variant in zip(grid, variants, strict=True):
        _panel(axes, mapped(summary, experiment, dataset, variant, sources))
        axes.set_title(panels.wrapped(summary.variants[variant].label, side), pad=3)
        energies = (f"{kind} {_energy(sources, experiment, dataset, variant, kind):z.2f}" for kind in ENERGIES)
        axes.set_xlabel("distance from N(0, I):\n" + ", ".join(energies))
    handles = [Line2D([], [], linestyle="", label=NAMES[kind], **MARKS[kind] | {"markersize": 4}) for kind in MARKS]
    handles.append(Line2D([], [], label="holds half, and 99 %, of N(0, I)", **CIRCLE))
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def mapped(
    summary: StudySummary, experiment: str, dataset: str, variant: str, sources: Sources
) -> dict[str, np.ndarray] | None:
    """F of the stored samples and of as many unseen data, (n, K) each, of the seed shown; None without its weights."""
    from modecollapse.report.figures.trained import outputs

    samples = sources.samples(experiment, dataset, variant)
    loaded = datasets.load(summary.datasets[dataset].family, sources.data[dataset])
    real = loaded.oracle(len(samples), np.random.default_rng(stream_seed(0, "mapped latents", dataset)))
    found = outputs(*sources.run(experiment, dataset, variant), "F", np.concatenate([samples, real]))
    return None if found is None else {SAMPLES: found[: len(samples)], DATA: found[len(samples) :]}


def _panel(axes: Axes, found: dict[str, np.ndarray] | None) -> None:
    """The points of a variant in the window of all panels."""
    for kind, points in (found or {}).items():
        axes.plot(*points[:SHOWN, :2].T, linestyle="", rasterized=True, **MARKS[kind])
    for radius in RADII:
        axes.add_patch(Circle((0, 0), radius, fill=False, zorder=3, **CIRCLE))
    if found is None:
        axes.text(0, 0, NO_WEIGHTS, ha="center", va="center", color=style.MUTED)
    else:
        outside = np.mean([(np.abs(points[:, :2]) > REACH).any(axis=1).mean() for points in found.values()])
        axes.text(
            0.03, 0.03, f"{outside:.0%} outside" if outside >= 0.005 else "", transform=axes.transAxes, fontsize=5.5
        )
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set(visible=True, color=style.FAINT)


def _energy(sources: Sources, experiment: str, dataset: str, variant: str, kind: str) -> float:
    """The mean over runs of the energy distance from N(0, I) of F's outputs; NaN where it was not traced."""
    return float(of_runs(sources.rows(experiment, dataset, variant, ENERGIES[kind]))["value"].mean())
