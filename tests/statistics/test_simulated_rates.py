"""The error rates of rules, at a size that a run of all tests can afford."""

from __future__ import annotations

import pytest
from simulated_rates import CASES, rate

STUDIES = 120


@pytest.mark.parametrize("name", CASES)
def test_rules_are_seldom_wrong_and_find_what_is_there(name: str) -> None:
    found, is_right = rate(CASES[name], STUDIES // CASES[name].cost)
    assert is_right, f"{name}: {found:.3f}"
