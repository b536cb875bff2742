"""The plateau rule on curves whose course is known; its error rates are in test_simulated_rates.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from modecollapse.statistics.plateau import Plateau, plateau, quarter_means

STEPS = np.arange(1, 51) * 500
NONE = Plateau(False)


def judged(values: np.ndarray, bound: float) -> Plateau:
    return plateau(quarter_means(STEPS, values), bound)


def still(n: int, noise: float = 0.0, between: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    return 4 + between * rng.normal(size=(n, 1)) + noise * rng.normal(size=(n, STEPS.size))


def test_quarters_hold_the_evaluations_up_to_their_ends_weighted_by_the_steps_since_the_one_before() -> None:
    found = quarter_means(np.array([0, 1, 2, 3, 4]), np.array([[9.0, 1, 2, 3, 4]]))
    np.testing.assert_array_equal(found, [[1, 2, 3, 4]])
    dense = np.array([1, 2, 3, 4, 5, 6, 7, 7.25, 7.5, 7.75, 8])  # more evaluations at the end do not weigh more
    found = quarter_means(dense, np.where(dense <= 7, dense, 8.0)[None])
    np.testing.assert_allclose(found, [[1.5, 3.5, 5.5, 7.5]])


def test_what_has_arrived_and_what_has_not() -> None:
    found = judged(still(10), 0.1)
    assert (found.arrived, found.interval) == (True, pytest.approx((0.0, 0.0), abs=1e-12))
    assert judged(still(10, between=50.0), 0.1).arrived  # what separates runs for good does not matter
    assert plateau(np.zeros((5, 4)), 0.0).arrived  # a bound of 0, as at 0 % with a margin on the odds
    assert not plateau(np.eye(5, 4), 0.0).arrived
    assert not judged(still(1), 0.1).arrived
    assert plateau(np.empty((0, 4)), 0.1) == NONE
    assert plateau(quarter_means(np.array([1, 4]), np.zeros((5, 2))), 1.0) == NONE  # two quarters without evaluations
    line = judged(np.tile(STEPS / STEPS[-1] * 8, (10, 1)), 1.0)
    assert (line.arrived, line.drift, line.more_steps) == (False, pytest.approx(2.0), None)
    with pytest.raises(ValueError, match="bound is -0.1; allowed: 0 or more"):
        plateau(np.zeros((5, 4)), -0.1)


@pytest.mark.parametrize("direction", [1, -1])
def test_both_ends_of_students_interval_must_lie_within_the_bound(direction: int) -> None:
    quarters = np.zeros((4, 4))
    quarters[:, 3] = direction * np.array([1.0, 2.0, 3.0, 4.0])
    reach = 2.353363 * np.sqrt(5 / 3) / 2  # t(3) at .95
    found = plateau(quarters, 1.001 * (2.5 + reach))
    assert (found.arrived, found.drift) == (True, direction * 2.5)
    assert found.interval == pytest.approx((direction * 2.5 - reach, direction * 2.5 + reach), abs=1e-5)
    assert not plateau(quarters, 0.999 * (2.5 + reach)).arrived
    assert [type(number) for number in (found.drift, *found.interval)] == [float] * 3


def test_the_steps_that_would_do_are_those_of_an_exponential() -> None:
    """Its change shrinks by exp(-1 / (4 tau)) a quarter; here tau is half of the training."""
    found = judged(np.tile(8 * (1 - np.exp(-2 * STEPS / STEPS[-1])), (10, 1)), 0.25)
    assert (found.arrived, found.more_seeds) == (False, None)
    assert found.drift * np.exp(-found.more_steps / 0.5) == pytest.approx(0.125, rel=0.05)


def test_the_seeds_that_would_do() -> None:
    few = judged(still(5, noise=1.5), 0.4)
    assert (few.arrived, few.more_steps) == (False, None)
    assert few.more_seeds > 5
    assert judged(still(4 * few.more_seeds, noise=1.5), 0.4).arrived


@given(some.integers(0, 2**32 - 1), some.floats(0.01, 100), some.floats(-50, 50), some.floats(0.01, 100))
def test_unit_and_origin_do_not_matter(seed: int, scale: float, origin: float, bound: float) -> None:
    quarters = np.random.default_rng(seed).normal(size=(6, 4))
    found, moved = plateau(quarters, bound), plateau(scale * quarters + origin, scale * bound)
    assert found.arrived == moved.arrived or abs(bound - max(map(abs, found.interval))) < 1e-9 * bound
