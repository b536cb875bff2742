"""Times to sustained coverage and to settling: reached, lost, never, and censored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from modecollapse.measures.coverage_time import Passage, coverage_time, first_sustained, settling_time

STEPS = np.arange(10) * 100


def found(*modes: int) -> np.ndarray:
    return np.array(modes, dtype=float)


def test_reached_and_kept() -> None:
    assert coverage_time(STEPS, found(0, 2, 5, 8, 8, 8, 8, 8, 8, 8), 8) == (300, True, 200)


def test_a_flicker_is_not_coverage_and_what_was_held_may_be_lost_later() -> None:
    assert coverage_time(STEPS, found(0, 8, 8, 8, 7, 8, 8, 8, 8, 0), 8) == (500, True, 400)
    assert coverage_time(STEPS, found(8, 8, 8, 8, 0, 0, 0, 0, 0, 0), 8) == (0, True, 0)


def test_never_is_censored_at_the_budget() -> None:
    assert coverage_time(STEPS, found(0, *[7] * 9), 8) == (900, False, 900)
    assert coverage_time(STEPS, found(0, *[7] * 9), 8, budget=5000) == (5000, False, 5000)


def test_the_last_three_evaluations_cannot_confirm() -> None:
    assert not coverage_time(STEPS, found(*[0] * 7, 8, 8, 8), 8).event
    assert coverage_time(STEPS, found(*[0] * 6, 8, 8, 8, 8), 8) == (600, True, 500)


@pytest.mark.parametrize(("share", "modes", "needed"), [(0.9, 8, 8), (0.5, 8, 4), (0.55, 100, 55), (0.7, 10, 7)])
def test_the_share_is_at_least_that_many_modes(share: float, modes: int, needed: int) -> None:
    assert coverage_time(STEPS, found(*[needed] * 10), modes, share).event
    assert not coverage_time(STEPS, found(*[needed - 1] * 10), modes, share).event


def test_short_traces_are_censored_and_none_has_no_time() -> None:
    assert coverage_time(STEPS[:2], found(8, 8), 8) == (100, False, 100)
    empty = first_sustained(np.array([]), np.array([]))
    assert np.isnan(empty.time)
    assert not empty.event


def test_nan_counts_do_not_cover() -> None:
    assert coverage_time(STEPS, np.array([np.nan] + [8.0] * 9), 8) == (100, True, 0)


def test_times_are_ready_for_kaplan_and_meier() -> None:
    runs = [found(*[0] * late, *[8] * (10 - late)) for late in (1, 2, 2, 9)]
    passages = [coverage_time(STEPS, run, 8) for run in runs]
    survival = ecdf(CensoredData.right_censored([p.time for p in passages], [not p.event for p in passages])).sf
    np.testing.assert_allclose(survival.evaluate([50, 100, 200, 899]), [1, 0.75, 0.25, 0.25])


@given(st.lists(st.integers(0, 8), min_size=4, max_size=30), st.integers(1, 8))
def test_more_coverage_takes_longer(modes: list[int], in_a_row: int) -> None:
    steps, series = np.arange(len(modes)), np.array(modes)
    times = [coverage_time(steps, series, 8, share, in_a_row) for share in (0.25, 0.5, 1.0)]
    assert times == sorted(times, key=lambda passage: passage.time)
    longer = coverage_time(steps, series, 8, 0.5, in_a_row + 1)
    assert longer.time >= times[1].time
    assert isinstance(times[0], Passage)
    if times[1].event:
        start = int(times[1].time)
        assert (series[start : start + in_a_row] >= 4).all()
        assert times[1].after == max(start - 1, 0)


def test_a_series_settles_where_it_stays_in_the_band() -> None:
    decay = 1 + 0.5 ** np.arange(10)
    assert settling_time(STEPS, decay, band=0.1) == (400, True, 300)
    assert settling_time(STEPS, np.full(10, 3.0), band=0) == (0, True, 0)


def test_a_series_that_swings_or_breaks_never_settles() -> None:
    assert not settling_time(STEPS, np.array([1.0, -1] * 5), band=0.5).event
    assert not settling_time(STEPS, np.r_[np.ones(9), np.nan], band=0.5).event
    assert settling_time(STEPS, np.r_[np.nan, np.ones(9)], band=0.5) == (100, True, 0)
    assert not settling_time(np.array([]), np.array([]), band=0.5).event
