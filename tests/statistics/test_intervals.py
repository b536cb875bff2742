"""Gaffke's, Student's and the two binomial intervals: known answers, oracles, numerical stability and refusals."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics import gaffke, reach_of_perfect_runs
from modecollapse.statistics.intervals import clopper_pearson, gaffke_p, log_t_interval, t_interval, t_p, wilson

STUDENTS, BINOMIAL = [t_interval, log_t_interval], [clopper_pearson, wilson]
rng = np.random.default_rng


def share_at_most(at: float, points: list[float]) -> Decimal:
    """P(sum w_i x_i <= at) for weights w that are uniform on the simplex, to 60 digits.

    It is the chance that exponential variables of means x_i - at, above, one after another are over before those of
    means at - x_i, below. Of two that run together, of means a and b, the first is over first with chance b / (a + b).
    """
    with localcontext(prec=60):
        above = [Decimal(x) - Decimal(at) for x in points if x > at]
        below = [Decimal(at) - Decimal(x) for x in points if x < at]
        chances = [Decimal(1)] * (len(below) + 1)
        for a in above:
            chances[0] = Decimal(0)
            for j, b in enumerate(below, 1):
                chances[j] = (b * chances[j] + a * chances[j - 1]) / (a + b)
        return chances[-1]


def random_means(values: np.ndarray, bound: float) -> np.ndarray:
    """Means of the values and the bound under random weights, (40,000,): a Monte Carlo oracle."""
    return rng(5).dirichlet(np.ones(len(values) + 1), 40_000) @ np.append(values, bound)


SAMPLES = {
    "spread": lambda n: rng(n).uniform(0, 8, n),
    "counts with ties": lambda n: rng(n).integers(0, 9, n).astype(float),
    "one apart": lambda n: np.append(np.full(n - 1, 8.0), 1.0),
    "nearly equal": lambda n: 5 + 1e-9 * np.arange(n),
    "mostly at the lower end": lambda n: 8 * rng(n).uniform(0, 1, n) ** 12,
    "at both ends": lambda n: 8.0 * (np.arange(n) % 2),
    "all equal": lambda n: np.full(n, 4.0),
}


@pytest.mark.parametrize("n", [2, 10, 60, 100])
@pytest.mark.parametrize("kind", SAMPLES)
def test_the_ends_are_exact_quantiles_also_with_many_points_and_repeated_knots(kind: str, n: int) -> None:
    values = SAMPLES[kind](n)
    for level in (0.90, 0.95):
        low, high = gaffke(values, 0, 8, level=level)
        assert float(share_at_most(low, [*values, 0.0])) == pytest.approx((1 - level) / 2, rel=1e-8)
        assert 1 - float(share_at_most(high, [*values, 8.0])) == pytest.approx((1 - level) / 2, rel=1e-8)


@pytest.mark.parametrize("n", [3, 30])
@pytest.mark.parametrize("kind", ["spread", "counts with ties", "one apart"])
def test_the_ends_are_quantiles_of_randomly_weighted_means(kind: str, n: int) -> None:
    """Five standard errors of a share of 2.5 % among 40,000 draws."""
    values = SAMPLES[kind](n)
    low, high = gaffke(values, 0, 8)
    assert np.mean(random_means(values, 0.0) <= low) == pytest.approx(0.025, abs=0.004)
    assert np.mean(random_means(values, 8.0) >= high) == pytest.approx(0.025, abs=0.004)


@pytest.mark.parametrize(("successes", "n"), [(0, 5), (1, 5), (4, 5), (5, 5), (7, 20), (1, 1), (3, 100), (300, 450)])
def test_is_clopper_pearson_for_zeros_and_ones(successes: int, n: int) -> None:
    values = [1.0] * successes + [0.0] * (n - successes)
    assert gaffke(values, 0, 1) == pytest.approx(clopper_pearson(successes, n), abs=1e-12)


@pytest.mark.parametrize("n", [1, 5, 30, 400])
def test_perfect_runs_reach_exactly_as_far_as_the_formula_says(n: int) -> None:
    low, high = gaffke([8.0] * n, 0, 8)
    assert high == 8.0
    assert low == pytest.approx(8 - reach_of_perfect_runs(n, 8))
    assert gaffke([0.0] * n, 0, 8) == (0.0, pytest.approx(reach_of_perfect_runs(n, 8)))


@pytest.mark.parametrize("kind", SAMPLES)
def test_p_is_the_level_at_which_the_interval_ends_there(kind: str) -> None:
    values = SAMPLES[kind](12)
    for level in (0.5, 0.9, 0.999):
        low, high = gaffke(values, 0, 8, level=level)
        assert gaffke_p(values, 0, 8, low) == pytest.approx((1 - level) / 2, rel=1e-6)
        assert gaffke_p(values, 0, 8, high, -1) == pytest.approx((1 - level) / 2, rel=1e-6)
        if kind != "all equal":
            low, high = t_interval(values, level)
            assert (t_p(values, low), t_p(values, high, -1)) == pytest.approx([(1 - level) / 2] * 2)
    assert [gaffke_p(values, 0, 8, at) for at in (-1, 0, 8, 9)] == [0, 0, 1, 1]
    assert [gaffke_p(values, 0, 8, at, -1) for at in (-1, 0, 8, 9)] == [1, 1, 0, 0]


def test_moves_with_the_unit_and_narrows_with_the_level() -> None:
    low, high = gaffke([0.2, 0.4, 0.9], 0, 1)
    assert gaffke([-1.0, 1.0, 6.0], -3, 7) == pytest.approx((10 * low - 3, 10 * high - 3))
    narrow = gaffke([0.2, 0.4, 0.9], 0, 1, level=0.5)
    assert low < narrow[0] < narrow[1] < high
    top = float(np.log(1000))
    assert gaffke([top] * 7, 0, top)[1] == top


def test_gaffke_refuses_what_is_no_sample_from_a_support() -> None:
    for values in ([], [np.nan], [1.0, np.inf], [-0.1], [8.1], [[1.0]]):
        with pytest.raises(ValueError, match="values must"):
            gaffke(values, 0, 8)
    for support in ((1, 1), (2, 1), (0, np.inf), (np.nan, 1)):
        with pytest.raises(ValueError, match="support"):
            gaffke([1.0], *support)


def test_refuses_an_impossible_number_of_runs() -> None:
    with pytest.raises(ValueError, match="n 0"):
        reach_of_perfect_runs(0, 8)


# Student's intervals


def test_students_interval_is_scipys_for_any_level() -> None:
    values = rng(0).normal(5, 2, 12)
    known = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert t_interval(values, 0.9) == pytest.approx((known.low, known.high))
    low, high = log_t_interval(np.exp(values[::-1]), 0.9)
    assert (np.log(low), np.log(high)) == pytest.approx((known.low, known.high))


@pytest.mark.parametrize("interval", STUDENTS)
def test_students_interval_is_none_without_spread_and_refuses_what_is_no_sample(interval: Callable) -> None:
    for values in ([], [3.0], [0.1] * 3, [8.0] * 30, [1.0, np.inf]):
        assert interval(values) is None
    for bad in ([np.nan], [1.0, 2.0, np.nan], [[1.0, 2.0]]):
        with pytest.raises(ValueError, match="values must"):
            interval(bad)


def test_none_where_there_is_no_logarithm_or_the_upper_end_is_no_number() -> None:
    for values in ([0.0, 1.0], [-1.0, 2.0], [-np.inf, 1.0], [1e-30, 1e30]):
        assert log_t_interval(values) is None
    assert log_t_interval([1e-3, 1e3])[1] > 1e30


# Intervals of a share


def test_published_intervals_of_a_share() -> None:
    """Newcombe 1998, table I: 81 of 263 and 15 of 148, to four places."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert clopper_pearson(15, 148) == pytest.approx((0.0578, 0.1617), abs=5e-5)


