"""How often intervals, tests and verdicts are wrong, and how often verdicts find what is there.

Populations of two values (a run covers `high` modes or, with chance `failing`, only `low`) are enumerated: n runs have
n + 1 samples up to order, so these rates have no sampling error. Others are simulated with a seed, and a rate near 5 %
may be three standard errors above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from modecollapse.statistics.superiority import superiority
from scipy import stats

from modecollapse.statistics import gaffke, verdicts
from modecollapse.statistics import value_verdict as value_module
from modecollapse.statistics.intervals import t_interval
from modecollapse.statistics.margin import Interval, Margin
from modecollapse.statistics.ordering_verdict import equivalence_verdict, ordering_verdict
from modecollapse.statistics.permutation import Splits, _statistics, brunner_munzel, splits
from modecollapse.statistics.value_verdict import PublishedMean, value_verdict
from modecollapse.statistics.verdicts import NOT_REPRODUCED, REPRODUCED

RING, GRID, UNIT = (0.0, 8.0), (0.0, 25.0), (0.0, 1.0)
RUNS = (1, 5, 10)  # that may be behind a published mean

IntervalOf = Callable[[np.ndarray, Interval, np.random.Generator], Interval]
Draw = Callable[[np.random.Generator, int], np.ndarray]


class TwoValues(NamedTuple):
    """Runs that give `high` or, with chance `failing`, `low`."""

    low: float
    high: float
    failing: float

    @property
    def mean(self) -> float:
        return self.failing * self.low + (1 - self.failing) * self.high

    def samples(self, n: int) -> Iterator[tuple[float, np.ndarray]]:
        """Every sample of n runs up to order, with its chance; those of no weight left out."""
        for failed in range(n + 1):
            chance = float(stats.binom.pmf(failed, n, self.failing))
            if chance > 1e-6:
                yield chance, np.repeat([self.low, self.high], [failed, n - failed])


RARE_FAILURE = TwoValues(0, 8, 0.1)
BIMODAL = TwoValues(1, 8, 0.5)
BIMODAL_GRID = TwoValues(8, 25, 0.5)
ALWAYS = TwoValues(8, 8, 0.5)
NEVER = TwoValues(1, 1, 0.5)
EVEN = TwoValues(4, 12, 0.5)  # against ALWAYS: each is larger one time in two, and only one of them varies


def superiority_of(x: TwoValues, y: TwoValues) -> float:
    """The true A12."""
    pairs = [
        (a, b, p * q)
        for a, p in ((x.low, x.failing), (x.high, 1 - x.failing))
        for b, q in ((y.low, y.failing), (y.high, 1 - y.failing))
    ]
    return sum(chance * ((a > b) + (a == b) / 2) for a, b, chance in pairs)


def normal(shift: float = 0.0, sd: float = 1.0) -> Draw:
    return lambda rng, n: rng.normal(shift, sd, n)


def above_by(a12: float) -> Draw:
    """Normal values that exceed those of `normal()` with this chance."""
    return normal(np.sqrt(2) * stats.norm.ppf(a12))


def at_most(rate: float, rounds: int) -> float:
    """Three standard errors above the rate."""
    return rate + 3 * np.sqrt(rate * (1 - rate) / rounds)


# Coverage of the intervals


def by_gaffke(sample: np.ndarray, support: Interval, rng: np.random.Generator) -> Interval:
    return gaffke(sample, *support, rng=rng, draws=2000)


def by_t(sample: np.ndarray, support: Interval, rng: np.random.Generator) -> Interval:
    return t_interval(sample) or (sample[0], sample[0])  # of equal values it has no width


def coverage(population: TwoValues, support: Interval, n: int, interval_of: IntervalOf) -> float:
    rng, covered = np.random.default_rng(1), 0.0
    for chance, sample in population.samples(n):
        low, high = interval_of(sample, support, rng)
        covered += chance * (low <= population.mean <= high)
    return covered


def simulated_coverage(a: float, b: float, n: int, interval_of: IntervalOf, rounds: int) -> float:
    """Of the mean of shares from a beta distribution."""
    rng, covered = np.random.default_rng(2), 0
    for _ in range(rounds):
        low, high = interval_of(rng.beta(a, b, n), UNIT, rng)
        covered += low <= a / (a + b) <= high
    return covered / rounds


@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize(
    ("population", "support"),
    [
        (RARE_FAILURE, RING),
        (TwoValues(0, 8, 0.02), RING),
        (TwoValues(3, 8, 0.1), RING),
        (BIMODAL, RING),
        (BIMODAL_GRID, GRID),
        (ALWAYS, RING),
        (NEVER, RING),
    ],
)
def test_gaffke_covers_two_values(population: TwoValues, support: Interval, n: int) -> None:
    assert coverage(population, support, n, by_gaffke) >= 0.95


@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (8, 0.3), (0.2, 4)])  # U-shaped, near the top, near 0
def test_gaffke_covers_shares(a: float, b: float, n: int) -> None:
    assert 1 - simulated_coverage(a, b, n, by_gaffke, 200) <= at_most(0.05, 200)


def test_the_t_interval_does_not_cover_a_rare_failure() -> None:
    """The control: the same check fails where an interval is false. Without a failure among n runs it has no width."""
    assert coverage(RARE_FAILURE, RING, 5, by_t) == pytest.approx(1 - 0.9**5, abs=0.001)  # 41 %
    assert coverage(RARE_FAILURE, RING, 10, by_t) < 0.7
    assert 1 - simulated_coverage(0.2, 4, 5, by_t, 300) > 2 * at_most(0.05, 300)


def superiority_coverage(x: TwoValues, y: TwoValues, n: int, m: int) -> float:
    truth, covered = superiority_of(x, y), 0.0
    for chance, first in x.samples(n):
        for other_chance, second in y.samples(m):
            _, lower, upper = superiority(first, second)
            covered += chance * other_chance * (lower - 1e-9 <= truth <= upper + 1e-9)
    return covered


def simulated_superiority_coverage(a12: float, sd: float, n: int, m: int, rounds: int) -> tuple[float, float]:
    """Of Wilson's interval and, as a control, of the estimate +- two of its standard errors."""
    rng = np.random.default_rng(3)
    shift, covered, plainly = np.sqrt(1 + sd**2) * stats.norm.ppf(a12), 0, 0
    for _ in range(rounds):
        value, lower, upper = superiority(rng.normal(shift, sd, n), rng.normal(0, 1, m))
        covered += lower <= a12 <= upper
        plainly += abs(value - a12) <= 1.96 * np.sqrt(value * (1 - value) / min(n, m))
    return covered / rounds, plainly / rounds


