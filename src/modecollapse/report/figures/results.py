"""How well the variants did: final values with intervals, and the way there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from modecollapse.claims import Published
from modecollapse.report import layout, style
from modecollapse.report.layout import CALIBRATION


def final(
    study: layout.Study, experiment: str, measures: pd.DataFrame, summary: pd.DataFrame, published: Published
) -> Figure:
    """Each seed at the final step, the mean with its interval, the oracle, and the published value."""
    names, variants = layout.datasets(study, experiment), layout.variants(study, experiment)
    figure, grid = _panels(names, height=0.55 + 0.27 * len(variants))
    looks = style.looks(list(study["variants"]))
    for column, name in enumerate(names):
        for axes, measure in zip(
            grid[:, column], layout.printed_measures(layout.is_stacked(study, name)), strict=True
        ):
            _oracle(axes.axvline, summary, name, measure)
            for y, variant in enumerate(variants):
                here = _rows(summary, experiment, name, variant, measure)
                if here.empty:
                    continue
                row, look = here.iloc[0], looks[variant]
                axes.plot([row["lower"], row["upper"]], [y, y], color=look.colour, linewidth=3.2, alpha=0.32)
                runs = _rows(measures, experiment, name, variant, measure)
                values = runs[runs["step"] == row["step"]].sort_values("seed")["value"]
                marks = {"markersize": 4.5, "markeredgewidth": 0.8}
                axes.plot(values, [y - 0.24] * len(values), "|", color=look.colour, **marks)
                axes.plot(row["mean"], y, look.marker, color=look.colour, markersize=4.6)
                value = published.beside(name, variant, measure)
                if value is not None:
                    axes.plot(value.value, y + 0.27, "*", color=style.INK, markersize=5, markeredgewidth=0)
            axes.set(ylim=(len(variants) - 0.4, -0.6), xlabel=layout.MEASURE_LABELS[measure])
            labels = [study["variants"][variant]["label"] for variant in variants] if column == 0 else []
            axes.set_yticks(range(len(variants)), labels or [""] * len(variants))
            axes.tick_params(axis="y", length=0, labelcolor=style.INK)
            axes.margins(x=0.06)
        grid[0, column].set_title(study["datasets"][name]["label"])
    legend = [
        Line2D([], [], color=style.MUTED, marker="o", linewidth=3.2, alpha=0.6, label="mean, 95% interval"),
        Line2D([], [], color=style.MUTED, marker="|", linestyle="", markeredgewidth=0.8, label="one seed"),
        Line2D([], [], color=style.INK, marker="*", linestyle="", markeredgewidth=0, label="published"),
        _oracle_mark(),
    ]
    figure.legend(handles=legend, loc="outside lower center", ncols=4)
    return figure


def curves(study: layout.Study, experiment: str, measures: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Each measure over the training steps: thin lines for seeds, a thick one for their mean."""
    names, variants = layout.datasets(study, experiment), layout.variants(study, experiment)
    figure, grid = _panels(names, height=1.45)
    looks = style.looks(list(study["variants"]))
    for column, name in enumerate(names):
        for axes, measure in zip(
            grid[:, column], layout.printed_measures(layout.is_stacked(study, name)), strict=True
        ):
            _oracle(axes.axhline, summary, name, measure)
            for variant in variants:
                rows = _rows(measures, experiment, name, variant, measure)
                if rows.empty:
                    continue
                seeds = rows.pivot(index="step", columns="seed", values="value").sort_index(axis=1)
                look = looks[variant]
                axes.plot(seeds.index, seeds, color=look.colour, linewidth=0.45, alpha=0.35)
                axes.plot(seeds.index, seeds.mean(axis=1), color=look.colour, linestyle=look.dashes)
            axes.set_ylabel(layout.MEASURE_LABELS[measure])
            axes.set_ylim(bottom=0)
            axes.margins(x=0.02)
            axes.ticklabel_format(axis="x", style="plain")
            axes.locator_params(axis="x", nbins=4)
        grid[0, column].set_title(study["datasets"][name]["label"])
        for axes in grid[-1:, column] if len(names) > 1 else grid[:, column]:
            axes.set_xlabel("Generator step")
    lines = [
        Line2D([], [], color=looks[v].colour, linestyle=looks[v].dashes, label=study["variants"][v]["label"])
        for v in variants
    ]
    figure.legend(handles=[*lines, _oracle_mark()], loc="outside lower center", ncols=min(len(lines) + 1, 5))
    return figure


def _panels(names: list[str], height: float) -> tuple[Figure, np.ndarray]:
    """A figure and its axes, indexed [measure, data set], `height` inches each; a lone data set lies flat."""
    rows, columns = (2, len(names)) if len(names) > 1 else (1, 2)
    figure = Figure(figsize=(style.PAGE, rows * height + 0.3), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.03, hspace=0.04)
    grid = figure.subplots(rows, columns, squeeze=False)
    return figure, grid if len(names) > 1 else grid.T


def _rows(table: pd.DataFrame, experiment: str, dataset: str, variant: str, measure: str) -> pd.DataFrame:
    wanted = {"experiment": experiment, "dataset": dataset, "variant": variant, "measure": measure}
    return table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def _oracle(line: Callable, summary: pd.DataFrame, dataset: str, measure: str) -> None:
    for value in _rows(summary, CALIBRATION, dataset, "oracle", measure)["mean"]:
        line(value, color=style.MUTED, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0)


def _oracle_mark() -> Line2D:
    return Line2D([], [], color=style.MUTED, linewidth=0.8, linestyle=(0, (3, 2)), label="oracle (real data)")
