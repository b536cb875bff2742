"""The plateau rule on curves whose course is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.statistics.plateau import Plateau, plateau, quarter_means

STEPS = np.arange(1, 51) * 500


def curves(limit, start, tau, n=10, noise=0.0, between=0.0, seed=0):
    """`n` runs that approach `limit` from `start` with time constant `tau`, in shares of the training: (n, 50)."""
    rng = np.random.default_rng(seed)
    time = STEPS / STEPS[-1]
    course = limit + (start - limit) * np.exp(-time / tau)
    return course + between * rng.standard_normal((n, 1)) + noise * rng.standard_normal((n, time.size))


def judged(values, bound):
    return plateau(quarter_means(STEPS, values), bound)


def test_quarters_hold_the_evaluations_up_to_their_ends():
    steps = np.array([0, 1, 2, 3, 4])
    np.testing.assert_array_equal(quarter_means(steps, np.array([[9.0, 1, 2, 3, 4]])), [[1, 2, 3, 4]])
    steps = np.arange(1, 9)
    np.testing.assert_array_equal(quarter_means(steps, np.arange(1.0, 9)[None]), [[1.5, 3.5, 5.5, 7.5]])


def test_a_denser_schedule_at_the_end_does_not_weigh_more():
    even, dense = np.arange(1, 9), np.array([1, 2, 3, 4, 5, 6, 7, 7.25, 7.5, 7.75, 8])
    value = np.where(dense <= 7, dense, 8.0)
    np.testing.assert_allclose(quarter_means(dense, value[None]), quarter_means(even, even[None]))


def test_a_quarter_without_evaluations_is_no_plateau():
    assert plateau(quarter_means(np.array([1, 4]), np.zeros((5, 2))), 1.0) == Plateau(False)


def test_constant_runs_have_arrived():
    found = judged(np.full((10, 50), 3.0), 0.1)
    assert found.arrived
    assert found.interval == pytest.approx((0.0, 0.0), abs=1e-12)


def test_one_run_has_not():
    assert not judged(np.full((1, 50), 3.0), 0.1).arrived


def test_no_runs_have_not():
    assert plateau(np.empty((0, 4)), 0.1) == Plateau(False)


def test_a_straight_line_has_not_and_never_will():
    found = judged(np.tile(STEPS / STEPS[-1] * 8, (10, 1)), 1.0)
    assert (found.arrived, found.more_steps) == (False, None)
    assert found.drift == pytest.approx(2.0)


def test_the_interval_is_students():
    quarters = np.zeros((4, 4))
    quarters[:, 3] = [1.0, 2.0, 3.0, 4.0]
    found = plateau(quarters, 9.0)
    reach = 2.353363 * np.sqrt(5 / 3) / 2
    assert found.drift == 2.5
    assert found.interval == pytest.approx((2.5 - reach, 2.5 + reach), abs=1e-5)


@pytest.mark.parametrize("direction", [1, -1])
def test_either_end_of_the_interval_must_lie_within_the_bound(direction):
    quarters = np.zeros((4, 4))
    quarters[:, 3] = direction * np.array([1.0, 2.0, 3.0, 4.0])  # from .98 to 4.02
    assert plateau(quarters, 4.1).arrived
    assert not plateau(quarters, 3.9).arrived


def test_steps_that_would_do():
    """An exponential's change shrinks by exp(-1/(4 tau)) a quarter."""
    found = judged(curves(8.0, 0.0, tau=0.5), 0.25)
    assert (found.arrived, found.more_seeds) == (False, None)
    longer = found.drift * np.exp(-found.more_steps / 0.5)
    assert longer == pytest.approx(0.125, rel=0.05)


def test_seeds_that_would_do():
    few = judged(curves(4.0, 4.0, tau=1.0, n=5, noise=1.5), 0.4)
    assert (few.arrived, few.more_steps) == (False, None)
    assert few.more_seeds > 5
    assert judged(curves(4.0, 4.0, tau=1.0, n=4 * few.more_seeds, noise=1.5), 0.4).arrived


def test_what_separates_runs_for_good_does_not_matter():
    assert judged(curves(4.0, 4.0, tau=1.0, between=50.0), 0.1).arrived


def test_a_bound_is_positive():
    with pytest.raises(ValueError, match="allowed: 0 or more"):
        plateau(np.zeros((5, 4)), -0.1)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-50, 50), st.floats(0.01, 100))
def test_scale_and_origin_do_not_matter(seed, scale, origin, bound):
    quarters = np.random.default_rng(seed).normal(size=(6, 4))
    found, moved = plateau(quarters, bound), plateau(scale * quarters + origin, scale * bound)
    edge = bound - max(map(abs, found.interval))
    assert found.arrived == moved.arrived or abs(edge) < 1e-9 * bound


@pytest.mark.parametrize("sign", [1, -1])
def test_a_drift_of_the_bound_is_taken_for_a_plateau_in_one_of_twenty_studies(sign):
    rng = np.random.default_rng(1)
    quarters = rng.normal(size=(1500, 10, 4))
    quarters[..., 3] += sign * 5.0
    wrong = np.mean([plateau(one, 5.0).arrived for one in quarters])
    assert 0.035 <= wrong <= 0.065
