"""Every function on data that collapsed runs give: constants, ties, single values, none, infinite ones.

Nothing may warn, and each answer is a p in [least_p, 1], a finite and ordered interval, None, or a clear refusal.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from modecollapse.statistics.intervals import gaffke, log_t_interval, t_interval
from modecollapse.statistics.multiplicity import least_p
from modecollapse.statistics.permutation import brunner_munzel, permutations
from modecollapse.statistics.prob_superiority import detectable_superiority, prob_superiority
from modecollapse.statistics.summary import describe, mean_difference

pytestmark = pytest.mark.filterwarnings("error")

INF = np.inf
A, B, C = [8.0] * 5, [7.0] * 5, [8.0, 8.0, 8.0, 8.0, 7.0]
SUPPORT = (0.0, 8.0)
FINITE = {
    "A": A,
    "B": B,
    "C": C,
    "single": [8.0],
    "two equal": [0.0, 0.0],
    "two unequal": [0.0, 8.0],
    "three": [8.0, 8.0, 0.0],
    "one of thirty": [8.0] * 29 + [0.0],
    "tenths": [0.1] * 7,
    "nearly equal": [0.1, 0.1 + 1e-16, 0.1],
    "tiny": [5e-324, 0.0, 1e-300],
    "tiny and not": [5e-324, 8.0, 1e-300, 8.0 - 1e-15],
}
RANKED = FINITE | {
    "inf": [INF],
    "-inf": [-INF] * 5,
    "inf v C": [INF, *C],
    "both": [-INF, INF, 0.0],
    "huge": [1e308, -1e308],
}
BAD = {"empty": [], "NaN": [np.nan] * 5, "one NaN": [8.0, 8.0, np.nan], "NaN and inf": [np.nan, INF]}


def p_value(x: list, y: list, alternative: str = "two-sided", draws: int = 400) -> float:
    return brunner_munzel(x, y, permutations(len(x), len(y), np.random.default_rng(0), draws), alternative)


def check_p(x: list, y: list, draws: int = 400) -> None:
    for alternative in ("two-sided", "greater"):
        assert least_p(len(x), len(y), draws, alternative) <= p_value(x, y, alternative, draws) <= 1


def check_interval(lower: float, upper: float, support: tuple[float, float], value: float | None = None) -> None:
    assert np.isfinite([lower, upper]).all()
    assert support[0] <= lower <= upper <= support[1]
    assert value is None or lower <= value <= upper


@pytest.mark.parametrize(
    ("x", "y", "p", "value"),
    [
        (A, A, 1, 0.5),
        (A, B, 2 / 252, 1),
        (B, A, 2 / 252, 0),
        (A, C, 1, 0.6),
        (C, C, 1, 0.5),
        (A, [INF] * 5, 2 / 252, 0),
    ],
)
def test_the_named_cases(x: list, y: list, p: float, value: float) -> None:
    assert p_value(x, y) == p
    assert prob_superiority(x, y).value == value


@pytest.mark.parametrize("x", RANKED)
def test_comparisons_of_ranks(x: str) -> None:
    for y in RANKED.values():
        check_p(RANKED[x], y)
        found = prob_superiority(RANKED[x], y)
        check_interval(found.lower, found.upper, (0, 1), found.value)
        assert found.lower < found.upper


@pytest.mark.parametrize(("n", "m"), list(product([1, 2, 3], repeat=2)))
def test_all_groups_of_up_to_three(n: int, m: int) -> None:
    """Whatever the data, p is at least least_p, and for some data it is just that; no effect is detectable."""
    values = (-INF, 7.0, 8.0, INF)
    pairs = list(product(combinations_with_replacement(values, n), combinations_with_replacement(values, m)))
    for alternative in ("two-sided", "greater"):
        p = [p_value(x, y, alternative) for x, y in pairs]
        assert (min(p), max(p)) == (least_p(n, m, 400, alternative), 1)
    assert detectable_superiority(n, m, 0.05) is None


@pytest.mark.parametrize("x", FINITE)
def test_means_and_their_differences(x: str) -> None:
    low, high = gaffke(FINITE[x], *SUPPORT)
    check_interval(low, high, SUPPORT)
    assert low < high
    first = describe(FINITE[x], SUPPORT)
    check_interval(first.lower, first.upper, SUPPORT, first.mean)
    for y in FINITE.values():
        found = mean_difference(first, describe(y, SUPPORT), SUPPORT)
        check_interval(found.lower, found.upper, (-8, 8), found.value)
        assert found.lower < found.upper


@pytest.mark.parametrize("bad", BAD)
def test_refusals(bad: str) -> None:
    values, divisions = BAD[bad], permutations(5, 5, np.random.default_rng(0))
    asks = [lambda: gaffke(values, *SUPPORT), lambda: describe(values, SUPPORT)]
    for x, y in ((values, A), (A, values), (values, values)):
        asks += [lambda x=x, y=y: prob_superiority(x, y), lambda x=x, y=y: brunner_munzel(x, y, divisions)]
    asks += [lambda: t_interval(values), lambda: log_t_interval(values)] if values else []
    for ask in asks:
        with pytest.raises(ValueError, match="values must"):
            ask()


@pytest.mark.parametrize("n", [0, -1])
def test_no_runs(n: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        permutations(n, 5, np.random.default_rng(0))
    with pytest.raises(ValueError, match="at least 1"):
        detectable_superiority(n, 5, 0.05)