@pytest.mark.parametrize(("n", "m"), [(5, 5), (10, 10), (30, 30), (30, 5), (5, 30)])
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (RARE_FAILURE, RARE_FAILURE),
        (RARE_FAILURE, BIMODAL),
        (BIMODAL, BIMODAL),
        (ALWAYS, RARE_FAILURE),
        (ALWAYS, NEVER),
    ],
)
def test_wilson_covers_the_superiority_of_two_values(x: TwoValues, y: TwoValues, n: int, m: int) -> None:
    assert superiority_coverage(x, y, n, m) >= 0.95


@pytest.mark.parametrize(("n", "m"), [(5, 5), (30, 30), (30, 5)])
@pytest.mark.parametrize(("a12", "sd"), [(0.5, 1), (0.5, 3), (0.75, 1), (0.95, 1), (0.95, 3)])
def test_wilson_covers_the_superiority_of_normal_values(a12: float, sd: float, n: int, m: int) -> None:
    assert 1 - simulated_superiority_coverage(a12, sd, n, m, 400)[0] <= at_most(0.05, 400)


def test_two_standard_errors_do_not_cover_a_large_superiority() -> None:
    """The control: at 5 runs a group these cover one time in two."""
    assert simulated_superiority_coverage(0.95, 1, 5, 5, 1000)[1] < 0.6


