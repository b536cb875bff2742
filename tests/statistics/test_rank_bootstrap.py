"""Seeds drawn again: known answers, ties that rounding must not break, and refusals."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from modecollapse.statistics.rank_bootstrap import TauInterval, first_places, tau_interval
from modecollapse.statistics.ranks import kendall_tau

pytestmark = pytest.mark.filterwarnings("error")

APART = [[1.0, 1.1], [2.0, 2.1, 2.2], [3.0, 3.1], [4.0, 4.1]]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_rankings_that_no_seed_can_change() -> None:
    assert tau_interval(APART, APART, rng(), draws=200) == TauInterval(1, 1, 1, 0)
    assert tau_interval(APART, APART[::-1], rng(), draws=200) == TauInterval(-1, -1, -1, 0)


def test_tau_is_that_of_the_means() -> None:
    draws = rng(1)
    first, second = ([draws.normal(size=n) for n in (3, 5, 4, 6, 2)] for _ in range(2))
    result = tau_interval(first, second, rng())
    assert result.value == pytest.approx(kendall_tau([v.mean() for v in first], [v.mean() for v in second]))
    assert -1 <= result.lower <= result.upper <= 1


def test_the_interval_resamples_seeds_within_each_variant_and_data_set() -> None:
    """Two variants of two runs each: tau is 1, -1 or undefined, and every resample can be counted."""
    first, second = [[0.0, 3.0], [1.0, 2.0]], [[5.0, 5.0], [4.0, 4.0]]
    means = ([np.mean(pair) for pair in product(runs, repeat=2)] for runs in first)
    assert [a - b for a, b in product(*means)].count(0) == 4  # of 16; 6 are above and 6 below
    result = tau_interval(first, second, rng(), draws=8000)
    assert result.undefined / 8000 == pytest.approx(4 / 16, abs=0.02)
    assert result[:3] == (None, -1, 1)


def test_the_interval_leaves_out_equal_tails() -> None:
    """One run in ten lifts variant 0 past the other: tau is -1 where it is drawn, with chance 1 - 0.9^10 = 0.65."""
    lifted, plain = [[0.0] * 9 + [100.0], [1.0] * 10], [[0.0] * 10, [1.0] * 10]
    ends = {level: tau_interval(lifted, plain, rng(), level, draws=8000)[:3] for level in (0.26, 0.34, 0.95)}
    assert ends == {0.26: (-1, -1, -1), 0.34: (-1, -1, 1), 0.95: (-1, -1, 1)}
    turned = {level: tau_interval(lifted, plain[::-1], rng(), level, draws=8000)[:3] for level in (0.26, 0.34)}
    assert turned == {0.26: (1, 1, 1), 0.34: (1, -1, 1)}


def test_ties_that_rounding_would_break_stay_ties() -> None:
    """The mean of 0.1 is not the same number for 3, 10 and 30 runs."""
    alike = [[0.1] * n for n in (3, 10, 30)]
    assert len({np.mean(runs) for runs in alike}) > 1
    assert tau_interval(alike, APART[:3], rng(), draws=50) == TauInterval(None, None, None, 50)
    np.testing.assert_allclose(first_places(alike, rng(), draws=50), [[1 / 3, 1]] * 3)


def test_a_single_run_shows_no_spread() -> None:
    assert tau_interval([[1.0], [2.0, 3.0]], APART[:2], rng()) == TauInterval(1, None, None, 0)
    assert first_places([[1.0], [2.0, 3.0]], rng()) is None


def test_does_not_depend_on_the_order_of_the_seeds() -> None:
    draws = rng(2)
    groups = [draws.normal(size=9) for _ in range(5)]
    mixed = [draws.permutation(values) for values in groups]
    assert tau_interval(mixed, groups, rng()) == tau_interval(groups, mixed, rng())
    np.testing.assert_array_equal(first_places(mixed, rng()), first_places(groups, rng()))


def test_the_best_and_the_first_three_of_variants_apart() -> None:
    assert first_places(APART, rng(), draws=50).tolist() == [[0, 0], [0, 1], [0, 1], [1, 1]]
    assert first_places(APART, rng(), draws=50, better="less").tolist() == [[1, 1], [0, 1], [0, 1], [0, 0]]
    assert first_places(APART[:2], rng(), draws=50).tolist() == [[0, 1], [1, 1]]


def test_tied_variants_share_the_places() -> None:
    five = [[8.0] * 4, [8.0] * 3, [8.0] * 2, [8.0] * 5, [7.0] * 4]
    np.testing.assert_allclose(first_places(five, rng(), draws=20), [[1 / 4, 3 / 4]] * 4 + [[0, 0]])
    # One is ahead, so three share two places.
    six = [[9.0] * 2, *five[:3], [1.0] * 2, [2.0] * 2]
    np.testing.assert_allclose(first_places(six, rng(), draws=20), [[1, 1], *[[0, 2 / 3]] * 3, [0, 0], [0, 0]])


def test_the_places_add_up_and_follow_the_resamples() -> None:
    draws = rng(3)
    shares = first_places([draws.integers(0, 3, 5) for _ in range(6)], rng(), draws=500)
    assert shares.sum(axis=0) == pytest.approx([1, 3])
    # [0, 3] against 1 and 1: both zeros lose, one of them or none wins.
    assert first_places([[0.0, 3.0], [1.0, 1.0]], rng(), draws=8000)[:, 0] == pytest.approx([0.75, 0.25], abs=0.02)


@pytest.mark.parametrize(
    "values", [[], [[1.0, 2.0]], [[1.0], []], [[1.0, np.nan], [1.0]], [[1.0, np.inf], [1.0]], [[[1.0]], [1.0]]]
)
def test_refuses_what_are_no_runs_of_variants(values: list) -> None:
    for function in (lambda runs: first_places(runs, rng()), lambda runs: tau_interval(runs, runs, rng())):
        with pytest.raises(ValueError, match="variants|scores|values"):
            function(values)


def test_refuses_impossible_settings() -> None:
    with pytest.raises(ValueError, match="level"):
        tau_interval(APART, APART, rng(), level=1)
    with pytest.raises(ValueError, match="draws"):
        tau_interval(APART, APART, rng(), draws=0)
    with pytest.raises(ValueError, match="draws"):
        first_places(APART, rng(), draws=0)
    with pytest.raises(ValueError, match="better"):
        first_places(APART, rng(), better="most")
    with pytest.raises(ValueError, match="variants"):
        tau_interval(APART, APART[:3], rng())
