"""Coverage: times until it is kept, reached, lost, never and censored; its share of the end; the deepest fall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures.coverage import IN_A_ROW, coverage_time, full_coverage_share, largest_drawdown

STEPS = np.arange(10) * 100
SHARES = [(0.9, 8, 8), (0.5, 8, 4), (0.55, 100, 55), (0.7, 10, 7)]


K8 = (8, 1.0)


@pytest.mark.parametrize(
    ("found", "modes_and_share", "expected"),
    [
        # coverage must hold for four evaluations, and may be lost later
        ([0, 2, 5, 8, 8, 8, 8, 8, 8, 8], K8, (300, "ok")),
        ([0, 8, 8, 8, 7, 8, 8, 8, 8, 0], K8, (500, "ok")),
        ([8, 8, 8, 8, 0, 0, 0, 0, 0, 0], K8, (0, "ok")),
        ([0, 0, 0, 0, 0, 0, 8, 8, 8, 8], K8, (600, "ok")),
        # what never comes or cannot be confirmed is censored at the budget
        ([0, *[7] * 9], K8, (900, "censored")),
        ([*[0] * 7, 8, 8, 8], K8, (900, "censored")),
        ([8, 8], K8, (100, "censored")),
        # the share is at least that many modes
        *[([needed] * 10, (modes, share), (0, "ok")) for share, modes, needed in SHARES],
        *[([needed - 1] * 10, (modes, share), (900, "censored")) for share, modes, needed in SHARES],
    ],
)
def test_known_times(found: list[int], modes_and_share: tuple[int, float], expected: tuple[float, str]) -> None:
    assert coverage_time(STEPS[: len(found)], np.array(found, dtype=float), *modes_and_share) == expected


def test_four_evaluations_in_a_row_may_be_nearer_to_each_other() -> None:
    steps = np.array([0, 50, 92, 94, 96, 98, 100])
    assert coverage_time(steps, np.array([0, 8, 0, 8, 8, 8, 8]), *K8) == (94, "ok")


@given(st.lists(st.integers(0, 8), min_size=4, max_size=30).map(np.array))
def test_the_time_is_its_definition(found: np.ndarray) -> None:
    steps = np.arange(len(found))
    time, status = coverage_time(steps, found, 8, 0.5)
    starts = [start for start in range(len(found) - IN_A_ROW + 1) if (found[start : start + IN_A_ROW] >= 4).all()]
    assert (time, status) == ((starts[0], "ok") if starts else (steps[-1], "censored"))


def test_shares_and_falls_by_hand() -> None:
    found = np.repeat([8.0, 3.0], [5, 15])
    assert full_coverage_share(found, 8, np.ones(20)) == (0.25, "ok")
    assert full_coverage_share(found, 8, np.repeat([1.0, 2.0], [5, 15])) == (pytest.approx(1 / 7), "ok")
    assert largest_drawdown(found) == (5.0, "ok")
    assert largest_drawdown(-found) == (0.0, "ok")
    assert largest_drawdown(np.array([1.0, 6.0, 4.0, 9.0, 4.5, 7.0])) == (4.5, "ok")
    assert largest_drawdown(found[:1])[1] == "short"
