"""The verdicts on a share of runs and on a mean between bounds: known answers and refusals."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from modecollapse.statistics import verdicts
from modecollapse.statistics.intervals import Interval
from modecollapse.statistics.share_verdict import bound_verdict, share_verdict
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict

pytestmark = pytest.mark.filterwarnings("error")
TOO_FEW = IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, 5))


def bounded(values: list[float], bounds: Interval, support: Interval | None = (0.0, 8.0)) -> IntervalVerdict:
    return bound_verdict(values, bounds, support)


def test_a_share_is_judged_by_the_interval_of_clopper_and_pearson() -> None:
    found = share_verdict(5, 5, above=0.5)
    assert (found.verdict, found.estimate, found.p) == (Verdict(REPRODUCED), 1.0, pytest.approx(0.5**5))
    assert found.interval == pytest.approx((0.05 ** (1 / 5), 1.0))  # from .549
    assert share_verdict(0, 5, above=0.5).verdict == Verdict(NOT_REPRODUCED, verdicts.BELOW)
    found = share_verdict(7, 20, above=0.5)
    assert found.interval == pytest.approx(tuple(stats.binomtest(7, 20).proportion_ci(0.9, "exact")))
    assert found.verdict.reason == verdicts.STRADDLES
    assert share_verdict(15, 30, above=0.5).verdict.seeds is None  # a share on the bound is never decided


@pytest.mark.parametrize("n", [5, 30, 1000])
def test_one_event_decides_that_something_occurs_and_no_number_of_runs_that_nothing_does(n: int) -> None:
    assert share_verdict(1, n, above=0).verdict == Verdict(REPRODUCED)
    assert share_verdict(0, n, above=0).verdict == Verdict(INCONCLUSIVE, verdicts.STRADDLES, None)


def test_no_event_decides_nothing_where_denormal_numbers_count_as_zero() -> None:
    torch.set_flush_denormal(True)  # as in a process that has trained
    try:
        assert share_verdict(0, 30, above=0).verdict.outcome == INCONCLUSIVE
    finally:
        torch.set_flush_denormal(False)


@pytest.mark.parametrize(("events", "n"), [(4, 5), (7, 10), (1, 5), (12, 30), (6, 10)])
def test_that_many_seeds_with_the_same_share_would_decide(events: int, n: int) -> None:
    seeds = share_verdict(events, n, above=0.5).verdict.seeds
    assert seeds > n
    assert share_verdict(round(events / n * seeds), seeds, above=0.5).verdict.outcome != INCONCLUSIVE
    fewer = int(0.8 * seeds)  # the search goes in steps of a tenth
    assert fewer <= n or share_verdict(round(events / n * fewer), fewer, above=0.5).verdict.outcome == INCONCLUSIVE


@pytest.mark.parametrize("n", [0, 1, 4])
def test_too_few_runs_decide_nothing(n: int) -> None:
    assert share_verdict(n, n, above=0) == TOO_FEW
    assert bounded([8.0] * n, (0, 8)) == TOO_FEW


@pytest.mark.parametrize(
    ("values", "bounds", "expected"),
    [
        ([8] * 30, (7.2, 8), Verdict(REPRODUCED)),
        ([8] * 26, (7.2, 8), Verdict(INCONCLUSIVE, verdicts.STRADDLES)),
        ([8] * 5, (0, 4), Verdict(NOT_REPRODUCED, verdicts.ABOVE)),
        ([0] * 5, (4, 8), Verdict(NOT_REPRODUCED, verdicts.BELOW)),
        ([8, 1] * 15, (0, 4), Verdict(INCONCLUSIVE, verdicts.STRADDLES)),
        ([3] * 5, (0, 8), Verdict(REPRODUCED)),  # every mean there can be
    ],
)
def test_a_mean_within_bounds(values: list[float], bounds: Interval, expected: Verdict) -> None:
    found = bounded(values, bounds)
    assert found.verdict == expected
    assert found.estimate == pytest.approx(np.mean(values))
    assert found.interval[0] <= found.estimate <= found.interval[1]


def test_without_a_support_it_is_the_t_interval() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    half = stats.t.ppf(0.95, 4) * np.sqrt(2.5 / 5)  # 1.51
    found = bounded(values, (1.4, 4.6), None)
    assert found.interval == pytest.approx((3 - half, 3 + half))
    assert found.verdict == Verdict(REPRODUCED)
    assert bounded(values, (1.6, 4.6), None).verdict == Verdict(INCONCLUSIVE, verdicts.STRADDLES)
    assert bounded(values, (5, np.inf), None).verdict == Verdict(NOT_REPRODUCED, verdicts.BELOW)
    assert bounded(values, (-np.inf, 1), None).verdict == Verdict(NOT_REPRODUCED, verdicts.ABOVE)
    # Equal values decide nothing.
    assert bounded([3.0] * 30, (2, 4), None) == IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.FLOOR), 3.0)


@pytest.mark.parametrize("support", [(0.0, 8.0), None])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_refuses_values_that_are_not_finite(wrong: float, support: Interval | None) -> None:
    with pytest.raises(ValueError, match="values must be finite"):
        bounded([1, 2, 3, 4, wrong], (0, 8), support)
