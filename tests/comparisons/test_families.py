"""What is compared with what: families, directions, and values that are no numbers."""

from __future__ import annotations

import numpy as np
import pytest

from modecollapse.comparisons.families import as_ranked, families, mean_of, score
from modecollapse.errors import StudyError

BETTER = {"modes": "more", "kl": "less", "steps": None}


def test_holds_ascending_primary_values_by_name(endpoints_of) -> None:
    table = endpoints_of({"ring/modes": {"b": [3, 1, 2], "a": [5, 4]}, "grid/kl": {"a": [0.5, 0.1], "b": [0.2, 0.3]}})
    found = families(table, BETTER)
    assert list(found) == [("matched", "grid", "kl"), ("matched", "ring", "modes")]
    assert list(found["matched", "ring", "modes"]) == ["a", "b"]
    assert found["matched", "ring", "modes"]["b"].tolist() == [1, 2, 3]


def test_leaves_out_single_runs_lone_variants_and_measures_without_a_direction(endpoints_of) -> None:
    two = {"a": [1.0, 2.0], "b": [1.0, 2.0]}
    table = endpoints_of({"ring/modes": two | {"c": [1.0]}, "grid/modes": {"a": [1.0, 2.0]}, "ring/steps": two})
    found = families(table, BETTER)
    assert {family: list(cells) for family, cells in found.items()} == {("matched", "ring", "modes"): ["a", "b"]}


def test_names_the_run_whose_value_is_nan(endpoints_of) -> None:
    table = endpoints_of({"ring/modes": {"a": [1, 2, np.nan], "b": [1, np.nan, 3]}})
    for rows in (table, table[::-1]):
        with pytest.raises(StudyError, match=r"^matched/ring/a, seed 2, modes: the value is NaN"):
            families(rows, BETTER)


def test_means_of_equal_values_are_exact_and_equal_means_tie() -> None:
    assert mean_of(np.full(3, 0.1)) == 0.1
    spread, constant = np.array([0.1, 0.2, 0.3, 0.6]), np.full(4, 0.3)
    assert mean_of(spread) != mean_of(constant)
    assert score(spread) == score(constant)
    assert score(np.array([1.0, np.inf]), "less") == -np.inf
    assert as_ranked(np.array([1.0, 2.0]), "less").tolist() == [-1, -2]
