"""Times to sustained coverage and to settling: reached, lost, never, and censored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures.coverage_time import coverage_time, first_sustained, settling_time

STEPS = np.arange(10) * 100


def time_of(*found: float, modes: int = 8, share: float = 1.0) -> tuple[float, str]:
    return coverage_time(STEPS[: len(found)], np.array(found, dtype=float), modes, share)


def test_coverage_must_hold_for_four_evaluations_and_may_be_lost_later() -> None:
    assert time_of(0, 2, 5, 8, 8, 8, 8, 8, 8, 8) == (300, "ok")
    assert time_of(0, 8, 8, 8, 7, 8, 8, 8, 8, 0) == (500, "ok")
    assert time_of(8, 8, 8, 8, 0, 0, 0, 0, 0, 0) == (0, "ok")
    assert time_of(np.nan, *[8] * 9) == (100, "ok")


def test_what_never_comes_or_cannot_be_confirmed_is_censored_at_the_budget() -> None:
    assert time_of(0, *[7] * 9) == (900, "censored")
    assert time_of(*[0] * 7, 8, 8, 8) == (900, "censored")
    assert time_of(*[0] * 6, 8, 8, 8, 8) == (600, "ok")
    assert time_of(8, 8) == (100, "censored")


@pytest.mark.parametrize(("share", "modes", "needed"), [(0.9, 8, 8), (0.5, 8, 4), (0.55, 100, 55), (0.7, 10, 7)])
def test_the_share_is_at_least_that_many_modes(share: float, modes: int, needed: int) -> None:
    assert time_of(*[needed] * 10, modes=modes, share=share) == (0, "ok")
    assert time_of(*[needed - 1] * 10, modes=modes, share=share) == (900, "censored")


@given(st.lists(st.integers(0, 8), min_size=4, max_size=30), st.integers(1, 8))
def test_more_coverage_takes_longer(modes: list[int], in_a_row: int) -> None:
    steps, series = np.arange(len(modes)), np.array(modes)
    times = [coverage_time(steps, series, 8, share)[0] for share in (0.25, 0.5, 1.0)]
    assert times == sorted(times)
    time, status = first_sustained(steps, series >= 4, in_a_row)
    assert first_sustained(steps, series >= 4, in_a_row + 1)[0] >= time
    if status == "ok":
        start = int(time)
        assert (series[start : start + in_a_row] >= 4).all()
        assert all((series[earlier : earlier + in_a_row] < 4).any() for earlier in range(start))


def test_a_series_settles_where_it_stays_in_the_band() -> None:
    assert settling_time(STEPS, 1 + 0.5 ** np.arange(10), band=0.1) == (400, "ok")
    assert settling_time(STEPS, np.full(10, 3.0), band=0) == (0, "ok")
    assert settling_time(STEPS, np.r_[np.nan, np.ones(9)], band=0.5) == (100, "ok")
    for broken in (np.array([1.0, -1] * 5), np.r_[np.ones(9), np.nan]):
        assert settling_time(STEPS, broken, band=0.5) == (900, "censored")
