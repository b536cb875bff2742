"""Figures of convergence: what the marks stand for, the same bytes whatever the order of rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from made_up_study import make_summary
from made_up_training import EVALUATIONS, STEPS, rows, series, tidy, trace
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse.measures.convergence import HEADLINES
from modecollapse.report import convergence as tables
from modecollapse.report import layout, style
from modecollapse.report.figures import balance, convergence, losses, panels, visits
from modecollapse.report.figures.measured import CELL, Measured
from modecollapse.study.summary import StudySummary

NAMES = {"gan-minimax": "GAN (minimax)", "began": "BEGAN", "veegan": "VEEGAN"}
MANY = {f"variant-{i}": f"Variant {i}" for i in range(13)}
SUMMARY = make_summary(["ring", "stacked-digits"], NAMES, ["matched"])
COVERED = "coverage_time:1"
WINDOWS = len(EVALUATIONS) - 1
RISING = list(np.linspace(0.0, 1.0, WINDOWS))


def measured(table: pd.DataFrame) -> Measured:
    return Measured(table, pd.DataFrame(columns=CELL), None)


def panel(figure: Figure, title: str) -> Axes:
    """The panel whose title begins so."""
    return next(axes for axes in figure.axes if " ".join(axes.get_title().split()).startswith(title))


def marks(axes: Axes, marker: str) -> list[tuple[float, float, bool]]:
    """(x, y, whether filled) of the marks of a kind in a panel."""
    found = []
    for line in axes.lines:
        if line.get_marker() == marker:
            filled = line.get_markerfacecolor() != "white"
            found += [(float(x), float(y), filled) for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]
    return sorted(found)


def drawn(table: pd.DataFrame, dataset: str = "ring", summary: StudySummary = SUMMARY) -> Figure:
    return convergence.draw(summary, "matched", dataset, measured(table))


def test_runs_are_ticks_and_what_did_not_come_an_open_mark() -> None:
    late = ["ok", "ok", "ok", "censored", "censored"]
    table = tidy(
        rows("gan-minimax", COVERED, [100.0, 120.0, 140.0, STEPS, STEPS], late),
        rows("began", COVERED, [STEPS] * 5, "censored"),
        rows("veegan", COVERED, [STEPS] * 4 + [60.0], ["censored"] * 4 + ["ok"]),
    )
    axes = panel(drawn(table), "Steps to full coverage")
    assert marks(axes, "|") == [(60, 2, True), (100, 0, True), (120, 0, True), (140, 0, True)]
    assert marks(axes, "o") == [(140, 0, True), (STEPS, 1, False), (STEPS, 2, False)]
    assert marks(axes, ">") == [(STEPS, 0, False)]  # hidden by the median in the other rows


def test_of_divergence_there_is_the_share_of_runs() -> None:
    axes = panel(drawn(tidy(rows("veegan", "diverged", [1, 0, 0, 1, 0]))), "Blow-up (share")
    assert marks(axes, "o") == [(0.4, 2, True)]
    assert marks(axes, "|") == []
    assert axes.get_xlim() == (-0.05, 1.05)


def test_a_measure_that_a_variant_has_not_says_so() -> None:
    axes = panel(drawn(tidy(rows("veegan", "D_from_half", [0.1] * 5))), "|D - 1/2|")
    assert [(text.get_text(), text.get_position()[1]) for text in axes.texts] == [("none", 0), ("none", 1)]


@pytest.mark.parametrize(("values", "scale"), [([1e-4, 1.0, 2.0], "log"), ([0.0, 1.0, 2.0], "linear")])
def test_ratios_are_powers_unless_one_is_zero(values: list[float], scale: str) -> None:
    axes = panel(drawn(tidy(rows("veegan", "last_to_first:grad_norm_G", values))), "G's gradient")
    assert axes.get_xscale() == scale
    low, high = axes.get_xlim()
    assert low < min(values)
    assert high > max(values)


def test_a_panel_a_measure_that_the_data_set_has() -> None:
    assert len(drawn(tidy()).axes) == len(HEADLINES)
    summary = replace(SUMMARY, measures={"high_quality_percent": SUMMARY.measures["high_quality_percent"]})
    assert len(drawn(tidy(), "stacked-digits", summary).axes) == len(HEADLINES) - len(tables.OF_MODES)


def test_names_stand_once_in_a_row_of_panels() -> None:
    names = [[text.get_text() for text in axes.get_yticklabels()] for axes in drawn(tidy()).axes]
    assert [labels for labels in names if any(labels)] == [list(NAMES.values())] * 2


def losses_of(*parts: list[dict]) -> Figure:
    return losses.draw(SUMMARY, "matched", "ring", tidy(*parts))


def curve(axes: Axes, width: float) -> list[tuple[list[float], list[float]]]:
    """The lines of a width in a panel."""
    lines = [line for line in axes.lines if line.get_linewidth() == width and line.get_marker() == "None"]
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in lines]


def test_losses_show_every_seed_and_the_mean_of_those_that_still_have_one() -> None:
    runs = [[1.0] * WINDOWS, [3.0] * 5]
    axes = panel(losses_of(series("veegan", "mean_loss_D", runs)), "VEEGAN (1 diverged)")
    assert [len(y) for _, y in curve(axes, losses.SEED["linewidth"])] == [WINDOWS, 5]
    steps, mean = curve(axes, mpl.rcParams["lines.linewidth"])[0]
    assert steps == EVALUATIONS[1:]
    assert mean == [2.0] * 5 + [1.0] * (WINDOWS - 5)
    assert marks(axes, "x") == [(100, 3.0, True)]


def test_a_run_that_explodes_ends_at_the_edge_of_its_panel() -> None:
    exploding = [*RISING[:4], 1e30, np.inf, np.inf]
    runs = [RISING, RISING, RISING, RISING, exploding]
    axes = panel(losses_of(series("veegan", "mean_loss_G", runs)), "VEEGAN (1 diverged)")
    assert axes.get_ylim()[1] < 2
    assert marks(axes, "x") == [(100, axes.get_ylim()[1], True)]


def test_colours_tell_whose_loss_it_is() -> None:
    parts = [series("veegan", f"mean_loss_{symbols}", [RISING]) for symbols in ("D", "GF", "F")]
    figure = losses_of(*parts)
    shown = {line.get_color() for line in panel(figure, "VEEGAN").lines}
    assert shown == {losses.COLOURS["D"], losses.COLOURS["G"], losses.COLOURS[None]}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [*losses.NAMES.values(), "a run diverged"]
    few = losses_of(parts[0])
    assert [text.get_text() for text in few.legends[0].get_texts()] == ["D's loss", "a run diverged"]


def test_each_variant_has_a_scale_of_its_own() -> None:
    figure = losses_of(series("veegan", "mean_loss_D", [RISING]), series("began", "mean_loss_D", [[99.0] * WINDOWS]))
    assert panel(figure, "VEEGAN").get_ylim()[1] < 2
    assert panel(figure, "BEGAN").get_ylim()[0] > 90
    assert not panel(figure, "GAN").lines


def test_visits_are_shares_of_all_samples_by_the_last_rule() -> None:
    counts, shell = np.array([[0, 0], [50, 25]]), np.array([[10, 0], [0, 90]])
    steps, held = visits.shares(trace(counts).sample(frac=1, random_state=1))
    assert list(steps) == EVALUATIONS[:2]
    assert held.tolist() == [[0, 0.5], [0, 0.25]]
    assert visits.shares(trace(counts, shell=shell))[1].tolist() == [[0.1, 0], [0, 0.9]]


def test_visits_have_a_picture_a_variant_on_one_scale() -> None:
    collapsed, even = np.zeros((21, 8), int), np.full((21, 8), 12)
    collapsed[:, 3] = 100
    traces = {"gan-minimax": trace(collapsed), "began": trace(even), "veegan": trace(even)}
    figure = visits.draw(SUMMARY, "matched", "ring", traces)
    images = [axes.images[0] for axes in figure.axes if axes.images]
    assert len(images) == 3
    assert images[0].get_array()[3].tolist() == [1.0] * 21
    assert len({image.norm for image in images}) == 1
    darkest, middle, none = (visits.SCALE(value) for value in (1, 0.12, 0))
    assert (darkest, none) == (1, 0)
    assert 0.3 < middle < 0.7


def balance_of(table: pd.DataFrame, dataset: str = "ring", summary: StudySummary = SUMMARY) -> Figure:
    return balance.draw(summary, "matched", dataset, measured(table))


def in_balance(variant: str, dataset: str = "ring") -> list[dict]:
    values = {"mean_state_M_global": 0.9, "mean_seen_L_x": 0.6, "mean_seen_L_G": 0.3, "mean_state_k": 0.1}
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
    assert [line.get_label() for line in figure.axes[4].lines] == [
        "$M_{global}$: no finite value"
    ]  # VEEGAN has none of it here
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


@pytest.mark.parametrize("many", [False, True])
def test_nothing_to_draw_is_drawn_without_a_warning(many: bool, recwarn: pytest.WarningsRecorder) -> None:
    summary = make_summary(["ring"], MANY if many else NAMES, ["matched"])
    empty = tidy()
    figures = [
        convergence.draw(summary, "matched", "ring", measured(empty)),
        losses.draw(summary, "matched", "ring", empty),
    ]
    figures += [] if many else [balance_of(empty, summary=summary)]
    assert {axes.texts[0].get_text() for axes in figures[1].axes} == {"no finite loss"}
    for figure in figures:
        figure.draw_without_rendering()
        assert figure.get_figheight() <= panels.TALLEST
    assert not recwarn.list


def test_bytes_repeat_whatever_the_order_of_rows(tmp_path: Path) -> None:
    late = ["ok", "censored", "ok", "censored", "ok"]
    parts = [in_balance("began"), rows("veegan", COVERED, [100.0, STEPS, 300.0, STEPS, 200.0], late)]
    parts += [series("veegan", f"mean_loss_{s}", [RISING, RISING[:7]]) for s in ("D", "GF")]
    table = tidy(*parts)
    seen = trace(np.arange(21 * 8).reshape(21, 8) % 12)
    files: dict[str, list[bytes]] = {}
    for i, shuffled in enumerate((table, table.sample(frac=1, random_state=2))):
        with style.styled():
            traces = dict.fromkeys(layout.variants(SUMMARY, "matched", "ring"), seen.sample(frac=1, random_state=i))
            shown = {
                "convergence": drawn(shuffled),
                "losses": losses.draw(
                    SUMMARY, "matched", "ring", shuffled[shuffled["measure"].str.startswith(losses.LOSS)]
                ),
                "visits": visits.draw(SUMMARY, "matched", "ring", traces),
                "balance": balance_of(shuffled),
            }
            for name, figure in shown.items():
                path = style.save(figure, tmp_path / f"{name}-{i}.svg")
                files.setdefault(name, []).append(path.read_bytes())
    for name, (first, second) in files.items():
        assert first == second, name
