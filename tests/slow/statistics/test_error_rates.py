"""How often intervals, tests and verdicts on a published mean are wrong; other rules are in test_simulated_rates.py.

Populations of two values (a run covers `high` modes or, with chance `failing`, only `low`) are enumerated: n runs have
n + 1 samples up to order, so these rates have no sampling error. Others are simulated with a seed, and a rate near 5 %
may be three standard errors above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics import gaffke
from modecollapse.statistics import value_verdict as value_module
from modecollapse.statistics.intervals import Interval, t_interval
from modecollapse.statistics.margin import ODDS, Margin
from modecollapse.statistics.permutation import Permutations, brunner_munzel, permutations
from modecollapse.statistics.prob_superiority import prob_superiority
from modecollapse.statistics.value_verdict import PublishedMean, value_verdict
from modecollapse.statistics.verdicts import NOT_REPRODUCED, REPRODUCED

RING, GRID = (0.0, 8.0), (0.0, 25.0)
RUNS = (1, 5, 10)  # that may be behind a published mean


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

    def chance(self, n: int, shows: Callable[[np.ndarray], bool]) -> float:
        """The chance that a sample of n runs shows something."""
        return sum(chance * bool(shows(sample)) for chance, sample in self.samples(n))


def chance_of_both(x: TwoValues, n: int, y: TwoValues, m: int, shows: Callable[..., bool]) -> float:
    """The chance that a sample of n runs of x and one of m runs of y together show something."""
    pairs = product(x.samples(n), y.samples(m))
    return sum(p * q * bool(shows(first, second)) for (p, first), (q, second) in pairs if p * q > 1e-6)


RARE_FAILURE, BIMODAL = TwoValues(0, 8, 0.1), TwoValues(1, 8, 0.5)
ALWAYS, NEVER = TwoValues(8, 8, 0.5), TwoValues(1, 1, 0.5)
EVEN = TwoValues(4, 12, 0.5)  # against ALWAYS: each is larger one time in two, and only one of them varies


def superiority_of(x: TwoValues, y: TwoValues) -> float:
    """The true A12, from samples of one run each."""
    return chance_of_both(x, 1, y, 1, lambda a, b: a > b) + chance_of_both(x, 1, y, 1, lambda a, b: a == b) / 2


def at_most(rate: float, rounds: int) -> float:
    """Three standard errors above the rate."""
    return rate + 3 * np.sqrt(rate * (1 - rate) / rounds)


# Coverage of the intervals


def by_t(sample: np.ndarray, *support: float, **level: float) -> Interval:
    return t_interval(sample) or (sample[0], sample[0])  # of equal values it has no width


def coverage(population: TwoValues, support: Interval, n: int, interval_of: Callable[..., Interval]) -> float:
    def covers(sample: np.ndarray) -> bool:
        low, high = interval_of(sample, *support)
        return low <= population.mean <= high

    return population.chance(n, covers)


def simulated_coverage(a: float, b: float, n: int, interval_of: Callable[..., Interval], rounds: int) -> float:
    """Of the mean of shares from a beta distribution."""
    rng = np.random.default_rng(2)
    ends = [interval_of(rng.beta(a, b, n), 0, 1) for _ in range(rounds)]
    return np.mean([low <= a / (a + b) <= high for low, high in ends])


@pytest.mark.parametrize("n", [2, 5, 10, 30, 100])
@pytest.mark.parametrize(
    "population",
    [RARE_FAILURE, TwoValues(0, 8, 0.02), TwoValues(3, 8, 0.1), BIMODAL, TwoValues(8, 25, 0.5), ALWAYS, NEVER],
)
def test_gaffke_covers_two_values(population: TwoValues, n: int) -> None:
    assert coverage(population, GRID if population.high > 8 else RING, n, gaffke) >= 0.95


@pytest.mark.parametrize("n", [2, 5, 10, 30, 100])
@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (8, 0.3), (0.2, 4)])  # U-shaped, near the top, near 0
def test_gaffke_covers_shares(a: float, b: float, n: int) -> None:
    assert 1 - simulated_coverage(a, b, n, gaffke, 1000) <= at_most(0.05, 1000)


def test_the_t_interval_does_not_cover_a_rare_failure() -> None:
    """The control: the same check fails where an interval is false. Without a failure among n runs it has no width."""
    assert coverage(RARE_FAILURE, RING, 5, by_t) == pytest.approx(1 - 0.9**5, abs=0.001)  # 41 %
    assert coverage(RARE_FAILURE, RING, 10, by_t) < 0.7
    assert 1 - simulated_coverage(0.2, 4, 5, by_t, 300) > 2 * at_most(0.05, 300)


@pytest.mark.parametrize(("n", "m"), [(5, 5), (10, 10), (30, 30), (30, 5), (5, 30)])
@pytest.mark.parametrize(
    ("x", "y"),
    [(RARE_FAILURE, RARE_FAILURE), (RARE_FAILURE, BIMODAL), (BIMODAL, BIMODAL), (ALWAYS, NEVER), (RARE_FAILURE, NEVER)],
)
def test_wilson_covers_the_superiority_of_two_values(x: TwoValues, y: TwoValues, n: int, m: int) -> None:
    """Against a constant it is Wilson's interval of a share, which covers 95 % only on average: 92 % for 9 in 10."""
    truth, least = superiority_of(x, y), 0.91 if (x, y) == (RARE_FAILURE, NEVER) else 0.95

    def covers(first: np.ndarray, second: np.ndarray) -> bool:
        _, lower, upper = prob_superiority(first, second)
        return lower - 1e-9 <= truth <= upper + 1e-9

    assert chance_of_both(x, n, y, m, covers) >= least


