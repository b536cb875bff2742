"""Figures of the whole study: published numbers, profiles and claims."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_study import MANY, VARIANTS, make_summary
from made_up_training import rows, tidy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse.claims.judge import COLUMNS
from modecollapse.report import style, verdict_words
from modecollapse.report.figures import Sources, claims, panels, profile, published
from modecollapse.statistics.intervals import clopper_pearson
from modecollapse.study.summary import StudySummary

SUMMARY = make_summary(["ring", "grid"], VARIANTS, ["matched"])
METHODS = {"gan-minimax": "GAN", "veegan": "VEEGAN"}


def number(variant: str, measure: str = "modes", dataset: str = "ring", **others: str) -> dict[str, str]:
    """A published number that was measured, a row of verdicts.csv as text."""
    experiment, method = others.get("experiment", "matched"), METHODS.get(variant, variant)
    row = dict.fromkeys(COLUMNS, "") | {"rule": "values", "role": "primary", "experiment": "matched", "n": "10.0"}
    row |= {"variant": variant, "measure": measure, "dataset": dataset, "published": "2.8"}
    row |= {"part": f"V7/{experiment}/{dataset}/{variant}/{measure}/{method}/0"}
    row |= {"estimate": "7.0", "lower": "6.0", "upper": "7.5"}
    row |= {"rounding": "0.05", "margin": "0.8", "margin_kind": "absolute"}
    row |= {"outcome": "NOT_REPRODUCED", "reason": "above"}
    return row | {"at_budget_outcome": "NOT_REPRODUCED", "at_budget_reason": "above"} | others


def sources(**tables: pd.DataFrame) -> Sources:
    return Sources(pd.DataFrame(), tables, [], {}, Path())


def drawn(*found: dict[str, str], summary: StudySummary = SUMMARY) -> Figure:
    with style.styled():
        return published.draw(summary, sources(verdicts=pd.DataFrame(list(found), columns=COLUMNS)))


def marks(axes: Axes, marker: str) -> list[tuple[float, float]]:
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [(float(x), float(y)) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]


def zones(axes: Axes) -> list[list[float]]:
    """The ends of the zones, without the lines that lead the eye."""
    ends = [part.get_paths()[0].get_extents() for part in axes.collections]
    return [[round(end.x0, 6), round(end.x1, 6)] for end in ends]


@pytest.mark.parametrize(
    ("text", "rounding", "margin", "kind", "ends"),
    [
        ("2.8", "0.05", "0.8", "absolute", (1.95, 3.65)),
        ("8", "0.05", "0.8", "absolute", (7.15, 8.85)),  # printed for 8.0
        ("0.00844", "5e-06", "0.001688", "absolute", (0.006747, 0.010133)),
        ("99", "0.5", "1.5", "factor", (98.5 / 1.5, 99.5 * 1.5)),
        ("50", "0", "1.5", "odds", (40, 60)),
    ],
)
def test_the_zone_around_a_published_number(
    text: str, rounding: str, margin: str, kind: str, ends: tuple[float, float]
) -> None:
    row = number("veegan", published=text, rounding=rounding, margin=margin, margin_kind=kind)
    assert published.zone(row) == pytest.approx(ends)


def test_a_number_its_zone_and_what_was_measured() -> None:
    others = json.dumps([{"title": "PacGAN", "printed": "6.3", "spread": "0.5"}])
    [axes] = drawn(number("gan-minimax", remeasured=others), number("veegan", published="8")).axes
    assert axes.get_title(loc="left") == "2D Ring: Modes captured"
    assert [text.get_text() for text in axes.get_yticklabels()] == ["GAN", "VEEGAN"]
    assert marks(axes, "|") == [(2.8, 0), (8.0, 1)]
    assert marks(axes, "D") == [(6.3, 0)]
    assert marks(axes, "X") == [(7.0, 0), (7.0, 1)]
    assert zones(axes) == [[1.95, 3.65], [7.15, 8.0]]  # not above the eight modes that there are
    bars = [list(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 1.1]
    assert bars == [[6.0, 7.5], [6.0, 7.5]]


def test_an_axis_is_even_in_what_the_margin_is() -> None:
    found = {
        "measure": "high_quality_percent",
        "margin_kind": "odds",
        "margin": "1.5",
        "rounding": "0",
        "estimate": "0",
    }
    rows = [number("veegan", published=text) | found for text in ("0.5", "50")]
    [axes] = drawn(*rows).axes
    widths = [np.diff(axes.transData.transform([[x, 0] for x in ends])[:, 0])[0] for ends in zones(axes)]
    assert widths[0] == pytest.approx(widths[1])
    assert marks(axes, "X")[0][0] == axes.get_xlim()[0]  # 0 % is at the end of the axis


@pytest.mark.parametrize("outcome", ["REPRODUCED", "INCONCLUSIVE", "NOT_REPRODUCED"])
def test_colour_and_shape_are_the_verdict_and_the_mark_is_hollow_where_it_is_open(outcome: str) -> None:
    figure = drawn(number("veegan", outcome="INCONCLUSIVE", reason="still_moving", at_budget_outcome=outcome))
    [dot] = [line for line in figure.axes[0].lines if line.get_marker() == verdict_words.SHAPES[outcome]]
    assert dot.get_color() == verdict_words.COLOURS[outcome]
    is_open = outcome != "INCONCLUSIVE"
    assert (dot.get_markerfacecolor() == "white") == is_open
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    shown = ["published", "zone that reproduces it", f"ours: {verdict_words.WORDS[outcome]}"]
    assert words == shown + [published.MOVING] * is_open


def test_outcomes_differ_in_shape_and_in_grey() -> None:
    shapes, colours = verdict_words.SHAPES.values(), verdict_words.COLOURS.values()
    assert len(set(shapes)) == len(verdict_words.WORDS)
    grey = [np.dot([int(colour[i : i + 2], 16) for i in (1, 3, 5)], [0.3, 0.59, 0.11]) for colour in colours]
    assert min(np.diff(sorted(grey))) > 5


def test_every_number_of_data_sets_that_are_run_and_how_many_others_there_are() -> None:
    missing = {
        "n": "",
        "margin": "",
        "margin_kind": "",
        "rounding": "",
        "estimate": "",
        "lower": "",
        "upper": "",
        "experiment": "",
        "at_budget_outcome": "NOT_RUN",
    }
    found = [number("veegan", m, d) for d in ("grid", "ring") for m in ("reverse_kl", "modes")]
    found += [number("gan-minimax", **missing), number("veegan", dataset="cifar10", **missing)]
    figure = drawn(*found, number("gan-nonsaturating", role="sensitivity"))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [f"{d}: {m}" for d in ("2D Ring", "2D Grid") for m in ("Modes captured", "Reverse KL (nats)")]
    assert len(marks(figure.axes[0], "|")) == 2
    assert len(marks(figure.axes[0], "X")) == 1
    assert figure.legends[0].get_title().get_text() == "1 further published numbers have no run in this study."


def test_of_two_experiments_the_values_lie_below_each_other() -> None:
    summary = make_summary(["ring"], VARIANTS, ["matched", "published"])
    second = number("veegan", experiment="published", estimate="3.0")
    figure = drawn(number("veegan"), second, summary=summary)
    (first, above), (last, below) = marks(figure.axes[0], "X")
    assert (first, last) == (7.0, 3.0)
    assert above == -below < 0
    assert "from above: matched" in figure.legends[0].get_title().get_text()


def test_an_infinite_or_missing_mean_leaves_the_published_number() -> None:
    [axes] = drawn(number("veegan", estimate="", lower="", upper="", at_budget_outcome="INCONCLUSIVE")).axes
    assert (marks(axes, "s"), marks(axes, "|")) == ([], [(2.8, 0)])


def test_all_numbers_fit_on_a_page_and_none_are_a_sentence() -> None:
    summary = make_summary(["ring", "grid", "stacked-digits", "gaussians-1200d"], MANY, ["matched"])
    found = [number(v, m, d) for v in MANY for d in summary.datasets for m in SUMMARY.measures]
    figure = drawn(*found, summary=summary)
    assert figure.get_figheight() <= panels.TALLEST + 1e-9
    figure = drawn()
    assert figure.axes == []
    assert figure.texts[0].get_text() == "No run of this study is about a published number."


def test_a_profile_is_the_share_of_runs_with_at_least_so_many_modes() -> None:
    values = {"ring": [8.0, 4.0, 2.0], "grid": [25.0]}
    table = tidy(*[rows("veegan", "modes", own, dataset=name) for name, own in values.items()])
    found = replace(sources(), measures=table)
    assert list(profile.scores(SUMMARY, "matched", "veegan", found)) == [1.0, 0.5, 0.25, 1.0]
    x, share, low, high = profile.profile(np.array([1.0, 0.5, 0.25, 1.0]))
    assert (list(x), list(share)) == ([0.0, 0.25, 0.5, 1.0], [1.0, 1.0, 0.75, 0.5])
    assert (low[-1], high[-1]) == pytest.approx(clopper_pearson(2, 4, 0.95))
    with style.styled():
        figure = profile.draw(SUMMARY, found)
    assert [axes.get_title() for axes in figure.axes] == ["VEEGAN"]  # the others have no runs here


def claim(name: str, outcome: str, by: str = "runs", **others: str) -> dict[str, str]:
    return {"claim": name, "source": "began-blog", "decided_by": by, "outcome": outcome} | others


def test_a_matrix_of_claims_by_what_decides_them() -> None:
    found = [claim("B10", "REPRODUCED", "computation"), claim("B2", "NOT_RUN"), claim("B3", "NOT_REPRODUCED")]
    found += [claim("B3", "INCONCLUSIVE"), claim("L1", "PARTIALLY", "computation", source="lsgan-blog")]
    with style.styled():
        figure = claims.draw(SUMMARY, sources(claims=pd.DataFrame(found)))
    [axes] = figure.axes
    words = [text.get_text() for text in axes.texts]
    assert words == ["BEGAN post", "B2", "B3", "B10", "LSGAN post", "L1"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["by computation", "by runs", "by computation"]
    assert [(x, line.get_marker()) for line in axes.lines for x in line.get_xdata()] == [
        (2.5, "o"), (0.5, "."), (1.5, "X"), (1.5, "s"), (0.5, "P"),
    ]  # fmt: skip
    halves = [patch for patch in axes.patches if patch.get_x() == 1.05]
    assert [round(half.get_height(), 2) for half in halves] == [0.45, 0.45]
    assert halves[0].get_y() < halves[1].get_y()  # the first experiment is above: the axis runs down
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "reproduced", "not reproduced", "in part", "inconclusive", "not run",
    ]  # fmt: skip
