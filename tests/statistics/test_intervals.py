"""The Gaffke interval: known answers, coverage where the t interval fails, and refusals."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics import describe, gaffke, reach_of_perfect_runs


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("successes", "n"), [(0, 5), (1, 5), (4, 5), (5, 5), (7, 20), (1, 1)])
def test_is_clopper_pearson_for_zeros_and_ones(successes: int, n: int) -> None:
    values = [1.0] * successes + [0.0] * (n - successes)
    exact = stats.binomtest(successes, n).proportion_ci(0.95, method="exact")
    low, high = gaffke(values, 0, 1, rng=rng(), draws=100_000)
    assert low == pytest.approx(exact.low, abs=0.005)
    assert high == pytest.approx(exact.high, abs=0.005)


def test_scales_with_the_support() -> None:
    low, high = gaffke([0.2, 0.4, 0.9], 0, 1, rng=rng())
    scaled = gaffke([-1.0, 1.0, 6.0], -3, 7, rng=rng())
    assert scaled == pytest.approx((10 * low - 3, 10 * high - 3))


@pytest.mark.parametrize("n", [1, 5, 30])
def test_perfect_runs_reach_exactly_as_far_as_the_formula_says(n: int) -> None:
    low, high = gaffke([8.0] * n, 0, 8, rng=rng(), draws=100_000)
    assert high == 8.0
    assert low == pytest.approx(8 - reach_of_perfect_runs(n, 8), abs=0.06)


@pytest.mark.parametrize("repeats", [2, 7])
def test_repeats_stand_for_every_value_seen_that_often(repeats: int) -> None:
    values = [0.5, 3.0, 3.0, 8.0]
    short = gaffke(values, 0, 8, rng=rng(), draws=100_000, repeats=repeats)
    written_out = gaffke(np.repeat(values, repeats), 0, 8, rng=rng(1), draws=100_000)
    assert short == pytest.approx(written_out, abs=0.05)
    once = gaffke(values, 0, 8, rng=rng(), draws=100_000)
    assert once[0] + 0.2 < short[0] < short[1] < once[1] - 0.2


def test_a_narrower_level_gives_a_narrower_interval() -> None:
    wide, narrow = (gaffke([3.0, 5.0, 6.0], 0, 8, rng=rng(), level=level) for level in (0.95, 0.5))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_stays_inside_the_support_for_awkward_numbers() -> None:
    top = float(np.log(1000))
    for seed in range(20):
        low, high = gaffke([top] * 7, 0, top, rng=rng(seed), draws=200)
        assert 0 <= low <= high <= top


def test_covers_a_rare_failure_that_the_t_interval_misses() -> None:
    """Five runs, one in ten fails outright: the sample is constant three times out of five."""
    draws, truth = rng(3), 0.9 * 8
    samples = np.where(draws.random((400, 5)) < 0.1, 0.0, 8.0)
    covered = t_covered = 0
    for sample in samples:
        low, high = gaffke(sample, 0, 8, rng=draws, draws=4000)
        covered += low <= truth <= high
        half = stats.t.ppf(0.975, 4) * sample.std(ddof=1) / np.sqrt(5)
        t_covered += abs(sample.mean() - truth) <= half
    assert covered / 400 >= 0.94
    assert t_covered / 400 < 0.6


@pytest.mark.parametrize("values", [[], [np.nan], [1.0, np.inf], [-0.1], [8.1], [[1.0]]])
def test_refuses_what_is_no_sample_from_the_support(values: list) -> None:
    with pytest.raises(ValueError, match="values must"):
        gaffke(values, 0, 8, rng=rng())


@pytest.mark.parametrize("support", [(1, 1), (2, 1), (0, np.inf), (np.nan, 1)])
def test_refuses_an_impossible_support(support: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="support"):
        gaffke([1.0], *support, rng=rng())


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_refuses_an_impossible_level(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        gaffke([1.0], 0, 8, rng=rng(), level=level)


def test_describe_knows_the_plain_numbers() -> None:
    what = describe([2.0, 4.0, 6.0], (0, 8), rng())
    assert (what.n, what.mean, what.sd, what.minimum, what.maximum) == (3, 4.0, 2.0, 2.0, 6.0)
    assert what.lower < 2.5
    assert what.upper > 5.5


def test_describe_does_not_depend_on_the_order() -> None:
    values = [0.1, 7.3, 3.3, 1e-9]
    assert describe(values, (0, 8), rng()) == describe(values[::-1], (0, 8), rng())


def test_constants_have_no_spread_and_raise_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        what = describe([0.1] * 3, (0, 1), rng())
    assert (what.sd, what.mean) == (0.0, 0.1)
    assert what.lower < 0.1 < what.upper


def test_one_value_has_no_sd() -> None:
    assert describe([3.0], (0, 8), rng()).sd is None