# Type I error of the Brunner-Munzel test


@cache
def divisions(n: int, m: int, draws: int = 999) -> Splits:
    return splits(n, m, np.random.default_rng([n, m]), draws)


def rejections(x: TwoValues, y: TwoValues, n: int, m: int, alternative: str = "two-sided") -> float:
    """The chance of p <= .05."""
    rejected = 0.0
    for chance, first in x.samples(n):
        for other_chance, second in y.samples(m):
            if chance * other_chance > 1e-6:
                p = brunner_munzel(first, second, divisions(n, m), alternative)
                rejected += chance * other_chance * (p <= 0.05)
    return rejected


def many_p(x: np.ndarray, y: np.ndarray, found: Splits) -> np.ndarray:
    """Two-sided p of each row of x, shape (R, n), against that of y, shape (R, m), none of them tied.

    Without ties the statistics of all divisions are the same whatever the values, so they are computed once.
    """
    n, ends = x.shape[1], np.arange(x.shape[1] + y.shape[1])
    permuted = np.sort(np.abs(_statistics(found.first, ends)))
    observed = np.abs(_statistics(np.argsort(np.hstack([x, y]), axis=1) < n, ends))
    count = permuted.size - np.searchsorted(permuted, observed * (1 - 1e-9))
    return count / permuted.size if found.exact else (1 + count) / (1 + permuted.size)


@pytest.mark.parametrize(("n", "m"), [(5, 5), (30, 5)])
def test_many_p_are_those_of_the_test(n: int, m: int) -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(0.5, 1, (20, n)), rng.normal(0, 1, (20, m))
    found = divisions(n, m)
    assert many_p(x, y, found) == pytest.approx([brunner_munzel(a, b, found) for a, b in zip(x, y, strict=True)])


@pytest.mark.parametrize(("n", "m"), [(5, 5), (10, 10), (30, 5), (5, 30), (10, 30)])
@pytest.mark.parametrize(("x", "y"), [(RARE_FAILURE, RARE_FAILURE), (BIMODAL, BIMODAL), (EVEN, ALWAYS)])
def test_two_values_of_which_neither_is_larger_are_seldom_told_apart(
    x: TwoValues, y: TwoValues, n: int, m: int
) -> None:
    assert superiority_of(x, y) == pytest.approx(0.5)
    assert rejections(x, y, n, m) <= 0.07


@pytest.mark.parametrize(
    ("n", "m", "sd", "bound"),
    [
        *[(n, m, 1, 0.065) for n, m in ((5, 5), (10, 10), (30, 30), (30, 5), (10, 30))],
        *[(n, m, 3, 0.07) for n, m in ((5, 5), (10, 10), (30, 30), (30, 5), (30, 10), (10, 30))],
        (5, 30, 3, 0.085),  # the worst: a small group that varies more
    ],
)
def test_normal_values_of_which_neither_is_larger_are_seldom_told_apart(
    n: int, m: int, sd: float, bound: float
) -> None:
    rng, rounds = np.random.default_rng(5), 5000
    p = many_p(rng.normal(0, sd, (rounds, n)), rng.normal(0, 1, (rounds, m)), divisions(n, m, 4999))
    assert np.mean(p <= 0.05) <= bound


