"""How well the variants did: each seed at the final step and the mean with its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.claims import Published
from modecollapse.report import layout, style
from modecollapse.report.figures import panels
from modecollapse.report.figures.panels import Panels, rows_of

BAR = {"linewidth": 3.2, "solid_capstyle": "butt"}
SEED = {"marker": "|", "linestyle": "", "markersize": 4.5, "markeredgewidth": 0.8}
STAR = {"color": style.INK, "marker": "*", "linestyle": "", "markersize": 5, "markeredgewidth": 0}


def draw(
    study: layout.Study, experiment: str, measures: pd.DataFrame, summary: pd.DataFrame, published: Published
) -> Figure:
    """A line a variant, below the published value where there is one, beside the oracle."""
    variants = layout.variants(study, experiment)
    looks = style.looks(list(study["variants"]))
    page = panels.make(study, experiment, height=0.42 + 0.24 * len(variants))
    stars = 0
    for (name, measure), axes in page.drawn.items():
        panels.mark_oracle(axes.axvline, summary, name, measure)
        for y, variant in enumerate(variants):
            runs = rows_of(measures, experiment, name, variant, measure)
            for _, row in rows_of(summary, experiment, name, variant, measure).iterrows():
                _variant(axes, y, row, runs[runs["step"] == row["step"]], looks[variant])
            value = published.beside(name, variant, measure)
            if value is not None:
                axes.plot(value.value, y + 0.29, **STAR)
                stars += 1
    _name_lines(page, [study["variants"][variant]["label"] for variant in variants])
    panels.legend(page.figure, _handles(stars > 0))
    return page.figure


def _variant(axes: Axes, y: float, row: pd.Series, runs: pd.DataFrame, look: style.Look) -> None:
    """One summary row at height y: the interval, above it a tick for each run, on it the mean."""
    values = runs.sort_values("seed")["value"]
    axes.plot([row["lower"], row["upper"]], [y, y], color=look.colour, alpha=0.32, **BAR)
    axes.plot(values, [y - 0.26] * len(values), color=look.colour, **SEED)
    axes.plot(row["mean"], y, look.marker, color=look.colour, markersize=4.6)


def _name_lines(page: Panels, labels: list[str]) -> None:
    """The variants' names stand once in each row of panels."""
    first = page.leftmost()
    for axes in page.drawn.values():
        axes.set_yticks(range(len(labels)), labels if axes in first else [""] * len(labels))
        axes.tick_params(axis="y", length=0, labelcolor=style.INK)
        axes.set_ylim(len(labels) - 0.45, -0.6)
        axes.margins(x=0.06)
        axes.locator_params(axis="x", nbins=5)
        if axes not in page.grid[:, 0]:  # they reach into the empty panel on their left
            for label in axes.get_yticklabels():
                label.set_in_layout(False)


def _handles(published: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], color=style.MUTED, marker="o", alpha=0.6, label="mean, 95% interval", **BAR),
        Line2D([], [], color=style.MUTED, label="one seed", **SEED),
    ]
    return [*handles, Line2D([], [], label="published", **STAR)] if published else handles
