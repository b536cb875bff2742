"""Effects in a two-level factorial: a planted effect is found, with its interval, and is nobody else's."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import ttest_ind

from modecollapse.statistics.factorial import effect

SIGNS = list(product((-1, 1), repeat=3))
FIRST, SECOND, THIRD = zip(*SIGNS, strict=True)
BOTH = [a * b for a, b in zip(FIRST, SECOND, strict=True)]


def groups(rng: np.random.Generator, n: int = 10) -> list[np.ndarray]:
    """Values around 1 + 3 (half of an effect of 6) and an effect of 2 of the first two factors together."""
    return [1 + 3 * a + a * b + rng.normal(0, 1 + (c > 0), n) for a, b, c in SIGNS]


@pytest.mark.parametrize(("signs", "planted"), [(FIRST, 6), (SECOND, 0), (THIRD, 0), (BOTH, 2)])
def test_each_effect_is_found_by_itself_and_its_interval_holds_it_as_often_as_it_says(
    signs: list, planted: int
) -> None:
    rng = np.random.default_rng(0)
    found = [effect(groups(rng), signs, 0.9) for _ in range(400)]
    assert np.mean([one.value for one in found]) == pytest.approx(planted, abs=0.06)
    assert np.mean([one.lower <= planted <= one.upper for one in found]) == pytest.approx(0.9, abs=0.04)


def test_of_two_groups_it_is_welch_s_interval() -> None:
    rng = np.random.default_rng(1)
    low, high = rng.normal(0, 1, 8), rng.normal(3, 4, 15)
    expected = ttest_ind(high, low, equal_var=False).confidence_interval(0.9)
    assert effect([low, high], [-1, 1], 0.9)[1:] == pytest.approx((expected.low, expected.high))


def test_equal_values_have_no_interval_and_a_missing_level_no_effect() -> None:
    assert effect([np.ones(5), np.zeros(5)], [-1, 1]) is None
    for signs, sizes in (([1, 1], (5, 5)), ([-1, 1], (5, 1)), ([0, 1], (5, 5)), ([1], (5, 5))):
        with pytest.raises(ValueError, match="allowed: two values a group"):
            effect([np.arange(n) for n in sizes], signs)
