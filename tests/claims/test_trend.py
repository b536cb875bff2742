"""Trends along experiments, methods or data sets, and tests that are about some experiments alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up_claims import registry, rows, summary, support, text
from pydantic import ValidationError

from modecollapse.claims.judge import judge
from modecollapse.claims.registry import Registry
from modecollapse.study.summary import StudySummary

RUNS = 12
HOLDS, FAILS, OPEN = "REPRODUCED", "NOT_REPRODUCED(below)", "INCONCLUSIVE(not_separated)"
RISING, FALLING, LEVEL = (1, 3, 5), (5, 3, 1), (3, 3, 3)
METHODS = ("gan", "ali", "veegan")
ALONG = {  # the axis, and the names of the three cells there
    "experiments": ("first", "second", "third"),
    "methods": ("GAN", "ALI", "VEEGAN"),
    "datasets": ("near", "far", "ring"),
}
TREND = {"rule": "trend", "methods": ["VEEGAN"], "datasets": ["ring"], "measure": "modes"}


def study(axis: str, means: tuple[float, ...]) -> tuple[StudySummary, pd.DataFrame]:
    """Three cells that differ along one axis, and the runs of each around its mean."""
    found, cells, tables = summary(seeds=RUNS), [], []
    for number, mean in enumerate(means):
        place = {"experiment": "matched", "dataset": "ring", "variant": "veegan"}
        name = METHODS[number] if axis == "methods" else ALONG[axis][number]
        place |= {axis.removesuffix("s").replace("method", "variant"): name}
        noise = np.random.default_rng(number).normal(0, 0.3, RUNS)
        cells.append(replace(found.cells[0], **place))
        tables.append(rows({place["variant"]: mean + noise}).assign(**place))
    near = replace(found.datasets["ring"], as_published=False)
    sets = found.datasets | ({"near": near, "far": near} if axis == "datasets" else {})
    return replace(found, cells=cells, datasets=sets), pd.concat(tables, ignore_index=True)


def told(**entry: Any) -> Registry:
    """A registry with one trend, which knows two data sets that a study defines."""
    return registry([TREND | entry], datasets=("near", "far"))


@pytest.mark.parametrize("axis", ALONG)
@pytest.mark.parametrize(("means", "verdict"), [(RISING, HOLDS), (FALLING, FAILS), (LEVEL, OPEN)])
def test_a_measure_rises_along_each_list(axis: str, means: tuple[float, ...], verdict: str) -> None:
    made, table = study(axis, means)
    [row] = judge(made, table, told(along=axis, **{axis: [*ALONG[axis]]}), "f", support).to_dict("records")
    assert text(row) == verdict


@pytest.mark.parametrize("axis", ALONG)
def test_a_list_with_a_cell_that_was_not_run_is_no_trend(axis: str) -> None:
    made, table = study(axis, RISING[:2])
    [row] = judge(made, table, told(along=axis, **{axis: [*ALONG[axis]]}), "f", support).to_dict("records")
    reason = {"experiments": "no_experiments", "methods": "no_variant", "datasets": "no_dataset"}[axis]
    assert text(row) == f"NOT_RUN({reason})"


def test_an_order_takes_two_names() -> None:
    with pytest.raises(ValidationError, match="datasets: allowed: two or more, in order"):
        told(along="datasets")


def test_other_lists_are_parts_of_their_own() -> None:
    made, table = study("methods", RISING)
    again = [replace(cell, experiment="second") for cell in made.cells]
    cells = replace(made, cells=[*made.cells, *again])
    table = pd.concat([table, table.assign(experiment="second", value=3.0)], ignore_index=True)
    parts = judge(cells, table, told(along="methods", methods=[*ALONG["methods"]]), "f", support)
    assert [text(row) for _, row in parts.iterrows()] == [HOLDS, OPEN]
    assert parts["experiment"].tolist() == ["matched", "second"]
    [named] = judge(
        cells, table, told(along="methods", methods=[*ALONG["methods"]], experiments=["second"]), "f", support
    ).to_dict("records")
    assert (named["experiment"], text(named)) == ("second", OPEN)


RUN_RULES = [
    {"rule": "values", "place": "Table 1"},
    {"rule": "share", "method": "GAN", "datasets": ["ring"], "above": 0.5,
     "any_of": [{"measure": "modes", "at_most": 1.0}]},
    {"rule": "ordering", "first": "VEEGAN", "others": ["GAN"], "datasets": ["ring"], "measures": {"modes": "more"}},
]  # fmt: skip


@pytest.mark.parametrize("test", RUN_RULES, ids=lambda test: test["rule"])
def test_a_test_is_about_the_experiments_that_it_names(test: dict[str, Any]) -> None:
    made = summary(seeds=RUNS)
    made = replace(made, cells=[*made.cells, *(replace(cell, experiment="other") for cell in made.cells)])
    table = rows({name: [5.0] * RUNS for name in METHODS})
    table = pd.concat([table, table.assign(experiment="other")], ignore_index=True)
    for names, found in ((None, {"matched", "other"}), (["other"], {"other"}), (["none"], {""})):
        parts = judge(made, table, registry([test | {"experiments": names}]), "f", support)
        assert {*parts["experiment"]} == found
    assert {*parts["reason"]} == {"not_planned"}
