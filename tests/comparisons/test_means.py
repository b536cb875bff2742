"""Means and their differences: as `statistics.differences` has them, without bounds, and at the bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from modecollapse.comparisons.means import description, difference
from modecollapse.errors import StudyError
from modecollapse.statistics.differences import mean_difference

pytestmark = pytest.mark.filterwarnings("error")
NAME = "matched/ring/gan, modes"


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("x", [[8.0] * 5, [1.0, 2.0, 8.0], [0.0, 0.0]])
def test_is_the_mover_interval_of_the_statistics(x: list[float]) -> None:
    y, both = np.array([2.0, 2.5, 4.0]), rng()
    first, second = (description(np.array(values), (0, 8), both, NAME) for values in (x, y))
    assert difference(first, second, (0, 8)) == mean_difference(x, y, (0, 8), rng())


def test_has_no_ends_without_bounds_and_nothing_where_both_are_infinite() -> None:
    bounds = (0.0, math.inf)
    low, high = (description(np.array(values), bounds, rng(), NAME) for values in ([1.0, 2.0], [1.0, math.inf]))
    assert difference(low, low, bounds)[0] == 0
    assert np.isnan(difference(low, low, bounds)[1:]).all()
    assert difference(high, low, bounds)[0] == math.inf
    assert np.isnan(difference(high, high, bounds)).all()


def test_rounding_may_leave_the_support_but_nothing_else() -> None:
    top = math.log(10)
    over = np.mean(np.full(6, top)) + 1e-15
    assert over > top
    assert description(np.full(3, over), (0, top), rng(), NAME).mean == top
    for wrong in (top + 1e-6, -1e-6):
        with pytest.raises(StudyError, match=f"^{NAME}: values .* are outside"):
            description(np.array([1.0, wrong]), (0, top), rng(), NAME)
