"""Coverage: times until it is kept, reached, lost, never and censored; its share of the end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures.coverage import IN_A_ROW, coverage_share, coverage_time, needed

STEPS = np.arange(10) * 100


def time_of(*found: float, modes: int = 8, share: float = 1.0) -> tuple[float, str]:
    return coverage_time(STEPS[: len(found)], np.array(found, dtype=float), modes, share)


def test_coverage_must_hold_for_four_evaluations_and_may_be_lost_later() -> None:
    assert time_of(0, 2, 5, 8, 8, 8, 8, 8, 8, 8) == (300, "ok")
    assert time_of(0, 8, 8, 8, 7, 8, 8, 8, 8, 0) == (500, "ok")
    assert time_of(8, 8, 8, 8, 0, 0, 0, 0, 0, 0) == (0, "ok")


def test_what_never_comes_or_cannot_be_confirmed_is_censored_at_the_budget() -> None:
    assert time_of(0, *[7] * 9) == (900, "censored")
    assert time_of(0, *[7] * 9, share=0.9) == (100, "ok")
    assert time_of(*[0] * 7, 8, 8, 8) == (900, "censored")
    assert time_of(*[0] * 6, 8, 8, 8, 8) == (600, "ok")
    assert time_of(8, 8) == (100, "censored")
    steps = np.array([0, 50, 92, 94, 96, 98, 100])  # four evaluations in a row, which are nearer to each other
    assert coverage_time(steps, np.array([0, 8, 0, 8, 8, 8, 8]), 8, 1.0) == (94, "ok")


@pytest.mark.parametrize(
    ("share", "modes", "least"),
    [(0.9, 8, 7), (0.9, 25, 22), (0.5, 8, 4), (0.55, 100, 55), (0.7, 10, 7), (1.0, 8, 8), (0.5, 1, 1)],
)
def test_a_share_of_the_modes_is_rounded_down(share: float, modes: int, least: int) -> None:
    """Nine tenths of 8 are 7, so that a run without one mode can have them (claim B6)."""
    assert needed(modes, share) == least
    assert time_of(*[least] * 10, modes=modes, share=share) == (0, "ok")
    assert time_of(*[least - 1] * 10, modes=modes, share=share) == (900, "censored")


@given(st.lists(st.integers(0, 8), min_size=4, max_size=30).map(np.array))
def test_more_coverage_takes_longer(found: np.ndarray) -> None:
    steps = np.arange(len(found))
    times = [coverage_time(steps, found, 8, share)[0] for share in (0.25, 0.5, 1.0)]
    assert times == sorted(times)
    time, status = coverage_time(steps, found, 8, 0.5)
    starts = [start for start in range(len(found) - IN_A_ROW + 1) if (found[start : start + IN_A_ROW] >= 4).all()]
    assert (time, status) == ((starts[0], "ok") if starts else (steps[-1], "censored"))


def test_shares_by_hand() -> None:
    found = np.repeat([8.0, 7.0, 3.0], [5, 5, 10])
    assert coverage_share(found, 8, 1.0, np.ones(20)) == (0.25, "ok")
    assert coverage_share(found, 8, 0.9, np.ones(20)) == (0.5, "ok")
    assert coverage_share(found, 8, 1.0, np.repeat([1.0, 2.0], [5, 15])) == (pytest.approx(1 / 7), "ok")
