"""BEGAN's balance over the training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from made_up_study import make_summary
from made_up_training import EVALUATIONS, rows, series, tidy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse.report.figures import Sources, began_balance
from modecollapse.study.summary import StudySummary

NAMES = {"gan-minimax": "GAN (minimax)", "began": "BEGAN", "veegan": "VEEGAN"}
SUMMARY = make_summary(["ring", "stacked-digits"], NAMES, ["matched"])
WINDOWS = len(EVALUATIONS) - 1


def sources(table: pd.DataFrame) -> Sources:
    return Sources(table, {}, [], {}, Path())


def balance_of(table: pd.DataFrame, dataset: str = "ring", summary: StudySummary = SUMMARY) -> Figure:
    return began_balance.draw(summary, "matched", dataset, sources(table))


def in_balance(variant: str, dataset: str = "ring") -> list[dict]:
    values = {"mean_state_M_global": 0.9, "mean_aux_L_x": 0.6, "mean_aux_L_G": 0.3, "mean_state_k": 0.1}
    values |= {"high_quality_percent": 50.0, "modes": 2.0}
    made = [row for m, value in values.items() for row in series(variant, m, [[value] * WINDOWS] * 3, dataset)]
    return made + rows(variant, "rank_correlation:state_M_global:hq", [-0.9, -0.5, -0.7], dataset=dataset)


def labels(axes: Axes) -> dict[str, float]:
    """What the lines with a name are called, and where they end."""
    return {line.get_label(): line.get_ydata()[-1] for line in axes.lines if not line.get_label().startswith("_")}


def test_balance_shows_the_equilibrium_beside_what_m_global_may_tell() -> None:
    m_global, both, k, told = (labels(axes) for axes in balance_of(tidy(in_balance("began"))).axes)
    assert list(m_global.values()) == pytest.approx([0.9])
    assert both == pytest.approx({"$L(x)$": 0.6, "$L(G(z))$": 0.3, r"$\gamma\,L(x)$, $\gamma$ = 0.5": 0.3})
    assert list(k.values()) == pytest.approx([0.1])
    assert told == pytest.approx({"quality, ρ = -0.70 [-0.90, -0.50]": 0.5, "coverage": 0.25})


def test_a_row_for_each_variant_in_balance_and_no_quality_where_none_is_measured() -> None:
    veegan = replace(SUMMARY.variants["began"], label="VEEGAN")
    two = replace(SUMMARY, variants={**SUMMARY.variants, "veegan": veegan})
    figure = balance_of(tidy(in_balance("began")), summary=two)
    assert [axes.get_ylabel() for axes in figure.axes[::4]] == ["BEGAN", "VEEGAN"]
    assert [line.get_label() for line in figure.axes[4].lines] == ["$M_{global}$: no finite value"]  # VEEGAN has none
    digits = tidy(in_balance("began", "stacked-digits"))
    assert list(labels(balance_of(digits, "stacked-digits").axes[3])) == ["coverage"]  # high quality is not measured
    summary = replace(SUMMARY, measures={})
    assert len(balance_of(digits, "stacked-digits", summary).axes) == 3


def test_quality_is_by_the_rule_that_the_correlations_are_of() -> None:
    summary = make_summary(["gaussians-1200d"], NAMES, ["matched"])
    values = {"high_quality_percent_shell": 20.0, "modes_shell": 3.0}
    shell = [row for m, value in values.items() for row in series("began", m, [[value] * WINDOWS], "gaussians-1200d")]
    figure = balance_of(tidy(in_balance("began", "gaussians-1200d"), shell), "gaussians-1200d", summary)
    assert list(labels(figure.axes[3]).values()) == pytest.approx([0.2, 0.3])


def test_nothing_to_draw_is_drawn_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    balance_of(tidy()).draw_without_rendering()
    assert not recwarn.list
