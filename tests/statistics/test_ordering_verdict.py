"""The verdict on "better than all others" and on "the same": known answers, what n runs can reach, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import comb

import numpy as np
import pytest

from modecollapse.statistics import verdicts
from modecollapse.statistics.ordering_verdict import (
    OrderingVerdict,
    compared,
    equivalence_verdict,
    fewest_to_tie,
    ordering_verdict,
    reachable_orders,
)
from modecollapse.statistics.permutation import Permutations, permutations
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, PARTIALLY, REPRODUCED, Verdict

DRAWS = 999


def divisions(seed: int = 0) -> Callable[[int, int], Permutations]:
    return cache(lambda n, m: permutations(n, m, np.random.default_rng(seed), DRAWS))


def judged(candidate: list[float], *opponents: list[float], **settings: float) -> OrderingVerdict:
    named = {f"opponent {i}": values for i, values in enumerate(opponents)}
    return ordering_verdict(candidate, named, divisions(), **settings)


def same(first: list[float], second: list[float]) -> OrderingVerdict:
    return equivalence_verdict(first, second, divisions())


def test_five_runs_apart_reproduce_with_the_exact_p() -> None:
    found = judged([8] * 5, [1, 2, 3, 4, 5])
    assert found.verdict == Verdict(REPRODUCED)
    only = found.pairwise["opponent 0"]
    assert (only.p_better, only.p_worse) == (1 / comb(10, 5), 1.0)
    assert only.superiority.value == 1.0
    assert not only.tied


@pytest.mark.parametrize(
    ("candidate", "opponents", "expected"),
    [
        ([8] * 5, [[1] * 5] * 3, Verdict(REPRODUCED)),
        ([8] * 5, [[-np.inf] * 5], Verdict(REPRODUCED)),  # failed runs
        ([8] * 30, [[1] * 5], Verdict(REPRODUCED)),  # of another size
        ([8] * 5, [[1] * 5, [9] * 5], Verdict(NOT_REPRODUCED, verdicts.BELOW)),  # whoever else is beaten
        ([8] * 28, [[8] * 28] * 2, Verdict(NOT_REPRODUCED, verdicts.TIE)),
        ([-np.inf] * 28, [[-np.inf] * 28], Verdict(NOT_REPRODUCED, verdicts.TIE)),
        ([8] * 27, [[8] * 27], Verdict(INCONCLUSIVE, verdicts.UNCLEAR, 28)),
        ([8] * 5, [[1] * 5, [8] * 5, [1] * 5], Verdict(PARTIALLY, "2 of 3 beaten", 28)),
        ([8] * 30, [[1] * 30, [8] * 30], Verdict(PARTIALLY, "1 of 2 beaten", None)),  # more runs would confirm both
    ],
)
def test_known_verdicts(candidate: list[float], opponents: list[list[float]], expected: Verdict) -> None:
    assert judged(candidate, *opponents).verdict == expected


def test_some_of_the_opponents_count_only_after_holm() -> None:
    """p is 1/252 for the better one of 13: times 13 it is 0.052. So it is with some that are beaten."""
    better, equal = [9] * 5, [8] * 5
    assert judged([8] * 5, better, *[equal] * 11).verdict == Verdict(NOT_REPRODUCED, verdicts.BELOW)
    assert judged([8] * 5, better, *[equal] * 12).verdict.outcome == INCONCLUSIVE
    candidate, beaten = [3, 4, 7, 8, 9], [0, 1, 2, 5, 6]  # p is 10/252, twice that is .08
    assert (judged(candidate, beaten).verdict.outcome, judged(candidate, beaten).beaten) == (REPRODUCED, 1)
    assert judged(candidate, beaten, candidate)[:4:3] == (Verdict(INCONCLUSIVE, verdicts.UNCLEAR, 28), 0)


@pytest.mark.parametrize(("tie", "alpha", "fewest"), [(0.15, 0.05, 28), (0.1, 0.05, 65), (0.25, 0.05, 9)])
def test_fewest_to_tie(tie: float, alpha: float, fewest: int) -> None:
    """By Wilson's interval around 1/2: z^2 (1 / (4 tie^2) - 1) is 27.4, 64.9 and 8.1."""
    assert fewest_to_tie(tie, alpha) == fewest
    assert compared([1] * fewest, [1] * fewest, divisions(), tie, alpha).tied
    assert not compared([1] * (fewest - 1), [1] * (fewest - 1), divisions(), tie, alpha).tied


