"""Every number that the report prints carries an id that leads back to the table it stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from modecollapse.audit import explain
from modecollapse.audit.bundle import Bundle

# First parts of ids whose numbers are counts over tables, the plan, the measures' files or the run records.
OF_STUDY = {"variants", "datasets", "seeds", "cells", "runs", "diverged", "level", "seed_list", "root_seed", "wall"}
OF_STUDY |= {"first_seed", "alpha", "reach_percent", "runs_for_tenth", "ceiling", "budget_known", "ring"}
OF_STUDY |= {"budget_below", "budget_least", "verdicts", "count", "comparisons", "measure", "option"}
OF_STUDY |= {"recipe", "cost", "environment", "sha256", "audit", "poster"}
# And those of values that are read from a row, rounded or in words.
OF_ROWS = {"matched", "baseline", "collapse", "verdict", "claim"}


@pytest.fixture(scope="module")
def bundle(honest_study: Path) -> Bundle:
    return Bundle(honest_study)


@pytest.fixture(scope="module")
def printed(bundle: Bundle) -> dict[str, str]:
    return explain.ids(bundle)


def test_every_id_is_of_a_known_kind_and_a_count_is_that_of_its_row(bundle: Bundle, printed: dict[str, str]) -> None:
    assert len(printed) > 400
    assert {value_id.split("/")[0] for value_id in printed} <= OF_STUDY | OF_ROWS
    for row in bundle.table("collapse.csv").to_dict("records"):
        cell = "/".join(["collapse", row["experiment"], row["dataset"], row["variant"]])
        assert [printed[f"{cell}/{column}"] for column in ("n", "collapsed")] == [row["n"], row["collapsed"]]


def test_a_value_of_a_row_leads_to_it(bundle: Bundle, printed: dict[str, str]) -> None:
    of_rows = [value_id for value_id in printed if value_id.split("/")[0] in OF_ROWS]
    assert len(of_rows) > 300
    lost = [value_id for value_id in of_rows if not explain.table_rows(bundle, value_id)]
    assert [value_id for value_id in lost if "/elsewhere/" not in value_id] == []  # other papers' numbers: claims.yaml
