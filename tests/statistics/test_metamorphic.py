"""How answers must move, or not, when the data are changed: swapped, scaled, reordered, improved, or resampled."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from modecollapse.statistics import verdicts
from modecollapse.statistics.intervals import Interval
from modecollapse.statistics.margin import ABSOLUTE, FACTOR, ODDS, Margin
from modecollapse.statistics.ordering_verdict import equivalence_verdict, ordering_verdict
from modecollapse.statistics.permutation import Permutations, permutations
from modecollapse.statistics.share_verdict import bound_verdict, share_verdict
from modecollapse.statistics.trend import trend_verdict
from modecollapse.statistics.value_verdict import SD, SE, PublishedMean, value_verdict
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, IntervalVerdict

RING = (0.0, 8.0)
TIE, ALPHA = 0.15, 0.05

modes = some.integers(0, 8).map(float)
quality = some.integers(0, 800).map(lambda hundredth: hundredth / 100)
a_group = some.lists(modes | quality, min_size=5, max_size=6)  # all divisions of 5 or 6 and 6 are at most 924
margins = some.floats(0.01, 6)


@cache
def exact(n: int, m: int) -> Permutations:
    found = permutations(n, m, np.random.default_rng(0))
    assert found.exact
    return found


@cache
def drawn(n: int, m: int) -> Permutations:
    return permutations(n, m, np.random.default_rng(0), 99)


def judged(
    values: list[float] | np.ndarray, published: PublishedMean, margin: Margin, support: Interval | None = RING
) -> IntervalVerdict:
    return value_verdict(values, published, margin, support)


@some.composite
def a_claim(draw: Callable) -> tuple[list[float], PublishedMean]:
    values = draw(some.lists(modes, min_size=5, max_size=30) | some.lists(quality, min_size=5, max_size=30))
    spread = draw(some.none() | some.floats(0.1, 3))
    rounding = draw(some.sampled_from([0.05, 0.5]))
    return values, PublishedMean(draw(some.floats(0, 9)), rounding, (5, 1), spread, (SD, SE) if spread else ())


@given(a_group, a_group)
@settings(deadline=None, max_examples=60)
def test_swapping_two_groups_mirrors_their_verdict(first: list[float], second: list[float]) -> None:
    one, other = (equivalence_verdict(*pair, exact).verdict for pair in ((first, second), (second, first)))
    mirror = {verdicts.ABOVE: verdicts.BELOW, verdicts.BELOW: verdicts.ABOVE}
    assert (one.outcome, one.reason) == (other.outcome, mirror.get(other.reason, other.reason))
    forward, backward = (
        ordering_verdict(*pair, exact).verdict for pair in ((first, {"": second}), (second, {"": first}))
    )
    assert (forward.outcome == REPRODUCED) == (backward.reason == verdicts.BELOW)


@given(a_claim(), margins, some.sampled_from([0.01, 0.125, 3.0, 1000.0]), some.sampled_from([0.0, -3.0, 100.0]))
@settings(deadline=None, max_examples=30)
def test_another_unit_leaves_the_verdict_on_a_value(
    claim: tuple[list[float], PublishedMean], margin: float, times: float, shift: float
) -> None:
    values, published = claim
    elsewhere = published._replace(
        value=published.value * times + shift,
        rounding=published.rounding * times,
        spread=published.spread and published.spread * times,
    )
    here = judged(values, published, Margin(margin))
    assert judged(values[::-1], published, Margin(margin)) == here
    there = judged(
        np.array(values) * times + shift, elsewhere, Margin(margin * times), (shift, RING[1] * times + shift)
    )
    assert there.verdict == here.verdict
    tolerance = 1e-9 * max(times, abs(shift))
    assert there.interval == pytest.approx(np.array(here.interval) * times + shift, abs=tolerance)
    assert there.d_repro == pytest.approx(here.d_repro * times, abs=tolerance)


@given(a_claim(), margins, some.floats(0.001, 3), some.sampled_from([ABSOLUTE, FACTOR, ODDS]))
@settings(deadline=None, max_examples=40)
def test_a_wider_margin_never_takes_back_what_is_reproduced(
    claim: tuple[list[float], PublishedMean], margin: float, more: float, kind: str
) -> None:
    at_least = 0.0 if kind == ABSOLUTE else 1.0
    narrow = judged(*claim, Margin(at_least + margin, kind)).verdict
    wide = judged(*claim, Margin(at_least + margin + more, kind)).verdict
    if narrow.outcome == REPRODUCED:
        assert wide.outcome == REPRODUCED
    if narrow.outcome == INCONCLUSIVE:
        assert wide.outcome != NOT_REPRODUCED


@given(a_group, some.lists(a_group, min_size=2, max_size=3), some.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_of_runs_and_opponents_does_not_matter(
    candidate: list[float], others: list[list[float]], random
) -> None:
    opponents = {str(i): values for i, values in enumerate(others)}
    mixed = {name: random.sample(opponents[name], len(opponents[name])) for name in reversed(opponents)}
    one, other = ordering_verdict(candidate, opponents, exact), ordering_verdict(candidate[::-1], mixed, exact)
    assert one == other  # dictionaries are equal whatever their order


def _claims(rng: np.random.Generator) -> dict[str, Callable[[float], object]]:
    """Every rule on data drawn at random, as a function of the level."""
    runs, others = np.round(rng.uniform(0, 8, (2, 6))), np.round(rng.uniform(0, 6, (3, 6)))
    if rng.random() < 0.3:  # equal groups of a size that shows a tie
        runs, others = np.full((2, 60), runs[0, 0]), np.full((3, 60), runs[0, 0])
    published, named = PublishedMean(rng.uniform(0, 8), 0.05, (10,)), {str(i): v for i, v in enumerate(others)}
    bounds, above, shuffles = sorted(rng.uniform(0, 8, 2)), rng.uniform(0.1, 0.9), int(rng.integers(99))
    spread, divisions = runs[0] + rng.uniform(0.1, 1, runs[0].size), exact if runs.shape[1] == 6 else drawn
    return {
        "value": lambda a: value_verdict(runs[0], published, Margin(2.5), RING, alpha=a),
        "odds": lambda a: value_verdict(12 * runs[0], published, Margin(9, ODDS), (0, 100), alpha=a),
        "unbounded": lambda a: value_verdict(spread, published, Margin(2, FACTOR), None, alpha=a),
        "bound": lambda a: bound_verdict(runs[0], bounds, RING, alpha=a),
        "unbounded bound": lambda a: bound_verdict(spread, bounds, None, alpha=a),
        "share": lambda a: share_verdict(int((runs[0] > 4).sum()), runs[0].size, above, alpha=a),
        "ordering": lambda a: ordering_verdict(runs[0], named, divisions, alpha=a),
        "equivalence": lambda a: equivalence_verdict(*runs, divisions, alpha=a),
        "trend": lambda a: trend_verdict(runs, np.random.default_rng(shuffles), draws=99, alpha=a),
    }


@pytest.mark.parametrize("rule", _claims(np.random.default_rng(0)))
def test_p_is_the_smallest_level_at_which_a_verdict_holds(rule: str) -> None:
    rng, seen = np.random.default_rng(1), set()
    for _ in range(60):
        claim = _claims(rng)[rule]
        here = claim(0.2)
        assert (here.p is None) == (here.verdict.outcome == INCONCLUSIVE)
        if here.p is None or here.p < 1e-6:  # open, or so certain that 1 - 2 p is rounded
            continue
        seen.add(here.verdict.outcome)
        assert here.p <= 0.2
        assert claim(here.p * (1 + 1e-6)).verdict.agrees(here.verdict)
        assert not claim(here.p * (1 - 1e-3)).verdict.agrees(here.verdict)
    assert seen >= {REPRODUCED, NOT_REPRODUCED}
