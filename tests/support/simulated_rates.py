"""How often rules on made-up runs of known limits are wrong or find what is there: cases, and the rates they may have.

`tests/statistics` draws them a few hundred times, `tests/slow/statistics` thousands of times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
from scipy.signal import lfilter
from scipy.stats import binom, norm

from modecollapse.statistics import value_verdict as value_module
from modecollapse.statistics import verdicts
from modecollapse.statistics.margin import ODDS, Margin
from modecollapse.statistics.ordering_verdict import equivalence_verdict, ordering_verdict
from modecollapse.statistics.permutation import Permutations, permutations
from modecollapse.statistics.plateau import plateau, quarter_means
from modecollapse.statistics.prediction import prediction
from modecollapse.statistics.trend import trend_verdict
from modecollapse.statistics.value_verdict import PublishedMean, value_verdict
from modecollapse.statistics.verdicts import ALL, ANY, INCONCLUSIVE, NOT_REPRODUCED, PARTIALLY, REPRODUCED, of_set

Rng = np.random.Generator
STEPS, TIME = np.arange(1, 51), np.arange(1, 51) / 50
ALPHA = 0.05


class Case(NamedTuple):
    """One study drawn at random shows something or does not; how often it may, and how many take as long as one."""

    shows: Callable[[Rng], bool]
    least: float
    most: float
    cost: int = 1


def rate(case: Case, rounds: int) -> tuple[float, bool]:
    """The share of `rounds` studies that show it, and whether chance can explain where that is not what may be."""
    rng = np.random.default_rng(17)
    count = sum(bool(case.shows(rng)) for _ in range(rounds))
    too_few, too_many = binom.cdf(count, rounds, case.least), binom.sf(count - 1, rounds, case.most)
    return count / rounds, bool(min(too_few, too_many) > 0.001)


def _autoregression(rng: Rng, runs: int) -> np.ndarray:
    """Noise of sd 1 over the evaluations, (runs, T), each value 0.8 times the one before and something new."""
    noise = rng.normal(size=(runs, TIME.size))
    noise[:, 1:] *= 0.6
    return lfilter([1], [1, -0.8], noise, axis=1)


# Plateaus: the mean change from third to fourth quarter is `drift`, in units of the bound.


def _arrives(curve: str, n: int, drift: float) -> Callable[[Rng], bool]:
    """Runs that start far apart and move by a curve, with noise as large as the bound."""

    def shows(rng: Rng) -> bool:
        rise = {"line": TIME, "exponential": -np.exp(-TIME / 0.4)}.get(curve, TIME)
        values = np.tile(rise * drift / np.diff(quarter_means(STEPS, rise[None])[0])[-1], (n, 1))
        if curve == "oscillation":  # of a period of 0.3 of the training, each run in a phase of its own
            values = values + 2 * np.sin(2 * np.pi * (TIME / 0.3 + rng.random((n, 1))))
        if curve == "jumps":  # a tenth of the runs jump at the start of the last quarter, the others stand still
            values = 10 * drift * (rng.random((n, 1)) < 0.1) * (TIME > 0.75)
        values = values + 10 * rng.normal(size=(n, 1)) + _autoregression(rng, n)
        return plateau(quarter_means(STEPS, values), 1.0).arrived

    return shows


def _plateaus() -> Iterator[tuple[str, Case]]:
    for n in (5, 10, 30):
        for curve in ("line", "exponential", "oscillation"):
            yield f"plateau, {n} runs, {curve} that moves by the bound", Case(_arrives(curve, n, 1.0), 0.0, 0.05)
            yield f"plateau, {n} runs, {curve} that moves by twice it", Case(_arrives(curve, n, 2.0), 0.0, 0.01)
        still = {5: 0.45, 10: 0.9, 30: 0.99}[n]
        yield f"plateau, {n} runs, noise alone", Case(_arrives("line", n, 0.0), still, 1.0)
        swings = {5: 0.35, 10: 0.88, 30: 0.99}[n]
        yield f"plateau, {n} runs, oscillation alone", Case(_arrives("oscillation", n, 0.0), swings, 1.0)
        # The known limit: Student's interval is wrong for what few runs do, and no interval without bounds is right.
        jumps = {5: 0.3, 10: 0.36, 30: 0.15}[n]
        yield f"plateau, {n} runs, one in ten jumps", Case(_arrives("jumps", n, 1.0), 0.0, jumps)


# Published percentages with a margin on the odds.


def _percent(published: float, edge: int, n: int, spread: float, outcome: str) -> Callable[[Rng], bool]:
    """Runs from a beta distribution whose mean is the number (edge 0), or the upper or the lower end of its zone."""
    claim, margin = PublishedMean(published, 0.0, (5, 1, 10)), Margin(1.5, ODDS)
    mean = (published, margin.zone(published, 0)[1], margin.zone(published, 0)[0])[edge] / 100
    weight = 1 / spread**2

    def shows(rng: Rng) -> bool:
        values = 100 * rng.beta(mean * weight, (1 - mean) * weight, n)
        with patch.object(value_module, "_seeds_needed", lambda *_: None):  # slow, and of no interest here
            return value_verdict(values, claim, margin, (0.0, 100.0)).verdict.outcome == outcome

    return shows


def _percentages() -> Iterator[tuple[str, Case]]:
    for published in (0.13, 3.0, 50.0, 99.0):
        for n in (5, 30):
            for edge, spread in ((1, 0.02), (-1, 0.02), (1, 0.3), (-1, 0.3)):
                name = f"odds, {published} %, {n} runs of spread {spread} at the {'upper' if edge > 0 else 'lower'} end"
                yield name, Case(_percent(published, edge, n, spread, REPRODUCED), 0.0, ALPHA)
        own = _percent(published, 0, 30, 0.3, NOT_REPRODUCED)
        yield f"odds, {published} %, 30 runs of that mean refuted", Case(own, 0.0, ALPHA)
    yield "odds, 50.0 %, 30 runs of that mean reproduced", Case(_percent(50, 0, 30, 0.05, REPRODUCED), 0.99, 1.0)
    yield "odds, 99.0 %, 30 runs of that mean reproduced", Case(_percent(99, 0, 30, 0.01, REPRODUCED), 0.0, 0.0)


# Claims of several parts, each of which is decided wrongly in one of twenty studies either way.


def _claim(parts: int, shared: float, holds: str, wrong: tuple[str, ...]) -> Callable[[Rng], bool]:
    """`shared` is the correlation of the parts' statistics."""

    def shows(rng: Rng) -> bool:
        z = np.sqrt(1 - shared) * rng.normal(size=parts) + np.sqrt(shared) * rng.normal()
        p = norm.sf(np.abs(z))
        outcomes = np.where(p > ALPHA, INCONCLUSIVE, np.where(z > 0, REPRODUCED, NOT_REPRODUCED)).tolist()
        return of_set(outcomes, p.tolist(), ALPHA, holds).outcome in wrong

    return shows


