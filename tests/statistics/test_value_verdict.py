"""The verdict on a published mean: known cases, resolution floors, the margins at which it changes, and refusals."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics import reach_of_perfect_runs, verdicts
from modecollapse.statistics import value_verdict as module
from modecollapse.statistics.intervals import Interval
from modecollapse.statistics.margin import FACTOR, ODDS, Margin
from modecollapse.statistics.value_verdict import IMAGES, SD, SE, PublishedMean, reachable, value_verdict
from modecollapse.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, IntervalVerdict, Verdict

pytestmark = pytest.mark.filterwarnings("error")

RING = (0.0, 8.0)


def published(value: float, rounding: float = 0.05, runs: tuple[int, ...] = (1, 5, 10), **spread) -> PublishedMean:
    return PublishedMean(value, rounding, runs, **spread)


def judged(
    values: list[float] | np.ndarray,
    claim: PublishedMean,
    margin: float | Margin = 0.8,
    support: Interval | None = RING,
) -> IntervalVerdict:
    margin = margin if isinstance(margin, Margin) else Margin(margin)
    return value_verdict(values, claim, margin, support)


def zone_of(value: float, margin: float) -> Interval:
    return value - margin, value + margin


def test_five_perfect_runs_refute_a_published_single_mode() -> None:
    found = judged([8] * 5, published(1, 0.5))
    assert found.verdict == Verdict(NOT_REPRODUCED, verdicts.ABOVE)
    assert found.estimate == 8.0
    # The ends of the interval of equal values are 8 - 8 (1 - .05^(1/5)) and 8.
    assert found.interval == pytest.approx((8 - reach_of_perfect_runs(5, 8, 0.90), 8))
    assert (found.d_repro, found.d_refute) == pytest.approx((8 - 1.5, found.interval[0] - 1.5))


@pytest.mark.parametrize("n", [5, 10, 20, 28])
def test_perfect_runs_cannot_show_a_tenth_below_29(n: int) -> None:
    assert judged([8] * 29, published(8, rounding=0)).verdict == Verdict(REPRODUCED)
    found = judged([8] * n, published(8, rounding=0))
    assert found.verdict == Verdict(INCONCLUSIVE, verdicts.FLOOR, n * -(-29 // n) if n < 28 else 56)
    assert found.d_refute is None
    on_the_end = judged([8] * 27 + [0] * 3, published(8, rounding=0))  # of the zone, so it is never decided
    assert on_the_end.verdict == Verdict(INCONCLUSIVE, verdicts.STRADDLES, None)


@pytest.mark.parametrize(
    ("values", "value", "margin", "top", "expected"),
    [
        ([95, 105] * 15, 100, Margin(1.5, FACTOR), 110, Verdict(REPRODUCED)),  # 66.6 to 150.1 stacked digits
        ([600, 700] * 5, 100, Margin(1.5, FACTOR), 1000, Verdict(NOT_REPRODUCED, verdicts.ABOVE)),
        ([0] * 30, 100, Margin(1.5, FACTOR), 110, Verdict(NOT_REPRODUCED, verdicts.BELOW)),
        ([50] * 14, 50, Margin(1.5, ODDS), 100, Verdict(REPRODUCED)),  # 40 to 60 %
        ([5] * 14, 0.13, Margin(1.5, ODDS), 100, Verdict(NOT_REPRODUCED, verdicts.ABOVE)),  # ten points would hold it
        ([0.13] * 30, 0.13, Margin(1.5, ODDS), 100, Verdict(INCONCLUSIVE, verdicts.FLOOR)),
        ([95] * 60, 99.3, Margin(1.5, ODDS), 100, Verdict(NOT_REPRODUCED, verdicts.BELOW)),  # 98.9 to 99.6 %
    ],
)
def test_a_margin_may_be_a_factor_or_one_of_the_odds(
    values: list[float], value: float, margin: Margin, top: float, expected: Verdict
) -> None:
    assert judged(values, published(value, 0.05 * value / 100), margin, (0, top)).verdict == expected


@pytest.mark.parametrize(("value", "ways"), [(0.13, ["above"]), (50, ["", "above", "below"]), (99.9, ["below"])])
def test_near_0_and_100_few_runs_can_only_refute_a_margin_on_the_odds(value: float, ways: list[str]) -> None:
    zone = Margin(1.5, ODDS).zone(value, 0)
    assert [verdict.reason for verdict in reachable(30, zone, (0, 100))] == ways
    least = module.fewest_to_reproduce(zone, (0, 100))
    assert least == ceil(np.log(0.05) / np.log(1 - (zone[1] - zone[0]) / 100))  # 2768, 14 and 3598
    equal = [zone[0] * 0.05 ** (-1 / least)] * least
    assert judged(equal, published(value, 0), Margin(1.5, ODDS), (0, 100)).verdict == Verdict(REPRODUCED)


def test_a_published_value_above_what_perfect_data_reach() -> None:
    """99.3 % of high quality is published where the data themselves have 98.9 %; 10 is above every count."""
    assert judged([8] * 30, published(10), 3).verdict == Verdict(REPRODUCED)
    assert judged([98.9] * 30, published(99.3), 10, (0, 100)).verdict == Verdict(REPRODUCED)
    assert judged([50] * 30, published(99.3), 10, (0, 100)).verdict == Verdict(NOT_REPRODUCED, verdicts.BELOW)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_too_few_runs_decide_nothing_but_are_described(n: int) -> None:
    assert judged([], published(8)) == IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, 5))
    found = judged([8] * n, published(1, 0.5))
    assert found.verdict == Verdict(INCONCLUSIVE, verdicts.TOO_FEW_RUNS, 5)
    assert found.estimate == 8.0
    assert found.d_repro == 6.5
    assert (found.d_refute is None) == (n == 1)  # one run says nothing of other runs, so it refutes no margin


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (zone_of(8, 0.8), 29),  # log(.05) / log(.9) = 28.4
        (zone_of(0, 0.8), 29),
        (zone_of(8, 0.4), 59),  # log(.05) / log(.95) = 58.4
        (zone_of(8, 3.6), 6),  # log(.05) / log(.55) = 5.01
        (zone_of(8, 4.0), 5),  # 4.3, but there are never fewer than 5
        (zone_of(4, 0.8), 14),  # from both bounds: 8 (1 - q) + 2 * .8 = 8, q = .2 and log(.05) / log(.8) = 13.4
        ((9.0, 10.0), None),  # no mean lies there
    ],
)
def test_fewest_runs_that_can_reproduce(zone: Interval, expected: int | None) -> None:
    assert module.fewest_to_reproduce(zone, RING) == expected
    found = reachable(5, zone, None)  # without bounds everything is reachable
    assert [verdict.text for verdict in found] == ["REPRODUCED", "NOT_REPRODUCED(above)", "NOT_REPRODUCED(below)"]


@pytest.mark.parametrize("n", [4, 5, 13, 14, 28, 29])
@pytest.mark.parametrize("value", [0.0, 1.0, 4.0, 8.0])
def test_what_is_reachable_is_what_equal_runs_can_get(n: int, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_seeds_needed", lambda *_: None)  # slow, and of no interest here
    every = {judged([at] * n, published(value, 0)).verdict for at in (0, 0.3, 0.5, 4, 8)}
    decided = {verdict for verdict in every if verdict.outcome != INCONCLUSIVE}
    assert decided == set(reachable(n, zone_of(value, 0.8), RING))


@pytest.mark.parametrize(
    ("values", "value", "span"),
    [
        ([8.0] * 5, 8.0, 8.0),
        ([8.0, 1.0] * 5, 4.5, 8.0),
        ([8.0] * 4 + [7.0], 7.6, 8.0),
        ([8.0, 8.0, 8.0, 8.0, 1.0], 4.0, 8.0),  # decided by being apart
        ([0.2, 0.3, 0.4, 0.1, 0.3, 0.9, 0.2, 0.2, 0.5, 0.3], 0.3, 1.0),
    ],
)
def test_that_many_seeds_would_decide_and_fewer_would_not(values: list[float], value: float, span: float) -> None:
    claim, margin, support = published(value, 0, (10,)), Margin(0.1 * span), (0.0, span)
    seeds = judged(values, claim, margin, support).verdict.seeds
    times = seeds // len(values)
    assert seeds == times * len(values)
    assert times > 1
    assert judged(values * times, claim, margin, support).verdict.outcome != INCONCLUSIVE
    assert judged(values * (times - 1), claim, margin, support).verdict.outcome == INCONCLUSIVE


@pytest.mark.parametrize(
    ("runs", "spread", "readings", "expected"),
    [
        # 30 runs of 8 against 5: apart by 3, and t(29) is 2.05.
        ((1, 5), None, (), Verdict(NOT_REPRODUCED, verdicts.ABOVE)),
        ((1, 5), 1.0, (SD, SE, IMAGES), Verdict(NOT_REPRODUCED, verdicts.ABOVE)),  # 2.05 however it is read
        ((1, 5), 2.0, (SD, SE), Verdict(INCONCLUSIVE, verdicts.ORIGINAL_N)),  # 4.09 however it is read
        ((1, 5), 2.0, (SD, SE, IMAGES), Verdict(INCONCLUSIVE, verdicts.UNDERSPECIFIED)),  # 4.09 or 0
        ((5, 10), 2.0, (SD, SE), Verdict(INCONCLUSIVE, verdicts.UNDERSPECIFIED)),  # 4.09 / sqrt 5 or 4.09
        ((5, 10), 2.0, (SD,), Verdict(NOT_REPRODUCED, verdicts.ABOVE)),
        ((1, 5), 9.0, (IMAGES,), Verdict(NOT_REPRODUCED, verdicts.ABOVE)),  # says nothing of runs
    ],
)
def test_a_spread_counts_only_as_far_as_its_readings_agree(
    runs: tuple[int, ...], spread: float | None, readings: tuple[str, ...], expected: Verdict
) -> None:
    found = judged([8] * 30, published(5, 0, runs, spread=spread, readings=readings))
    assert found.verdict == expected
    assert (found.d_refute is None) == (expected.outcome == INCONCLUSIVE)


@pytest.mark.parametrize(
    ("value", "rounding", "expected"),
    [
        (1.7, 0.0, Verdict(NOT_REPRODUCED, verdicts.ABOVE)),  # 2.8 apart
        (1.7, 0.5, Verdict(INCONCLUSIVE, verdicts.ORIGINAL_N)),  # perhaps only 2.3
        (2.0, 0.0, Verdict(INCONCLUSIVE, verdicts.ORIGINAL_N)),  # 2.5 apart
    ],
)
def test_the_guard_is_a_prediction_interval(value: float, rounding: float, expected: Verdict) -> None:
    """30 runs of sd 3.56 predict a mean of ten to within t(29) * 3.56 * sqrt(1/30 + 1/10) = 2.66."""
    assert judged([8, 1] * 15, published(value, rounding, (10, 20)), 0.1).verdict == expected


def test_the_first_number_of_runs_that_the_original_may_have_had_decides() -> None:
    """One single run at 1 is what runs like these can give; a mean of ten is not."""
    open_, values = Verdict(INCONCLUSIVE, verdicts.ORIGINAL_N), [1, 8, 8, 8, 8]
    verdict = {10: Verdict(NOT_REPRODUCED, verdicts.ABOVE), 1: open_}
    for runs in ((1, 10), (10, 1)):
        assert judged(values, published(1, 0.5, runs)).verdict == verdict[runs[0]]
    rare = judged([0] * 3 + [8] * 27, published(0, 0, (1,)))  # three in thirty are not rare enough
    assert rare.verdict == open_


@pytest.mark.parametrize("support", [(0.0, 8.0), (-1.7, 6.3), (0.1, 8.1)])
@pytest.mark.parametrize("margin", [0.4, 0.6, 0.7])
def test_an_interval_that_ends_on_the_margin_is_inside_whatever_the_last_bit(support: Interval, margin: float) -> None:
    top = support[1]
    for value in (np.nextafter(top - margin, -9), top - margin, np.nextafter(top - margin, 9)):
        assert judged([top] * 30, published(float(value), 0), margin, support).verdict == Verdict(REPRODUCED)
        too_few = judged([top] * 9, published(float(value) + 2 * margin, 0), margin, support)
        assert too_few.verdict.reason == verdicts.FLOOR  # so is a mean


def test_an_interval_that_touches_the_margin_is_not_apart_whatever_the_last_bit() -> None:
    for value in (np.nextafter(-0.8, -9), -0.8, np.nextafter(-0.8, 9)):
        found = judged([0] * 5, published(float(value), 0))
        assert found.verdict.outcome == INCONCLUSIVE
        assert found.d_repro > 0


def test_without_a_support_it_is_the_interval_of_the_geometric_mean() -> None:
    values = [90.0, 100.0, 110.0, 95.0, 105.0] * 2
    found = judged(values, published(100), 10, None)
    logs = np.log(values)
    half = stats.t.ppf(0.95, 9) * logs.std(ddof=1) / np.sqrt(10)
    assert found.interval == pytest.approx((np.exp(logs.mean() - half), np.exp(logs.mean() + half)))
    assert found.verdict == Verdict(REPRODUCED)
    assert found.estimate == pytest.approx(100)
    assert judged(values, published(50), 10, None).verdict == Verdict(NOT_REPRODUCED, verdicts.ABOVE)
    assert judged(values, published(200), Margin(1.5, FACTOR), None).verdict == Verdict(NOT_REPRODUCED, verdicts.BELOW)


@pytest.mark.parametrize("values", [[3.0] * 30, [0.0] + [3.0, 4.0] * 5])
def test_without_a_support_equal_values_and_zeros_decide_nothing(values: list[float]) -> None:
    found = judged(values, published(50), 1, None)
    assert found == IntervalVerdict(Verdict(INCONCLUSIVE, verdicts.FLOOR), pytest.approx(np.mean(values)))


@pytest.mark.parametrize("values", [[np.nan] * 5, [1, 2, 3, 4, np.inf], [9] * 5, [-0.1] * 5])
def test_refuses_values_that_cannot_be(values: list[float]) -> None:
    with pytest.raises(ValueError, match="values must"):
        judged(values, published(4))
    if values != [9] * 5:
        with pytest.raises(ValueError, match="values must"):
            judged(values, published(4), 1, None)
