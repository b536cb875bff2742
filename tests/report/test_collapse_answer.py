"""Who is named as collapsing least, which tests and nulls must allow; and what seeds can decide."""

from __future__ import annotations

import pandas as pd
import pytest
from made_up_study import CLAIMS, VARIANTS, make_summary, with_seeds

from modecollapse.claims import load
from modecollapse.report.attainable import attainable
from modecollapse.report.collapse_answer import page

SUMMARY = make_summary(["ring"], VARIANTS, ["matched"])
CELL = {"experiment": "matched", "dataset": "ring"}
NAMES = [*VARIANTS]
NULLS = {"null-uniform": (6.0, 0.5), "null-gaussian": (4.0, 0.3)}  # modes, % high quality


def answer(
    collapsed: list[int], best: list[bool], modes: list[float], quality: list[float], failed: list[str] | None = None
) -> dict:
    """The answer for the three variants, with five runs each and intervals of half a unit."""
    counts = [
        CELL | {"variant": name, "data_set": "2D Ring", "row": VARIANTS[name], "n": "5", "collapsed": str(k)}
        for name, k in zip(NAMES, collapsed, strict=True)
    ]
    ranks = [
        CELL | {"variant": name, "measure": "modes", "rank_low": 1 if one else 2}
        for name, one in zip(NAMES, best, strict=True)
    ]
    means = []
    for name, *values in zip(NAMES, modes, quality, strict=True):
        for measure, mean in zip(("modes", "high_quality_percent"), values, strict=True):
            means.append(CELL | {"variant": name, "measure": measure, "mean": mean})
    for name, values in NULLS.items():
        for measure, mean in zip(("modes", "high_quality_percent"), values, strict=True):
            means.append({"experiment": "calibration", "dataset": "ring", "variant": name, "measure": measure})
            means[-1]["mean"] = mean
    summary = pd.DataFrame(means).assign(lower=lambda t: t["mean"] - 0.5, upper=lambda t: t["mean"] + 0.5)
    tables = {"collapse": pd.DataFrame(counts), "ranks": pd.DataFrame(ranks), "summary": summary}
    [found] = page(SUMMARY, "matched", tables, {"ring": failed or []})
    return found | {key: [one["variant"] for one in found[key]] for key in ("variants", "least", "most")}


def test_the_fewest_collapsed_runs_among_the_best_are_named() -> None:
    found = answer([5, 0, 0], [False, True, True], [1, 7, 8], [90, 80, 50])
    assert (found["least"], found["most"]) == (["gan-nonsaturating", "veegan"], ["gan-minimax"])
    assert found["variants"][-1] == "gan-minimax"
    found = answer([5, 1, 0], [False, True, True], [1, 7, 8], [90, 80, 50])
    assert found["least"] == ["veegan"]


def test_nobody_is_named_whom_a_null_beats() -> None:
    found = answer([0, 0, 0], [True, True, False], [5.9, 7, 8], [90, 0.4, 50])  # in modes, and in quality
    assert (found["least"], found["beaten"], found["most"]) == ([], False, [])
    assert answer([0, 0, 0], [True, True, False], [6.2, 6, 6], [0.6, 0.5, 0.9])["beaten"]  # not by its interval
    assert answer([0, 0, 5], [True, True, False], [7, 6, 8], [0.1, 0.1, 0.1], ["high_quality_percent"])["least"] == [
        "gan-minimax"
    ]  # a measure that real data fail says nothing


def test_nobody_is_named_where_no_test_separates() -> None:
    found = answer([0, 1, 2], [True, True, True], [8, 8, 7], [90, 80, 70])
    assert (found["least"], found["separated"]) == ([], False)


@pytest.mark.parametrize(("seeds", "reach"), [(5, "45"), (30, "10")])
def test_what_so_many_seeds_can_decide(seeds: int, reach: str) -> None:
    """With all agreeing runs at a bound an interval at 90 percent spans 1 - .05^(1/n) of the range."""
    summary = with_seeds(make_summary(["ring", "grid"], VARIANTS, ["matched"]), list(range(seeds)))
    [row] = attainable(summary, load(CLAIMS))
    assert (row["seeds"], row["reach"]) == (str(seeds), reach)
    assert int(row["tests"]) == sum(int(row[way]) for way in ("either", "hold", "refute", "nothing")) > 10