# Type I error of the Brunner-Munzel test


@cache
def divisions(n: int, m: int, draws: int = 999) -> Permutations:
    return permutations(n, m, np.random.default_rng([n, m]), draws)


@pytest.mark.parametrize(("n", "m"), [(5, 5), (10, 10), (30, 5), (5, 30), (10, 30)])
@pytest.mark.parametrize(("x", "y"), [(RARE_FAILURE, RARE_FAILURE), (BIMODAL, BIMODAL), (EVEN, ALWAYS)])
def test_two_values_of_which_neither_is_larger_are_seldom_told_apart(
    x: TwoValues, y: TwoValues, n: int, m: int
) -> None:
    assert superiority_of(x, y) == pytest.approx(0.5)
    assert chance_of_both(x, n, y, m, lambda a, b: brunner_munzel(a, b, divisions(n, m)) <= 0.05) <= 0.07


@pytest.mark.parametrize(("n", "m"), [(5, 5), (10, 10), (30, 30), (30, 5), (5, 30), (10, 30)])
@pytest.mark.parametrize("sd", [1, 3])
def test_normal_values_of_which_neither_is_larger_are_seldom_told_apart(n: int, m: int, sd: float) -> None:
    bound = 0.085 if (n, m, sd) == (5, 30, 3) else 0.07  # the worst: a small group that varies more
    rng, found = np.random.default_rng(5), divisions(n, m, 4999)
    p = [brunner_munzel(rng.normal(0, sd, n), rng.normal(0, 1, m), found) for _ in range(4000)]
    assert np.mean(np.array(p) <= 0.05) <= bound


# Verdicts on a published mean


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts without the search for the seeds that would decide."""
    monkeypatch.setattr(value_module, "_seeds_needed", lambda *_: None)


def value_rate(
    outcome: str, population: TwoValues, claimed: float, margin: float | Margin, support: Interval, n: int
) -> float:
    """The chance of the outcome."""
    published, margin = PublishedMean(claimed, 0.05, RUNS), margin if isinstance(margin, Margin) else Margin(margin)

    def shows(sample: np.ndarray) -> bool:
        return value_verdict(sample, published, margin, support).verdict.outcome == outcome

    return population.chance(n, shows)


@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize(
    ("low", "high", "claimed", "mean", "top"),
    [(0, 8, 8.0, 7.15, 8), (7, 8, 8.0, 7.15, 8), (1, 8, 4.5, 5.35, 8), (0, 8, 0.0, 0.85, 8), (8, 25, 25.0, 22.45, 25)],
)
def test_a_mean_on_the_margin_is_seldom_reproduced(
    low: float, high: float, claimed: float, mean: float, top: float, n: int
) -> None:
    """The margin is a tenth of the support, which ends at `top`."""
    population = TwoValues(low, high, (high - mean) / (high - low))
    assert value_rate(REPRODUCED, population, claimed, 0.1 * top, (0, top), n) <= 0.05


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize(("claimed", "n"), [(50.0, 30), (50.0, 400), (3.0, 30), (3.0, 1500), (97.0, 1500)])
def test_a_mean_at_an_end_of_a_zone_of_odds_is_seldom_reproduced(claimed: float, n: int, end: int) -> None:
    """With 0 or 100 % a run, where Gaffke's interval is exact; few runs cannot reproduce it at all."""
    margin = Margin(1.5, ODDS)
    population = TwoValues(0, 100, 1 - margin.zone(claimed, 0.05)[end] / 100)
    rate = value_rate(REPRODUCED, population, claimed, margin, (0, 100), n)
    assert (0.03 if n > 30 else 0.0) <= rate <= 0.05


def test_the_t_interval_reproduces_a_mean_on_the_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with an interval that has no width for equal values."""
    monkeypatch.setattr(value_module, "gaffke", by_t)
    assert value_rate(REPRODUCED, TwoValues(0, 8, 0.85 / 8), 8.0, 0.8, RING, 5) > 0.5


@pytest.mark.parametrize("n", [5, 10, 30])
@pytest.mark.parametrize("margin", [0.0, 0.8])
@pytest.mark.parametrize("population", [BIMODAL, RARE_FAILURE, TwoValues(1, 8, 0.75)])
def test_the_published_mean_itself_is_seldom_refuted(population: TwoValues, margin: float, n: int) -> None:
    assert value_rate(NOT_REPRODUCED, population, population.mean, margin, RING, n) <= 0.05


@pytest.mark.parametrize(("population", "original"), [(BIMODAL, 1), (BIMODAL, 5), (RARE_FAILURE, 5), (RARE_FAILURE, 1)])
def test_a_few_runs_of_the_same_kind_are_seldom_refuted(population: TwoValues, original: int) -> None:
    """Ten runs against the mean of the original's of the very same kind; no interval for means predicts one failure."""
    bound = 0.10 if (population, original) == (RARE_FAILURE, 1) else 0.05
    samples = population.samples(original)
    rates = [p * value_rate(NOT_REPRODUCED, population, own.mean(), 0.8, RING, 10) for p, own in samples]
    assert sum(rates) <= bound