def _claims() -> Iterator[tuple[str, Case]]:
    for parts in (2, 6, 12):
        for shared in (0.0, 0.5):
            name = f"{parts} parts at the null, correlation {shared}"
            yield (
                f"{name}, all must hold, reproduced",
                Case(_claim(parts, shared, ALL, (REPRODUCED, PARTIALLY)), 0, ALPHA),
            )
            yield f"{name}, all must hold, refuted", Case(_claim(parts, shared, ALL, (NOT_REPRODUCED,)), 0, ALPHA)
            yield f"{name}, any must hold, reproduced", Case(_claim(parts, shared, ANY, (REPRODUCED,)), 0, ALPHA)


# Signals of the training, and the quality of runs that learn at speeds of their own or break down at some time.


def _quality(rng: Rng, n: int, course: str) -> np.ndarray:
    speeds = rng.uniform(0.1, 0.6, (n, 1)) if course == "speeds" else np.full((n, 1), 0.3)
    quality = 8 * (1 - np.exp(-TIME / speeds))
    if course == "breakdowns":
        quality = np.where(rng.uniform(0.3, 1.5, (n, 1)) < TIME, 0.3 * quality, quality)
    return quality + 0.6 * _autoregression(rng, n)


def _predicts(signal: str, course: str, n: int, way: str) -> Callable[[Rng], bool]:
    def shows(rng: Rng) -> bool:
        quality = _quality(rng, n, course)
        noise = rng.normal(size=quality.shape)
        made = {
            "good": lambda: -quality + 0.8 * noise,
            "borderline": lambda: -quality + {"speeds": 1.5, "breakdowns": 2.86}[course] * noise,
            "step": lambda: np.tile(-TIME, (n, 1)),
            "noisy step": lambda: 0.1 * noise - TIME,
            "other run's": lambda: -_quality(rng, n, course),
            "useless": lambda: noise,
        }
        found = prediction(made[signal](), quality, rising=False)
        return getattr(found, way) <= ALPHA

    return shows


