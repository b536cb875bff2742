"""Figures of the training: losses, visited modes and BEGAN's balance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from made_up_study import make_summary
from made_up_training import EVALUATIONS, rows, series, tidy, trace
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse.report.figures import Sources, began_balance, losses, mode_traces, panels
from modecollapse.study.summary import StudySummary

NAMES = {"gan-minimax": "GAN (minimax)", "began": "BEGAN", "veegan": "VEEGAN"}
SUMMARY = make_summary(["ring", "stacked-digits"], NAMES, ["matched"])
WINDOWS = len(EVALUATIONS) - 1
RISING = list(np.linspace(0.0, 1.0, WINDOWS))


def sources(table: pd.DataFrame) -> Sources:
    nothing = pd.DataFrame()
    return Sources(table, nothing, nothing, nothing, [], {}, Path(), {})


def panel(figure: Figure, title: str) -> Axes:
    """The panel whose title begins so."""
    return next(axes for axes in figure.axes if " ".join(axes.get_title().split()).startswith(title))


def marks(axes: Axes, marker: str) -> list[tuple[float, float]]:
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [(float(x), float(y)) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]


def losses_of(*parts: list[dict]) -> Figure:
    return losses.draw(SUMMARY, "matched", "ring", sources(tidy(*parts)))


def curve(axes: Axes, width: float) -> list[tuple[list[float], list[float]]]:
    """The lines of a width in a panel."""
    lines = [line for line in axes.lines if line.get_linewidth() == width and line.get_marker() == "None"]
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in lines]


def test_losses_show_every_seed_and_the_mean_of_those_that_still_have_one() -> None:
    runs = [[1.0] * WINDOWS, [3.0] * 5]
    axes = panel(losses_of(series("veegan", "mean_loss_D", runs)), "VEEGAN (1 diverged)")
    assert [len(y) for _, y in curve(axes, panels.THIN["linewidth"])] == [WINDOWS, 5]
    steps, mean = curve(axes, mpl.rcParams["lines.linewidth"])[0]
    assert steps == EVALUATIONS[1:]
    assert mean == [2.0] * 5 + [1.0] * (WINDOWS - 5)
    assert marks(axes, "x") == [(100, 3.0)]


def test_each_variant_has_a_scale_of_its_own_and_an_explosion_ends_at_its_edge() -> None:
    exploding = [*RISING[:4], 1e30, np.inf, np.inf]
    runs = [RISING, RISING, RISING, RISING, exploding]
    figure = losses_of(series("veegan", "mean_loss_G", runs), series("began", "mean_loss_D", [[99.0] * WINDOWS]))
    axes = panel(figure, "VEEGAN (1 diverged)")
    assert axes.get_ylim()[1] < 2
    assert marks(axes, "x") == [(100, axes.get_ylim()[1])]
    assert panel(figure, "BEGAN").get_ylim()[0] > 90
    assert not panel(figure, "GAN").lines


def test_colours_tell_whose_loss_it_is() -> None:
    parts = [series("veegan", f"mean_loss_{symbols}", [RISING]) for symbols in ("D", "GF", "F")]
    figure = losses_of(*parts)
    shown = {line.get_color() for line in panel(figure, "VEEGAN").lines}
    assert shown == {losses.COLOURS["D"], losses.COLOURS["G"], losses.COLOURS[None]}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [*losses.NAMES.values(), "a run diverged"]


def test_visits_are_shares_of_all_samples_by_the_last_rule() -> None:
    counts, shell = np.array([[0, 0], [50, 25]]), np.array([[10, 0], [0, 90]])
    steps, held = mode_traces.shares(trace(counts).sample(frac=1, random_state=1))
    assert list(steps) == EVALUATIONS[:2]
    assert held.tolist() == [[0, 0.5], [0, 0.25]]
    assert mode_traces.shares(trace(counts, shell=shell))[1].tolist() == [[0.1, 0], [0, 0.9]]


def test_visits_have_a_picture_a_variant_on_one_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    collapsed, none = np.zeros((21, 8), int), np.zeros((21, 8), int)
    collapsed[:, 3] = 100
    traces = {"gan-minimax": trace(collapsed), "began": trace(np.full((21, 8), 12)), "veegan": trace(none)}
    monkeypatch.setattr(Sources, "trace", lambda self, experiment, dataset, variant: traces[variant])
    figure = mode_traces.draw(SUMMARY, "matched", "ring", sources(tidy()))
    shown = [axes.images[0] for axes in figure.axes if axes.images]
    assert len(shown) == 3
    assert shown[0].get_array()[3].tolist() == [1.0] * 21
    assert len({image.norm for image in shown}) == 1
    assert [[text.get_text() for text in image.axes.texts] for image in shown] == [[], [], ["no sample in a mode"]]
    darkest, middle, lightest = (mode_traces.SCALE(value) for value in (1, 0.12, 0))
    assert (darkest, lightest) == (1, 0)
    assert 0.3 < middle < 0.7


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
    summary = make_summary(["ring"], NAMES | {f"variant-{i}": f"Variant {i}" for i in range(13)}, ["matched"])
    drawn = losses.draw(summary, "matched", "ring", sources(tidy()))
    assert {axes.texts[0].get_text() for axes in drawn.axes} == {"no finite loss"}
    for figure in (drawn, balance_of(tidy())):
        figure.draw_without_rendering()
        assert figure.get_figheight() <= panels.TALLEST
    assert not recwarn.list
