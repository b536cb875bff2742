"""Interval plots: what stands where, and who may be called best."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from made_up_study import VARIANTS, make_summary
from made_up_training import rows, tidy
from matplotlib.figure import Figure

from modecollapse.errors import StudyError
from modecollapse.report import style
from modecollapse.report.figures import Sources, intervals, panels

SUMMARY = make_summary(["ring"], VARIANTS, ["matched"])
MEASURES = list(SUMMARY.measures)
KEY = {"experiment": "matched", "dataset": "ring"}
MEANS = {"gan-minimax": 2.0, "gan-nonsaturating": 4.0, "veegan": 7.0}


def sources(nulls: float = 3.0, ranks: dict[str, int] | None = None, reach: float = 0.5) -> Sources:
    """Three variants, whose intervals reach so far from their means, by each measure; one null and an oracle."""
    cells = [KEY | {"variant": variant, "mean": mean} for variant, mean in MEANS.items()]
    calibration = {"experiment": "calibration", "dataset": "ring"}
    cells += [calibration | {"variant": "oracle", "mean": 8.0}]
    cells += [calibration | {"variant": "null-uniform", "mean": nulls}]
    made = [
        cell | {"measure": m, "lower": cell["mean"] - reach, "upper": min(8.0, cell["mean"] + reach)}
        for cell in cells
        for m in MEASURES
    ]
    ranks = ranks or {"gan-minimax": 3, "gan-nonsaturating": 2, "veegan": 1}
    places = [KEY | {"variant": v, "measure": m, "rank_low": low} for v, low in ranks.items() for m in MEASURES]
    chances = {"superiority": 0.9, "superiority_lower": 0.6, "superiority_upper": 1.02, "better": "veegan"}
    baseline = [KEY | {"variant": "veegan", "measure": m, **chances} for m in MEASURES]
    values = [row for v, mean in MEANS.items() for m in MEASURES for row in rows(v, m, [mean - 1, mean + 1])]
    tables = {"summary": pd.DataFrame(made), "ranks": pd.DataFrame(places), "baseline": pd.DataFrame(baseline)}
    return Sources(tidy(values), tables, [], {}, Path())


def drawn(found: Sources) -> Figure:
    with style.styled():
        return intervals.draw(SUMMARY, "matched", "ring", found)


def full(figure: Figure, panel: int) -> list[float]:
    """Where in a panel there are full marks."""
    lines = [line for line in figure.axes[panel].lines if line.get_marker() in ("o", "s")]
    return [float(line.get_ydata()[0]) for line in lines if line.get_markerfacecolor() == panels.COLOUR]


@pytest.mark.parametrize(
    ("found", "best"),
    [
        (sources(), ["veegan"]),
        (sources(nulls=7.5), []),  # a null is above
        (sources(nulls=6.6), []),  # a null is within its interval
        (sources(ranks=dict.fromkeys(VARIANTS, 1)), []),  # no test separates any two
        (sources(ranks={"gan-minimax": 2, "gan-nonsaturating": 1, "veegan": 1}), ["gan-nonsaturating", "veegan"]),
        (sources(nulls=5, ranks={"gan-minimax": 2, "gan-nonsaturating": 1, "veegan": 1}), ["veegan"]),
    ],
    ids=["separated", "below a null", "about a null", "not separated", "two", "one of two below a null"],
)
def test_the_best_is_above_the_nulls_and_separated_by_tests(found: Sources, best: list[str]) -> None:
    assert intervals.best(SUMMARY, "matched", "ring", "modes", found) == best
    assert full(drawn(found), 0) == [list(VARIANTS).index(name) for name in best]


def test_where_less_is_better_the_best_is_below_the_nulls() -> None:
    ranks = {"gan-minimax": 1, "gan-nonsaturating": 2, "veegan": 3}
    assert intervals.best(SUMMARY, "matched", "ring", "reverse_kl", sources(3.0, ranks)) == ["gan-minimax"]
    assert intervals.best(SUMMARY, "matched", "ring", "reverse_kl", sources(2.4, ranks)) == []


def test_a_measure_beside_the_chance_to_beat_the_baseline() -> None:
    figure = drawn(sources())
    modes, chance = figure.axes[:2]
    names = [text.get_text() for text in modes.get_yticklabels()]
    assert names == list(VARIANTS.values())
    assert modes.get_title() == "Modes captured"
    ends = [tuple(line.get_xdata()) for line in modes.lines if line.get_zorder() == intervals.INTERVAL["zorder"]]
    assert ends == [(1.5, 2.5), (3.5, 4.5), (6.5, 7.5)]
    [nulls] = modes.patches
    assert (nulls.get_x(), nulls.get_x() + nulls.get_width()) == (2.5, 3.5)
    assert [line.get_xdata()[0] for line in modes.lines if line.get_linestyle() == "--"] == [8.0]
    runs = [tuple(offset) for part in modes.collections for offset in part.get_offsets()]
    assert sorted(runs) == [(mean + by, y + intervals.BELOW) for y, mean in enumerate(MEANS.values()) for by in (-1, 1)]
    assert chance.get_title() == "Chance to beat\nGAN (non-saturating)"
    [end] = [line for line in chance.lines if len(line.get_xdata()) == 2 and line.get_zorder() == 4]
    assert (list(end.get_xdata()), list(end.get_ydata())) == ([0.6, 1.0], [2, 2])  # no chance is above 1
    assert full(figure, 1) == [2]


def test_without_a_baseline_there_are_no_empty_panels() -> None:
    found = sources()
    nothing = Sources(found.measures, found.tables | {"baseline": found.tables["baseline"].iloc[:0]}, [], {}, Path())
    figure = drawn(nothing)
    assert [axes.get_title() for axes in figure.axes if axes.axison] == [
        "Modes captured", "% high quality samples", "Reverse KL (nats)",
    ]  # fmt: skip
    with pytest.raises(StudyError, match="ranks.csv: matched/ring/gan-minimax, modes: no row"):
        drawn(Sources(found.measures, found.tables | {"ranks": found.tables["ranks"].iloc[:0]}, [], {}, Path()))


def test_thirteen_variants_fit_on_a_page(large_report: SimpleNamespace) -> None:
    with style.styled():
        for name in large_report.summary.datasets:
            figure = intervals.draw(large_report.summary, "matched", name, large_report.sources)
            assert figure.get_figheight() <= panels.TALLEST + 1e-9