def test_the_ends_of_a_share_of_nothing_or_all_are_the_bounds() -> None:
    for interval in BINOMIAL:
        assert interval(0, 9)[0] == 0 < interval(0, 9)[1] < interval(9, 9)[0] < interval(9, 9)[1] == 1


@pytest.mark.parametrize("interval", BINOMIAL)
@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 5), (6, 5), (np.nan, 5), (1, np.nan), (1, 2.5), (1, -2)])
def test_refuses_impossible_counts(interval: Callable, k: float, n: float) -> None:
    with pytest.raises(ValueError, match="successes"):
        interval(k, n)


def test_exact_trials_have_no_halves() -> None:
    low, half, high = (wilson(k, 5) for k in (2, 2.5, 3))
    assert low < half < high
    with pytest.raises(ValueError, match="whole"):
        clopper_pearson(2.5, 5)


@pytest.mark.parametrize("level", [0.0, 1.0, 95, np.nan])
def test_refuses_an_impossible_level(level: float) -> None:
    for ask in (
        lambda: gaffke([1.0], 0, 8, level=level),
        lambda: t_interval([1.0, 2.0], level),
        lambda: clopper_pearson(1, 2, level),
        lambda: wilson(1, 2, level),
    ):
        with pytest.raises(ValueError, match="level"):
            ask()
