"""The notebook of the documentation runs, cell by cell, and shows what its text says."""

from __future__ import annotations

import ast
import json
from typing import Any

import pandas as pd
import pytest
from default_config import DEFAULT

DOCS = DEFAULT.parent.parent / "docs"


@pytest.fixture(scope="module")
def ran() -> tuple[dict[str, Any], list[Any]]:
    """The names that the cells of code leave behind, and the value that each of them shows."""
    cells = json.loads((DOCS / "score.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(DOCS)
        for cell in cells:
            if cell["cell_type"] == "code":
                assert cell["outputs"] == []  # they would be of another release
                shown.append(_run("".join(cell["source"]), names))
    return names, shown


def _run(source: str, names: dict[str, Any]) -> Any:
    """Run a cell, and return the value of its last line where that is an expression."""
    *body, last = ast.parse(source).body
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    return exec(compile(ast.Module([last], []), "cell", "exec"), names)


def test_the_generator_scores_as_the_text_says(ran: tuple[dict[str, Any], list[Any]]) -> None:
    names, shown = ran
    values = names["scored"].of("yours").set_index("measure")["value"]
    assert values["modes"] == 7
    assert values["high_quality_percent"] == pytest.approx(39, abs=2)  # within one of its own sd's: 1 - exp(-1/2)
    tables = [table for table in shown if table is not None]
    assert all(isinstance(table, pd.DataFrame) and len(table) for table in tables)
    assert len(tables) == 8


def test_it_reads_the_released_tables(ran: tuple[dict[str, Any], list[Any]]) -> None:
    names, _ = ran
    study = names["study"]
    cells = {cell.key for cell in study.summary.cells}
    assert set(names["curves"].index.droplevel("step")) == cells
    assert set(names["places"]["row"]) == {"mine"} | {variant for _, dataset, variant in cells if dataset == "ring"}
