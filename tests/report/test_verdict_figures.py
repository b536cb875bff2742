"""Figures of published numbers and of ranks: what stands where, and the same bytes whatever the order of rows."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from made_up_study import MANY, VARIANTS, make_summary
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modecollapse.claims.judge import COLUMNS
from modecollapse.comparisons.rankings import TYPES
from modecollapse.errors import StudyError
from modecollapse.report import style, verdicts
from modecollapse.report.figures import Sources, forest, panels, rank_sets
from modecollapse.study.summary import StudySummary

SUMMARY = make_summary(["ring", "grid"], VARIANTS, ["matched"])


def number(variant: str, measure: str = "modes", dataset: str = "ring", **others: str) -> dict[str, str]:
    """A published number that was measured, a row of verdicts.csv as text."""
    row = dict.fromkeys(COLUMNS, "") | {"rule": "values", "experiment": "matched", "n": "10.0", "published": "2.8"}
    row |= {"variant": variant, "measure": measure, "dataset": dataset, "part": f"V7/{dataset}/{variant}/{measure}"}
    row |= {"estimate": "7.0", "lower": "6.0", "upper": "7.5"}
    row |= {"rounding": "0.05", "margin": "0.8", "margin_kind": "absolute"}
    return row | {"at_budget_outcome": "NOT_REPRODUCED", "at_budget_reason": "above"} | others


def drawn(*rows: dict[str, str], summary: StudySummary = SUMMARY) -> Figure:
    with style.styled():
        return forest.draw(summary, "matched", pd.DataFrame(list(rows), columns=COLUMNS))


def marks(axes: Axes, marker: str) -> list[tuple[float, float]]:
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [(float(x), float(y)) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]


def bars(axes: Axes, width: float) -> list[tuple[list[float], float]]:
    lines = [line for line in axes.lines if line.get_linewidth() == width and line.get_marker() == "None"]
    return [([round(float(x), 9) for x in line.get_xdata()], float(line.get_ydata()[0])) for line in lines]


@pytest.mark.parametrize(
    ("published", "rounding", "margin", "ends"),
    [
        ("2.8", "0.05", "0.8", (1.95, 3.65)),
        ("8", "0.05", "0.8", (7.15, 8.85)),  # printed for 8.0
        ("0.00844", "5e-06", "0.001688", (0.006747, 0.010133)),
        ("99", "0.5", "× 1.5", (98.5 / 1.5, 99.5 * 1.5)),
    ],
)
def test_the_zone_around_a_published_number(
    published: str, rounding: str, margin: str, ends: tuple[float, float]
) -> None:
    kind = "factor" if margin.startswith("×") else "absolute"
    row = number("veegan", published=published, rounding=rounding, margin=margin.strip("× "), margin_kind=kind)
    assert forest.zone(row) == pytest.approx(ends)


def test_a_number_its_zone_and_what_was_measured() -> None:
    others = json.dumps([{"title": "PacGAN", "printed": "6.3", "spread": "0.5"}])
    [axes] = drawn(number("gan-minimax", remeasured=others), number("veegan", published="8")).axes
    assert axes.get_title() == "2D Ring: Modes captured"
    assert [text.get_text() for text in axes.get_yticklabels()] == ["GAN (minimax)", "VEEGAN"]
    assert marks(axes, "|") == [(2.8, 0), (8.0, 1)]
    assert marks(axes, "D") == [(6.3, 0)]
    assert marks(axes, "o") == [(7.0, 0), (7.0, 1)]
    assert bars(axes, forest.ZONE["linewidth"]) == [([1.95, 3.65], 0), ([7.15, 8.85], 1)]
    assert bars(axes, 1.3) == [([6.0, 7.5], 0), ([6.0, 7.5], 1)]


@pytest.mark.parametrize(
    ("outcome", "filled"), [("REPRODUCED", True), ("INCONCLUSIVE", False), ("NOT_REPRODUCED", True)]
)
def test_the_colour_is_the_verdict_at_the_budget_that_was_run(outcome: str, filled: bool) -> None:
    figure = drawn(number("veegan", outcome="INCONCLUSIVE", reason="still_moving", at_budget_outcome=outcome))
    [dot] = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert dot.get_color() == verdicts.COLOURS[outcome]
    assert (dot.get_markerfacecolor() == dot.get_color()) == filled
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["published", "margin around it", verdicts.WORDS[outcome]]


def test_a_row_of_panels_a_data_set_in_the_order_of_the_study() -> None:
    rows = [number("veegan", m, d) for d, m in product(("grid", "ring"), ("reverse_kl", "modes"))]
    titles = [axes.get_title() for axes in drawn(*rows).axes]
    assert titles == [f"{d}: {m}" for d in ("2D Ring", "2D Grid") for m in ("Modes captured", "Reverse KL (nats)")]
    assert len(drawn(*rows, number("veegan") | {"experiment": "published"}).axes) == 4


def test_an_infinite_or_missing_mean_leaves_the_published_number() -> None:
    [axes] = drawn(number("veegan", estimate="", lower="", upper="", at_budget_outcome="INCONCLUSIVE")).axes
    assert (marks(axes, "o"), marks(axes, "|")) == ([], [(2.8, 0)])
    [axes] = drawn(number("veegan", lower="", upper="")).axes
    assert (marks(axes, "o"), bars(axes, 1.3)) == ([(7.0, 0)], [])


def test_a_large_forest_fits_on_a_page_and_an_empty_one_is_drawn() -> None:
    summary = make_summary(["ring", "grid", "stacked-digits", "gaussians-1200d"], MANY, ["matched"])
    rows = [number(v, "modes", d) for v in MANY for d in summary.datasets]
    figure = drawn(*rows, summary=summary)
    assert figure.get_figheight() <= panels.TALLEST + 1e-9
    assert drawn().axes == []


def rank(variant: str, measure: str = "modes", **others: float) -> dict[str, object]:
    row = {"experiment": "matched", "dataset": "ring", "measure": measure, "variant": variant, "n": 5, "mean": 7.0}
    return row | {"rank": 1.5, "rank_low": 1, "rank_high": 2, "best_share": 0.5, "best_three_share": 1.0} | others


def ranked(*rows: dict[str, object], summary: StudySummary = SUMMARY) -> Figure:
    with style.styled():
        table, nothing = pd.DataFrame(list(rows), columns=list(TYPES)), pd.DataFrame()
        return rank_sets.draw(summary, "matched", "ring", Sources(nothing, nothing, nothing, table, [], {}, Path(), {}))


def test_a_rank_set_reaches_from_the_best_to_the_worst_rank() -> None:
    last = {"rank": 3.0, "rank_low": 3, "rank_high": 3}
    rows = [rank(v, m, **(last if v == "veegan" else {})) for v in VARIANTS for m in SUMMARY.measures]
    figure = ranked(*rows)
    axes = figure.axes[0]
    assert [a.get_title().replace("\n", " ") for a in figure.axes] == [
        "Modes captured", "% high quality samples", "Reverse KL (nats)",
    ]  # fmt: skip
    assert bars(axes, rank_sets.SET["linewidth"]) == [([0.6, 2.4], 0), ([0.6, 2.4], 1), ([2.6, 3.4], 2)]
    assert marks(axes, "o") == [(1.5, 0), (1.5, 1), (3.0, 2)]
    assert [text.get_text() for text in axes.get_yticklabels()] == list(VARIANTS.values())
    assert list(axes.get_xticks()) == [1, 3]
    with pytest.raises(StudyError, match="ranks.csv: matched/ring/veegan, reverse_kl: no row"):
        ranked(*rows[:-1])