def _predictions() -> Iterator[tuple[str, Case]]:
    for course in ("speeds", "breakdowns"):
        refuted = {"speeds": {5: 0.6, 10: 0.97}, "breakdowns": {5: 0.2, 10: 0.7}}[course]
        for n, power in ((5, 0.33), (10, 0.75)):
            cost, name = n, f"prediction, {n} runs with {course}"
            yield f"{name}, a good signal found", Case(_predicts("good", course, n, "p_better"), power, 1.0, cost)
            yield f"{name}, a good signal refuted", Case(_predicts("good", course, n, "p_worse"), 0.0, 0.01, cost)
            for signal in ("step", "noisy step", "other run's", "useless"):
                yield f"{name}, {signal} found", Case(_predicts(signal, course, n, "p_better"), 0.0, 0.02, cost)
            yield f"{name}, useless refuted", Case(_predicts("useless", course, n, "p_worse"), refuted[n], 1.0, cost)
            for way in ("p_better", "p_worse"):  # as good as the step on average
                yield f"{name}, borderline {way}", Case(_predicts("borderline", course, n, way), 0.0, 0.1, cost)


# Trends over five groups of counts of modes.


def _trends(n: int, rise: float, outcome: str) -> Callable[[Rng], bool]:
    def shows(rng: Rng) -> bool:
        groups = [np.clip(np.round(rng.normal(4 + rise * i, 1.5, n)), 0, 8) for i in range(5)]
        return trend_verdict(groups, rng, draws=199).verdict.outcome == outcome

    return shows


def _trend_cases() -> Iterator[tuple[str, Case]]:
    for n, rise, power in ((5, 0.5, 0.68), (10, 0.4, 0.78), (30, 0.3, 0.9)):
        for outcome in (REPRODUCED, NOT_REPRODUCED):
            yield f"trend, {n} runs a group, none, {outcome}", Case(_trends(n, 0.0, outcome), 0.0, ALPHA, 2)
        yield f"trend, {n} runs a group, {rise} a group, found", Case(_trends(n, rise, REPRODUCED), power, 1.0, 2)


# Orders of normal values; how often a better candidate is found is known from 20,000 rounds.


@cache
def _divisions(n: int, m: int) -> Permutations:
    return permutations(n, m, np.random.default_rng([n, m]), 999)


def _orders(a12: float, opponents: list[float], n: int, m: int, shown: str) -> Callable[[Rng], bool]:
    """The candidate is better than an opponent at 0 with chance a12."""

    def shows(rng: Rng) -> bool:
        others = {str(i): rng.normal(shift, 1, m) for i, shift in enumerate(opponents)}
        candidate = rng.normal(np.sqrt(2) * norm.ppf(a12), 1, n)
        if shown == verdicts.TIE:
            return equivalence_verdict(candidate, others["0"], _divisions).verdict.outcome == REPRODUCED
        return shown in ordering_verdict(candidate, others, _divisions).verdict[:2]

    return shows


def _order_cases() -> Iterator[tuple[str, Case]]:
    for opponents, n, m in (([0, -6], 5, 5), ([0, -6], 10, 10), ([0, -6], 30, 5), ([0] * 11, 5, 5), ([0] * 3, 30, 30)):
        for shown in (REPRODUCED, verdicts.BELOW):
            case = Case(_orders(0.5, opponents, n, m, shown), 0.0, ALPHA, 2 * len(opponents))
            yield f"order, {n} runs against {m} of {opponents}, {shown}", case
    yield (
        "equivalence, 30 runs, a difference on the margin",
        Case(_orders(0.65, [0], 30, 30, verdicts.TIE), 0.0, ALPHA, 2),
    )
    # Noether's formula, on which the seeds in a verdict rest, promises 80 % at 17 runs.
    for n, a12, power in ((5, 0.75, 0.37), (10, 0.75, 0.64), (17, 0.75, 0.83), (30, 0.75, 0.97), (5, 0.9, 0.8)):
        case = Case(_orders(a12, [0], n, n, REPRODUCED), power - 0.015, power + 0.015, 2)
        yield f"order, {n} runs, a chance of {a12}, found", case


CASES = dict([*_plateaus(), *_percentages(), *_claims(), *_predictions(), *_trend_cases(), *_order_cases()])
