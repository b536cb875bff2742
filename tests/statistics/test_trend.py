"""Jonckheere's trend: SciPy's rank-sum test and Kendall's tau as oracles, ties, either direction, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics import verdicts
from modecollapse.statistics.trend import rank_verdict, trend_verdict
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict

rng = np.random.default_rng


def test_of_two_groups_it_is_the_rank_sum_test() -> None:
    x, y = np.round(rng(2).normal(0, 2, 12)), np.round(rng(3).normal(3, 2, 8))
    known = stats.mannwhitneyu(y, x, alternative="greater", method=stats.PermutationMethod(9999, rng=rng(0)))
    found = trend_verdict([x, y], rng(1), alpha=0.3)
    assert found.estimate == pytest.approx(known.statistic / 96)
    assert found.p == pytest.approx(known.pvalue, abs=0.01)


def test_of_more_groups_it_is_kendalls_sum_over_pairs() -> None:
    groups = [np.round(rng(i).normal(i / 2, 1, n)) for i, n in enumerate((6, 9, 5, 7))]
    labels, values = np.repeat(range(4), [6, 9, 5, 7]), np.concatenate(groups)
    pairs = np.sign(np.subtract.outer(labels, labels)) * np.sign(np.subtract.outer(values, values))
    apart = np.subtract.outer(labels, labels) != 0
    assert trend_verdict(groups, rng(0)).estimate == pytest.approx((pairs.sum() / apart.sum() + 1) / 2)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([[1.0] * 5, [2.0] * 5, [3.0] * 5], IntervalVerdict(Verdict(REPRODUCED), 1.0, p=1 / 1000)),
        ([[3.0] * 5, [2.0] * 5, [-np.inf] * 5], IntervalVerdict(Verdict(NOT_REPRODUCED, "below"), 0.0, p=1 / 1000)),
        ([[8.0] * 5] * 3, IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.UNCLEAR), 0.5)),
        ([[1.0] * 5, [3.0] * 5, [1.0] * 5], IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.UNCLEAR), 0.5)),
        ([[1.0] * 5, [2.0] * 4], IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, 5))),
    ],
)
def test_known_verdicts_whatever_the_order_of_the_runs(groups: list[list[float]], expected: IntervalVerdict) -> None:
    assert trend_verdict(groups, rng(0), draws=999) == expected
    mixed = [rng(1).normal(i / 4, 1, 6) for i in range(4)]
    assert trend_verdict(mixed, rng(0), draws=99) == trend_verdict([g[::-1] for g in mixed], rng(0), draws=99)


@pytest.mark.parametrize("groups", [[[1.0] * 5], [[1.0] * 5, [np.nan] * 5]])
def test_refuses_a_single_group_and_nan(groups: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="two or more|NaN"):
        trend_verdict(groups, rng(0))


def test_ranks_of_two_values_of_the_same_runs() -> None:
    draw = rng(4)
    x, y = draw.integers(0, 6, 15), draw.integers(0, 6, 15)
    found = rank_verdict(x, y, rng(0))
    assert found.estimate == pytest.approx(stats.spearmanr(x, y).statistic)
    for sign, verdict in ((1, REPRODUCED), (-1, NOT_REPRODUCED)):
        strong = rank_verdict(sign * x, x + 0.1 * y, rng(0))
        assert (strong.verdict.outcome, strong.p <= 0.01) == (verdict, True)
    assert rank_verdict(x, np.full(15, 8.0), draw).verdict.reason == verdicts.UNDEFINED
    assert rank_verdict(x[:4], y[:4], draw).verdict.reason == verdicts.TOO_FEW_RUNS
    with pytest.raises(ValueError, match="NaN"):
        rank_verdict(x, np.full(15, np.nan), draw)
    null = [rank_verdict(*draw.normal(size=(2, 8)), draw, draws=199).verdict.outcome for _ in range(400)]
    assert np.mean([outcome == REPRODUCED for outcome in null]) == pytest.approx(0.05, abs=0.03)
