"""The error rates of rules, at full size; `-s` prints them."""

from __future__ import annotations

import pytest
from simulated_rates import CASES, rate

STUDIES = 3000


@pytest.mark.parametrize("name", CASES)
def test_rules_are_seldom_wrong_and_find_what_is_there(name: str) -> None:
    rounds = STUDIES // CASES[name].cost
    found, is_right = rate(CASES[name], rounds)
    print(f"\n{name}: {found:.3f} of {rounds}")
    assert is_right