@pytest.mark.parametrize(
    ("candidate", "opponent", "superiority", "seeds"),
    [
        ([1, 1, 2, 2] * 2, [0, 0, 1, 2] * 2, 3 / 4, 17),  # (1.645 + 0.842)^2 / (6 * (1/4)^2) = 16.5
        ([1, 1, 1, 2, 2, 2], [0, 0, 1, 1, 2, 2], 2 / 3, 38),  # 37.1
        ([0, 0, 1, 1, 2, 2], [1, 1, 1, 2, 2, 2], 1 / 3, 38),  # as many for the opponent to win
    ],
)
def test_the_seeds_of_a_difference(candidate: list, opponent: list, superiority: float, seeds: int) -> None:
    """By Noether's formula; a tie within 0.15 can never be shown here."""
    found = judged(candidate, opponent)
    assert found.pairwise["opponent 0"].superiority.value == pytest.approx(superiority)
    assert found.verdict == Verdict(INCONCLUSIVE, verdicts.UNCLEAR, seeds)


def test_the_seeds_of_a_small_difference_are_those_of_a_tie() -> None:
    """0.54 is a tie from z^2 (1/4 - .15^2) / (.15 - .04)^2 = 50.9 runs on; apart only from 644 on."""
    candidate, opponent = [1] * 20 + [0] * 5, [1] * 18 + [0] * 7
    found = judged(candidate, opponent)
    assert found.pairwise["opponent 0"].superiority.value == pytest.approx(0.54)
    assert found.verdict.seeds == 51
    assert not compared(candidate * 2, opponent * 2, divisions(), 0.15, 0.05).tied
    assert compared(candidate * 3, opponent * 3, divisions(), 0.15, 0.05).tied


def test_too_few_runs_on_either_side() -> None:
    few = OrderingVerdict(Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, 5), {})
    assert judged([], [1] * 5) == few
    assert judged([8] * 4, [1] * 5) == few
    assert judged([8] * 5, [1] * 5, [1] * 4) == few
    assert judged([8] * 4, [1] * 4, fewest=4).verdict == Verdict(REPRODUCED)  # p is 1/70
    assert same([1] * 30, [1] * 4) == few


def test_refuses_nan_and_no_opponents() -> None:
    with pytest.raises(ValueError, match="NaN"):
        judged([1, 2, 3, 4, np.nan], [1] * 5)
    with pytest.raises(ValueError, match="NaN"):
        same([1] * 5, [1, 2, 3, 4, np.nan])
    with pytest.raises(ValueError, match="opponents"):
        judged([8] * 5)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([8] * 28, [8] * 28, Verdict(REPRODUCED)),
        ([8] * 27, [8] * 27, Verdict(INCONCLUSIVE, verdicts.UNCLEAR, 28)),
        ([8] * 5, [1] * 5, Verdict(NOT_REPRODUCED, verdicts.ABOVE)),
        ([1] * 5, [8] * 5, Verdict(NOT_REPRODUCED, verdicts.BELOW)),
    ],
)
def test_equivalence(first: list[float], second: list[float], expected: Verdict) -> None:
    assert same(first, second).verdict == expected


def test_a_difference_counts_against_equivalence_only_two_sided() -> None:
    """A one-sided p between 2.5 and 5 % is enough for better, not for different."""
    first, second = [3, 4, 7, 8, 9], [0, 1, 2, 5, 6]
    only = same(first, second)
    assert only.pairwise[""].p_better == pytest.approx(10 / comb(10, 5))
    assert only.verdict.outcome == INCONCLUSIVE
    assert judged(first, second).verdict == Verdict(REPRODUCED)


@pytest.mark.parametrize(
    ("n", "opponents", "expected"),
    [
        (4, 1, []),
        (5, 12, [REPRODUCED, verdicts.BELOW]),  # 12/252 is 0.048
        (5, 13, [REPRODUCED]),  # 13/252 is 0.052
        (27, 11, [REPRODUCED, verdicts.BELOW]),
        (28, 11, [REPRODUCED, verdicts.BELOW, verdicts.TIE]),
    ],
)
def test_reachable_orders(n: int, opponents: int, expected: list[str]) -> None:
    found = reachable_orders(n, opponents, draws=DRAWS)
    assert [verdict.reason or verdict.outcome for verdict in found] == expected
    best = [judged([8] * n, *[[other] * n] * opponents).verdict for other in (1, 9, 8)]
    assert [verdict for verdict in best if verdict.outcome != INCONCLUSIVE] == found
