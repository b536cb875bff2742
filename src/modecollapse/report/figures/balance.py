"""BEGAN's equilibrium over the training: M_global, the losses and k_t beside quality and coverage."""

from __future__ import annotations

from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.measured import Measured
from modecollapse.report.spread import spread
from modecollapse.study.summary import StudySummary

HEIGHT = 1.5  # inches of a row of panels
M_GLOBAL, REAL, FAKE, K = "mean_state_M_global", "mean_seen_L_x", "mean_seen_L_G", "mean_state_k"
AGREES = "rank_correlation:state_M_global:"
FIRST, SECOND = style.COLOURS[:2]
SEED = {"linewidth": 0.45, "alpha": 0.4}


def draw(summary: StudySummary, experiment: str, dataset: str, measured: Measured) -> Figure:
    """A row of panels for each variant that is held in balance: thin lines for seeds, a thick one for their mean.

    L(x) stands there times gamma too, where L(G(z)) is in equilibrium; and beside quality and coverage Spearman's rank
    correlation with M_global, the median over seeds with its ends.
    """
    held = layout.held(summary, experiment, dataset)
    aims = _aims(summary, dataset)
    columns = 4 if aims else 3
    figure, grid = panels.rows(columns * len(held), columns, style.PAGE, HEIGHT)
    for row, variant in zip(grid.reshape(-1, columns), held, strict=True):
        rows = partial(measured.runs, experiment, dataset, variant)
        row[0].set_ylabel(panels.wrapped(summary.variants[variant].label, HEIGHT))
        _lines(row[0], rows(M_GLOBAL), FIRST, r"$M_{global}$")
        _lines(row[1], rows(REAL), FIRST, r"$L(x)$")
        _lines(row[1], rows(FAKE), SECOND, r"$L(G(z))$")
        if (gamma := summary.variants[variant].options.get("gamma")) is not None:
            mean = rows(REAL).sort_values("seed").groupby("step")["value"].mean()
            label = rf"$\gamma\,L(x)$, $\gamma$ = {gamma:g}"
            row[1].plot(mean.index, gamma * mean, color=FIRST, linestyle=(0, (3, 2)), linewidth=0.8, label=label)
        _lines(row[2], rows(K), FIRST, r"$k_t$")
        for aim, (measure, best, name, colour) in aims.items():
            agrees = rows(AGREES + aim)
            note = f", ρ = {spread(agrees, 2)}" if len(agrees) else ""
            _lines(row[3], rows(measure), colour, name + note, best)
            row[3].set_ylim(-0.04, 1.04)
        for axes in row:
            axes.locator_params(nbins=4)
            axes.ticklabel_format(style="plain", useOffset=False)
            place = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0.2}
            for text in axes.legend(**place, handlelength=1.6, fontsize=6.2).get_texts():
                text.set_parse_math(True)
    for axes in grid[-columns:]:
        axes.set_xlabel("Generator step")
    return figure


def _aims(summary: StudySummary, dataset: str) -> dict[str, tuple[str, float, str, str]]:
    """What M_global may tell: the measure of it on a data set, its best value, name and colour.

    Of several rules for counting the last is the one that the correlations are of.
    """
    own = layout.measures(summary, [dataset], layout.COUNTS)
    modes = summary.datasets[dataset].modes
    kinds = {"hq": ("high_quality_percent", 100, "quality", FIRST), "modes": ("modes", modes, "coverage", SECOND)}
    found = {}
    for aim, (first, *facts) in kinds.items():
        if rules := [measure for measure in own if measure == first or measure.startswith(f"{first}_")]:
            found[aim] = (rules[-1], *facts)
    return found


def _lines(axes: Axes, rows: pd.DataFrame, colour: str, label: str, best: float = 1.0) -> None:
    """A measure of a variant over the steps, as a share of its best value."""
    if not len(rows):
        label += ": no finite value"
    rows = rows.sort_values(["seed", "step"])
    for _, run in rows.groupby("seed"):
        axes.plot(run["step"], run["value"] / best, color=colour, **SEED)
    mean = rows.groupby("step")["value"].mean() / best
    axes.plot(mean.index, mean, color=colour, label=label)
