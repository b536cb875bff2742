"""The margin around a published number: zones, and the margins at which a verdict changes, by hand and by property."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from modecollapse.statistics.margin import ABSOLUTE, FACTOR, ODDS, Interval, Margin

STEP = 1e-6
LEAST = {ABSOLUTE: 0.0, FACTOR: 1.0, ODDS: 1.0}
kinds, numbers = some.sampled_from(sorted(LEAST)), some.floats(0.1, 99.9)
intervals = some.tuples(numbers, numbers).map(lambda ends: (min(ends), max(ends)))


@pytest.mark.parametrize(
    ("margin", "value", "rounding", "zone", "half"),
    [
        (Margin(0.8), 7.6, 0.05, (6.75, 8.45), 0.4),
        (Margin(1.5, FACTOR), 48.7, 0.05, (48.65 / 1.5, 48.75 * 1.5), (48.7 * 1.5 - 48.7 / 1.5) / 4),
        (Margin(2.0, FACTOR), 0.0, 0.5, (0.0, 1.0), 0.0),  # the rounding reaches below 0
        (Margin(1.5, ODDS), 50.0, 0.0, (40.0, 60.0), 5.0),  # odds of 2 to 3 and 3 to 2
        (Margin(1.5, ODDS), 0.13, 0.0, (0.0867, 0.1949), 0.02704),  # near 0 a factor of 1.5
        (Margin(1.5, ODDS), 99.3, 0.0, (98.953, 99.532), 0.1447),  # near 100 one on the distance from there
        (Margin(1.5, ODDS), 99.96, 0.05, (99.865, 100.0), 0.00833),  # 100 and more is 100
    ],
)
def test_zones_by_hand(margin: Margin, value: float, rounding: float, zone: Interval, half: float) -> None:
    assert margin.zone(value, rounding) == pytest.approx(zone, rel=1e-3)
    assert margin.half_at(value) == pytest.approx(half, rel=1e-3)


def test_half_a_margin_is_above_0_at_the_ends_where_numbers_are_rounded() -> None:
    for end in (0.0, 100.0):
        assert Margin(1.5, ODDS).half_at(end) == 0.0
        assert Margin(1.5, ODDS).half_at(end, 0.05) == pytest.approx(1.5 * 0.05 / 4, rel=1e-3)


@pytest.mark.parametrize(
    ("kind", "value", "rounding", "interval", "holds", "misses"),
    [
        (ABSOLUTE, 1.0, 0.5, (4.4, 8.0), 6.5, 2.9),  # the upper end is the far one
        (ABSOLUTE, 8.0, 0.05, (4.4, 8.0), 3.55, None),  # the lower end is
        (ABSOLUTE, 5.0, 0.5, (4.5, 5.5), 0.0, None),  # the rounding alone holds it
        (ABSOLUTE, 8.0, 0.5, (0.0, 3.0), 7.5, 4.5),
        (ABSOLUTE, 5.0, 0.5, (5.5, 8.0), 2.5, None),  # they touch
        (FACTOR, 10.0, 0.0, (4.0, 20.0), 2.5, None),
        (FACTOR, 10.0, 1.0, (9.5, 10.5), 1.0, None),
        (FACTOR, 10.0, 0.0, (0.0, 12.0), inf, None),  # no factor reaches 0
        (FACTOR, 0.0, 0.5, (0.0, 1.0), 2.0, None),  # a published 0 is below every mean
        (FACTOR, 10.0, 0.0, (20.0, 40.0), 4.0, 2.0),
        (FACTOR, 10.0, 0.0, (1.0, 2.0), 10.0, 5.0),
        (FACTOR, 10.0, 0.0, (0.0, 0.0), inf, inf),  # all at 0: no factor reaches
        (ODDS, 50.0, 0.0, (60.0, 80.0), 4.0, 1.5),
        (ODDS, 50.0, 10.0, (0.0, 20.0), inf, 8 / 3),
        (ODDS, 99.0, 0.0, (50.0, 100.0), inf, None),
        (ODDS, 100.0, 0.0, (100.0, 100.0), 1.0, None),
    ],
)
def test_the_margins_that_hold_and_miss_an_interval(
    kind: str, value: float, rounding: float, interval: Interval, holds: float, misses: float | None
) -> None:
    assert Margin(2.0, kind).to_hold(value, rounding, interval) == pytest.approx(holds)
    found = Margin(2.0, kind).to_miss(value, rounding, interval)
    assert found == (misses if misses is None else pytest.approx(misses))


@given(numbers, some.floats(0.001, 1), intervals, kinds)
@settings(deadline=None)
def test_they_are_the_smallest_whose_zone_holds_it_and_the_largest_whose_zone_is_apart(
    value: float, rounding: float, interval: Interval, kind: str
) -> None:
    def zone(size: float, way: int) -> Interval:
        return Margin(size * (1 + way * STEP) + way * STEP, kind).zone(value, rounding)

    assume(value + rounding < 100)  # or no odds are enough
    holds, misses = (getattr(Margin(2.0, kind), name)(value, rounding, interval) for name in ("to_hold", "to_miss"))
    assert zone(holds, 1)[0] <= interval[0] <= interval[1] <= zone(holds, 1)[1]
    if holds * (1 - STEP) - STEP >= LEAST[kind]:
        assert interval[0] < zone(holds, -1)[0] or zone(holds, -1)[1] < interval[1]
    low, high = zone(misses or LEAST[kind], 1)
    assert low <= interval[1]
    assert interval[0] <= high
    if misses and misses * (1 - STEP) - STEP >= LEAST[kind]:
        low, high = zone(misses, -1)
        assert high < interval[0] or interval[1] < low