@pytest.mark.parametrize(("n", "m"), [(5, 5), (10, 10), (10, 30)])
def test_rounded_values_of_which_neither_is_larger_are_seldom_told_apart(n: int, m: int) -> None:
    """Many ties and three times the spread."""
    rng, rounds = np.random.default_rng(6), 300
    p = [
        brunner_munzel(np.round(rng.normal(0, 3, n)), np.round(rng.normal(0, 1, m)), divisions(n, m))
        for _ in range(rounds)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.07


# Verdicts on a published mean


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts with fewer draws and without the search for the seeds that would decide."""
    monkeypatch.setattr(value_module, "gaffke", lambda *args, **settings: gaffke(*args, **settings | {"draws": 2000}))
    monkeypatch.setattr(value_module, "_seeds_needed", lambda *_: None)


def value_rate(
    outcome: str, population: TwoValues, published: PublishedMean, margin: float, support: Interval, n: int
) -> float:
    """The chance of the outcome."""
    rng, rate = np.random.default_rng(7), 0.0
    for chance, sample in population.samples(n):
        found = value_verdict(sample, published, Margin(margin), support, rng).verdict
        rate += chance * (found.outcome == outcome)
    return rate


def with_mean(low: float, high: float, mean: float) -> TwoValues:
    return TwoValues(low, high, (high - mean) / (high - low))


ON_THE_MARGIN = [  # the two values, the published one, a mean on the end of the zone of a tenth of the support
    (0, 8, 8.0, 7.15, RING),
    (7, 8, 8.0, 7.15, RING),
    (1, 8, 4.5, 5.35, RING),
    (0, 8, 0.0, 0.85, RING),
    (8, 25, 25.0, 22.45, GRID),
    (0, 25, 16.6, 14.05, GRID),
]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize(("low", "high", "claimed", "mean", "support"), ON_THE_MARGIN)
def test_a_mean_on_the_margin_is_seldom_reproduced(
    low: float, high: float, claimed: float, mean: float, support: Interval, n: int
) -> None:
    margin, published = 0.1 * support[1], PublishedMean(claimed, 0.05, RUNS)
    assert value_rate(REPRODUCED, with_mean(low, high, mean), published, margin, support, n) <= 0.05


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("n", [30, 60])
def test_a_mean_just_outside_the_margin_is_seldom_reproduced(n: int) -> None:
    published = PublishedMean(8.0, 0.05, RUNS)
    assert value_rate(REPRODUCED, with_mean(0, 8, 7.1), published, 0.8, RING, n) <= 0.05


@pytest.mark.usefixtures("quick")
def test_the_t_interval_reproduces_a_mean_on_the_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with an interval that has no width for equal values."""
    monkeypatch.setattr(value_module, "gaffke", lambda sample, *support, **_: by_t(sample, support, None))
    assert value_rate(REPRODUCED, with_mean(0, 8, 7.15), PublishedMean(8.0, 0.05, RUNS), 0.8, RING, 5) > 0.5


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize("margin", [0.0, 0.8])
@pytest.mark.parametrize("population", [BIMODAL, RARE_FAILURE, TwoValues(1, 8, 0.75)])
def test_the_published_mean_itself_is_seldom_refuted(population: TwoValues, margin: float, n: int) -> None:
    published = PublishedMean(population.mean, 0.05, RUNS)
    assert value_rate(NOT_REPRODUCED, population, published, margin, RING, n) <= 0.05


def refuted(population: TwoValues, original: int, n: int) -> float:
    """The chance that n runs refute what was published of the mean of `original` runs of the very same kind."""
    return sum(
        chance * value_rate(NOT_REPRODUCED, population, PublishedMean(sample.mean(), 0.05, RUNS), 0.8, RING, n)
        for chance, sample in population.samples(original)
    )


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("population", "original", "bound"),
    [
        (BIMODAL, 1, 0.05),
        (BIMODAL, 5, 0.05),
        (RARE_FAILURE, 5, 0.05),
        (RARE_FAILURE, 1, 0.10),  # a single run that failed is a prediction no interval for means can make
    ],
)
def test_a_few_runs_of_the_same_kind_are_seldom_refuted(population: TwoValues, original: int, bound: float) -> None:
    assert refuted(population, original, 10) <= bound


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("n", "least", "most"), [(5, 0, 0), (10, 0, 0), (20, 0, 0), (30, 0.95, 1)])
def test_how_often_runs_that_hardly_vary_reproduce_what_is_true(n: int, least: float, most: float) -> None:
    """One run in fifty covers 7 of 8 modes, and 8.0 is published: the resolution floor decides."""
    rate = value_rate(REPRODUCED, TwoValues(7, 8, 0.02), PublishedMean(8.0, 0.05, RUNS), 0.8, RING, n)
    assert least <= rate <= most


