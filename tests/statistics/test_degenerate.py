"""Every function on data that collapsed runs give: constants, ties, single values, none, infinite ones.

Nothing may warn, and each answer is a p in [least_p, 1], a finite and ordered interval, None, or a clear refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from modecollapse.statistics.detectable import detectable_superiority
from modecollapse.statistics.differences import mean_difference
from modecollapse.statistics.equivalence import tie
from modecollapse.statistics.intervals import gaffke
from modecollapse.statistics.multiplicity import benjamini_hochberg, holm, least_p
from modecollapse.statistics.nominal import log_t_interval, t_interval
from modecollapse.statistics.permutation import brunner_munzel, splits
from modecollapse.statistics.proportions import clopper_pearson, wilson
from modecollapse.statistics.summary import describe
from modecollapse.statistics.superiority import superiority

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
    "thirty": [8.0] * 30,
    "one of thirty": [8.0] * 29 + [0.0],
    "tenths": [0.1] * 7,
    "nearly equal": [0.1, 0.1 + 1e-16, 0.1],
    "tiny": [5e-324, 0.0, 1e-300],
}
RANKED = FINITE | {
    "inf": [INF],
    "-inf": [-INF] * 5,
    "inf v C": [INF, *C],
    "both": [-INF, INF, 0.0],
    "huge": [1e308, -1e308],
}
NOMINAL = FINITE | {"empty": [], "inf": [INF], "inf and one": [1.0, INF], "both": [-INF, INF], "infs": [INF] * 5}
BAD = {"empty": [], "NaN": [np.nan] * 5, "one NaN": [8.0, 8.0, np.nan], "NaN and inf": [np.nan, INF]}


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def p_value(x: list, y: list, alternative: str = "two-sided", draws: int = 400) -> float:
    return brunner_munzel(x, y, splits(len(x), len(y), rng(), draws), alternative)


def check_p(x: list, y: list, draws: int = 400) -> None:
    for alternative in ("two-sided", "greater"):
        p = p_value(x, y, alternative, draws)
        assert type(p) is float
        assert least_p(len(x), len(y), draws, alternative) <= p <= 1


def check_interval(lower: float, upper: float, support: tuple[float, float], value: float | None = None) -> None:
    assert type(lower) is type(upper) is float
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
    assert superiority(x, y).value == value


@pytest.mark.parametrize("x", RANKED)
@pytest.mark.parametrize("y", RANKED)
def test_comparisons_of_ranks(x: str, y: str) -> None:
    check_p(RANKED[x], RANKED[y])
    what = superiority(RANKED[x], RANKED[y])
    check_interval(what.lower, what.upper, (0, 1), what.value)
    assert what.lower < what.upper
    assert type(tie(RANKED[x], RANKED[y])) is bool


@pytest.mark.parametrize(("n", "m"), list(product([1, 2, 3], repeat=2)))
def test_all_groups_of_up_to_three(n: int, m: int) -> None:
    """Whatever the data, p is at least least_p, and for some data it is just that."""
    values = (-INF, 7.0, 8.0, INF)
    pairs = list(product(combinations_with_replacement(values, n), combinations_with_replacement(values, m)))
    for alternative in ("two-sided", "greater"):
        p = [p_value(x, y, alternative) for x, y in pairs]
        assert min(p) == least_p(n, m, 400, alternative)
        assert max(p) == 1
    for x, y in pairs:
        what = superiority(x, y)
        check_interval(what.lower, what.upper, (0, 1), what.value)


@pytest.mark.parametrize("draws", [1, 2, 99])
def test_few_random_divisions(draws: int) -> None:
    for x, y in product(([8.0] * 9, [7.0] * 9, [8.0] * 8 + [7.0], [INF] * 9), repeat=2):
        check_p(x, y, draws)
    assert p_value([8.0] * 9, [7.0] * 9, draws=draws) == least_p(9, 9, draws) == 1 / (draws + 1)


@pytest.mark.parametrize("x", FINITE)
@pytest.mark.parametrize("y", ["A", "single", "two unequal", "one of thirty", "tiny"])
def test_differences_of_means(x: str, y: str) -> None:
    what = mean_difference(FINITE[x], FINITE[y], SUPPORT, rng())
    check_interval(what.lower, what.upper, (-8, 8), what.value)
    assert what.lower < what.upper


@pytest.mark.parametrize("x", FINITE)
def test_means(x: str) -> None:
    low, high = gaffke(FINITE[x], *SUPPORT, rng=rng())
    check_interval(low, high, SUPPORT)
    assert low < high
    what = describe(FINITE[x], SUPPORT, rng())
    check_interval(what.lower, what.upper, SUPPORT, what.mean)


@pytest.mark.parametrize("interval", [t_interval, log_t_interval])
@pytest.mark.parametrize("x", NOMINAL)
def test_nominal_intervals(interval: Callable, x: str) -> None:
    values = NOMINAL[x]
    ends = interval(values)
    if ends is not None:
        assert min(values) < max(values)
        check_interval(*ends, (-INF, INF))
    if len(values) < 2 or len(set(values)) == 1 or not np.isfinite(values).all():
        assert ends is None


@pytest.mark.parametrize("interval", [clopper_pearson, wilson])
@pytest.mark.parametrize("n", [1, 2, 3, 1000])
def test_shares(interval: Callable, n: int) -> None:
    for k in (0, 1, n - 1, n):
        check_interval(*interval(k, n), (0, 1), k / n)


@pytest.mark.parametrize("interval", [clopper_pearson, wilson])
def test_no_share_of_nothing(interval: Callable) -> None:
    with pytest.raises(ValueError, match="n 0"):
        interval(0, 0)


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
@pytest.mark.parametrize("p", [[], [1.0], [1e-300] * 3, [1.0] * 5, [5e-324, 1.0], [0.5, 0.5]])
def test_corrections(correct: Callable, p: list) -> None:
    adjusted = correct(p)
    assert adjusted.shape == (len(p),)
    assert ((adjusted > 0) & (adjusted <= 1)).all()


@pytest.mark.parametrize(("n", "m"), list(product([1, 2, 3], repeat=2)))
def test_nothing_is_detectable_with_three_runs(n: int, m: int) -> None:
    assert detectable_superiority(n, m, 0.05) is None


@pytest.mark.parametrize("bad", BAD)
def test_refusals(bad: str) -> None:
    values = BAD[bad]
    for x, y in ((values, A), (A, values), (values, values)):
        for compare in (superiority, tie):
            with pytest.raises(ValueError, match="values must"):
                compare(x, y)
        with pytest.raises(ValueError, match="values must"):
            brunner_munzel(x, y, splits(5, 5, rng()))
        with pytest.raises(ValueError, match="values must"):
            mean_difference(x, y, SUPPORT, rng())
    for summarise in (lambda: gaffke(values, *SUPPORT, rng=rng()), lambda: describe(values, SUPPORT, rng())):
        with pytest.raises(ValueError, match="values must"):
            summarise()


@pytest.mark.parametrize("bad", ["NaN", "one NaN", "NaN and inf"])
@pytest.mark.parametrize("interval", [t_interval, log_t_interval])
def test_nominal_refusals(interval: Callable, bad: str) -> None:
    with pytest.raises(ValueError, match="NaN"):
        interval(BAD[bad])


@pytest.mark.parametrize("n", [0, -1])
def test_no_runs(n: int) -> None:
    for ask in (lambda: splits(n, 5, rng()), lambda: least_p(5, n), lambda: detectable_superiority(n, 5, 0.05)):
        with pytest.raises(ValueError, match="at least 1"):
            ask()


@pytest.mark.parametrize("values", [[INF], [-INF, 8.0]])
def test_means_have_no_infinite_values(values: list) -> None:
    with pytest.raises(ValueError, match="finite"):
        mean_difference(values, A, SUPPORT, rng())
    with pytest.raises(ValueError, match="finite"):
        gaffke(values, *SUPPORT, rng=rng())
