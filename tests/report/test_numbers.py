"""Every number that the report prints carries an id that leads back to the table it stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from modecollapse.audit import explain
from modecollapse.audit.bundle import Bundle

# First parts of ids whose numbers are counts over tables, the plan, the measures' files or the run records.
OF_STUDY = {"variants", "datasets", "seeds", "cells", "runs", "diverged", "level", "seed_list", "root_seed", "wall"}
OF_STUDY |= {"first_seed", "alpha", "reach", "reach_percent", "runs_for_tenth", "ceiling", "budget_known", "ring"}
OF_STUDY |= {"budget_below", "budget_least", "verdicts", "count", "comparisons", "convergence", "measure", "option"}
OF_STUDY |= {"recipe", "cost", "environment", "sha256", "audit", "poster"}
# And those of values that are read from a row, rounded or in words.
OF_ROWS = {"matched", "baseline", "times", "verdict", "claim", "agreement"}


@pytest.fixture(scope="module")
def bundle(honest_study: Path) -> Bundle:
    return Bundle(honest_study)


@pytest.fixture(scope="module")
def printed(bundle: Bundle) -> dict[str, str]:
    return explain.ids(bundle)


def test_every_id_is_of_a_known_kind(printed: dict[str, str]) -> None:
    assert len(printed) > 500
    assert {value_id.split("/")[0] for value_id in printed} <= OF_STUDY | OF_ROWS


def test_a_value_of_a_cell_is_printed_as_its_table_has_it(bundle: Bundle, printed: dict[str, str]) -> None:
    compared = 0
    for name in ("table1.csv", "convergence.csv"):
        table = bundle.table(name)
        for row in table.to_dict("records"):
            for column, text in row.items():
                value_id = f"{row['experiment']}/{row['dataset']}/{row['variant']}/{column}"
                if value_id in printed:
                    assert printed[value_id] == text, value_id
                    compared += 1
    assert compared >= 30


def test_a_value_of_a_row_leads_to_it(bundle: Bundle, printed: dict[str, str]) -> None:
    of_rows = [value_id for value_id in printed if value_id.split("/")[0] in OF_ROWS]
    assert len(of_rows) > 300
    lost = [value_id for value_id in of_rows if not explain.table_rows(bundle, value_id)]
    assert [value_id for value_id in lost if "/elsewhere/" not in value_id] == []  # other papers' numbers: claims.yaml