# Verdicts on an ordering


def order_rates(champion: Draw, opponents: list[Draw], n: int, m: int, rounds: int) -> dict[str, float]:
    """The shares of REPRODUCED, of below and of tie, of n runs against m of each opponent."""
    rng = np.random.default_rng(9)
    found = []
    for _ in range(rounds):
        others = {str(i): draw(rng, m) for i, draw in enumerate(opponents)}
        found.append(ordering_verdict(champion(rng, n), others, divisions).verdict)
    return {
        REPRODUCED: float(np.mean([one.outcome == REPRODUCED for one in found])),
        verdicts.BELOW: float(np.mean([one.reason == verdicts.BELOW for one in found])),
        verdicts.TIE: float(np.mean([one.reason == verdicts.TIE for one in found])),
    }


@pytest.mark.parametrize(("n", "m", "rounds"), [(5, 5, 400), (10, 10, 200), (30, 30, 100), (30, 5, 150)])
def test_an_equal_opponent_is_seldom_said_to_be_beaten(n: int, m: int, rounds: int) -> None:
    rates = order_rates(normal(), [normal(), normal(-6)], n, m, rounds)
    assert rates[REPRODUCED] <= at_most(0.05, rounds)


@pytest.mark.parametrize("n", [5, 10, 30])
def test_an_equal_opponent_with_rare_failures_is_seldom_said_to_be_beaten(n: int) -> None:
    assert rejections(RARE_FAILURE, RARE_FAILURE, n, n, "greater") <= 0.05


@pytest.mark.parametrize(("n", "opponents", "rounds"), [(5, 11, 150), (10, 6, 100), (30, 3, 60)])
def test_equal_opponents_are_seldom_said_to_be_better(n: int, opponents: int, rounds: int) -> None:
    rates = order_rates(normal(), [normal()] * opponents, n, n, rounds)
    assert rates[verdicts.BELOW] <= at_most(0.05, rounds)
    assert rates[REPRODUCED] <= at_most(0.05, rounds)


def test_a_difference_on_the_margin_is_seldom_said_to_be_a_tie() -> None:
    rng, rounds, ties = np.random.default_rng(10), 100, 0
    for _ in range(rounds):
        found = equivalence_verdict(above_by(0.65)(rng, 30), rng.normal(0, 1, 30), divisions)
        ties += found.verdict.outcome == REPRODUCED
    assert ties / rounds <= at_most(0.05, rounds)


@pytest.mark.parametrize(
    ("n", "a12", "least", "most", "rounds"),
    [
        (5, 0.75, 0.30, 0.43, 400),
        (10, 0.75, 0.56, 0.72, 300),
        (17, 0.75, 0.74, 0.92, 150),  # Noether's 80 %, on which the seeds in a verdict rest
        (30, 0.75, 0.92, 1.00, 100),
        (5, 0.90, 0.74, 0.86, 300),
        (10, 0.90, 0.95, 1.00, 100),
    ],
)
def test_how_often_a_better_champion_is_found(n: int, a12: float, least: float, most: float, rounds: int) -> None:
    """Bounds are about three standard errors from the shares of 20,000 rounds."""
    assert least <= order_rates(above_by(a12), [normal()], n, n, rounds)[REPRODUCED] <= most


@pytest.mark.parametrize("n", [5, 10, 30])
def test_a_champion_that_always_wins_is_always_found(n: int) -> None:
    assert order_rates(normal(20), [normal()] * 2, n, n, 20)[REPRODUCED] == 1.0
