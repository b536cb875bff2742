"""The detectable effect against simulated values, its monotony, and where nothing can be detected."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics.detectable import _power, detectable_superiority
from modecollapse.statistics.permutation import brunner_munzel, splits

# Simulated with the exact rank-sum test, normal shift and a power of .8; at .05, .05/11 and .05/66.
SIMULATED = {
    5: (0.951, None, None),
    6: (0.916, 0.980, None),
    7: (0.893, 0.962, 0.993),
    10: (0.838, 0.915, 0.949),
    20: (0.746, 0.814, 0.851),
    30: (0.703, 0.761, 0.796),
}


@pytest.mark.parametrize("n", SIMULATED)
@pytest.mark.parametrize("family", [0, 1, 2])
def test_is_near_the_simulated_effect(n: int, family: int) -> None:
    known = SIMULATED[n][family]
    found = detectable_superiority(n, n, 0.05 / (1, 11, 66)[family])
    assert found == (known if known is None else pytest.approx(known, abs=0.01))


def test_without_a_shift_u_has_its_textbook_variance() -> None:
    for n, m in ((5, 5), (1, 7), (30, 5)):
        one_sd_up = n * m / 2 + np.sqrt(n * m * (n + m + 1) / 12)
        assert _power(0, n, m, one_sd_up) == pytest.approx(stats.norm.sf(1))


def test_our_own_test_has_that_power() -> None:
    effect = detectable_superiority(10, 10, 0.05)
    shift = np.sqrt(2) * stats.norm.ppf(effect)
    rng = np.random.default_rng(0)
    divisions = splits(10, 10, rng, draws=999)
    found = [brunner_munzel(rng.normal(shift, 1, 10), rng.normal(0, 1, 10), divisions) <= 0.05 for _ in range(800)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


def test_more_runs_see_less_and_stricter_tests_see_more() -> None:
    effects = [detectable_superiority(n, n, 0.05) for n in (5, 8, 13, 30, 60)]
    assert effects == sorted(effects, reverse=True)
    assert 0.5 < effects[-1] < effects[0] < 1
    assert detectable_superiority(20, 20, 0.05) < detectable_superiority(20, 20, 0.01)
    assert detectable_superiority(20, 20, 0.05) < detectable_superiority(20, 20, 0.05, power=0.95)


def test_the_groups_may_be_swapped() -> None:
    assert detectable_superiority(30, 5, 0.05) == detectable_superiority(5, 30, 0.05)
    assert detectable_superiority(30, 30, 0.05) < detectable_superiority(30, 5, 0.05)


@pytest.mark.parametrize(("n", "m", "alpha", "draws"), [(3, 3, 0.05, 9999), (5, 5, 2e-3, 9999), (30, 30, 0.05, 18)])
def test_none_where_even_complete_separation_is_not_significant(n: int, m: int, alpha: float, draws: int) -> None:
    assert detectable_superiority(n, m, alpha, draws=draws) is None


def test_complete_separation_may_be_just_significant() -> None:
    """Two of the 252 divisions of five against five, in either direction."""
    assert detectable_superiority(5, 5, 2 / 252) > 0.97
    assert detectable_superiority(5, 5, 2 / 252 - 1e-6) is None
    # Without ties, unequal groups have two extreme divisions as well.
    assert detectable_superiority(3, 4, 1.5 / 35) is None


@pytest.mark.parametrize("n", [1, 2, 3, 40, 200])
def test_is_a_number_or_none_for_any_size(n: int) -> None:
    for m in (1, 2, 3, 7):
        effect = detectable_superiority(n, m, 0.05)
        assert effect is None or 0.5 < effect < 1


@pytest.mark.parametrize(("alpha", "power"), [(0, 0.8), (0.05, 1), (0.9, 0.8), (np.nan, 0.8), (0.05, np.nan)])
def test_refuses_impossible_rates(alpha: float, power: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        detectable_superiority(5, 5, alpha, power)


@pytest.mark.parametrize(("n", "m"), [(0, 5), (5, 0)])
def test_refuses_empty_groups(n: int, m: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        detectable_superiority(n, m, 0.05)
