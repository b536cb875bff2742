"""The margin around a published number: zones, and the margins at which a verdict changes, by hand and by property."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from modecollapse.statistics.margin import Interval, Margin

STEP = 1e-6


def test_zones_by_hand() -> None:
    assert Margin(0.8).zone(7.6, 0.05) == pytest.approx((6.75, 8.45))
    assert Margin(1.5, "factor").zone(48.7, 0.05) == pytest.approx((48.65 / 1.5, 48.75 * 1.5))
    assert Margin(2.0, is_factor=True).zone(0.0, 0.5) == (0.0, 1.0)  # the rounding reaches below 0


@pytest.mark.parametrize(
    ("is_factor", "value", "rounding", "interval", "holds", "misses"),
    [
        (False, 1.0, 0.5, (4.4, 8.0), 6.5, 2.9),  # the upper end is the far one
        (False, 8.0, 0.05, (4.4, 8.0), 3.55, None),  # the lower end is
        (False, 5.0, 0.5, (4.6, 5.4), 0.0, None),  # the rounding alone holds it
        (False, 5.0, 0.5, (4.5, 5.5), 0.0, None),  # exactly
        (False, 8.0, 0.5, (0.0, 3.0), 7.5, 4.5),
        (False, 5.0, 0.5, (5.5, 8.0), 2.5, None),  # they touch
        (True, 10.0, 0.0, (10.0, 20.0), 2.0, None),
        (True, 10.0, 0.0, (4.0, 20.0), 2.5, None),
        (True, 10.0, 1.0, (9.5, 10.5), 1.0, None),
        (True, 10.0, 0.0, (0.0, 12.0), math.inf, None),  # no factor reaches 0
        (True, 0.0, 0.5, (0.0, 1.0), 2.0, None),  # a published 0 is below every mean
        (True, 10.0, 0.0, (20.0, 40.0), 4.0, 2.0),
        (True, 10.0, 0.0, (1.0, 2.0), 10.0, 5.0),
        (True, 10.0, 0.0, (0.0, 0.0), math.inf, math.inf),  # all at 0: no factor reaches
        (True, 10.0, 1.0, (10.5, 40.0), 40 / 11, None),
    ],
)
def test_the_margins_that_hold_and_miss_an_interval(
    is_factor: bool, value: float, rounding: float, interval: Interval, holds: float, misses: float | None
) -> None:
    assert Margin(2.0, is_factor).to_hold(value, rounding, interval) == pytest.approx(holds)
    found = Margin(2.0, is_factor).to_miss(value, rounding, interval)
    assert found == (misses if misses is None else pytest.approx(misses))


def _intervals(least: float) -> some.SearchStrategy[Interval]:
    return some.tuples(some.floats(least, 10), some.floats(least, 10)).map(lambda ends: (min(ends), max(ends)))


@given(some.floats(0.1, 10), some.floats(0.001, 1), _intervals(0.01), some.booleans())
@settings(deadline=None)
def test_to_hold_is_the_smallest_margin_whose_zone_holds_the_interval(
    value: float, rounding: float, interval: Interval, is_factor: bool
) -> None:
    needed, least = Margin(2.0, is_factor).to_hold(value, rounding, interval), 1.0 if is_factor else 0.0
    low, high = Margin(needed * (1 + STEP) + STEP, is_factor).zone(value, rounding)
    assert low <= interval[0] <= interval[1] <= high
    if needed * (1 - STEP) - STEP >= least:
        low, high = Margin(needed * (1 - STEP) - STEP, is_factor).zone(value, rounding)
        assert interval[0] < low or high < interval[1]


@given(some.floats(0.1, 10), some.floats(0.001, 1), _intervals(0.01), some.booleans())
@settings(deadline=None)
def test_to_miss_is_the_largest_margin_whose_zone_is_apart_from_the_interval(
    value: float, rounding: float, interval: Interval, is_factor: bool
) -> None:
    def apart(size: float) -> bool:
        low, high = Margin(size, is_factor).zone(value, rounding)
        return high < interval[0] or interval[1] < low

    largest, least = Margin(2.0, is_factor).to_miss(value, rounding, interval), 1.0 if is_factor else 0.0
    if largest is None:
        assert not apart(least)
        return
    assert not apart(largest * (1 + STEP) + STEP)
    if largest * (1 - STEP) - STEP >= least:
        assert apart(largest * (1 - STEP) - STEP)
