"""Time limits: from the estimate, more with every attempt, a day at most unless the estimate itself needs more."""

from __future__ import annotations

import pytest

from modecollapse.study.resources import A_DAY, time_limit

HOUR = 3600


@pytest.mark.parametrize(
    ("seconds", "attempt", "minutes"),
    [
        (1, 1, 30),
        (1, 3, 90),
        (HOUR, 1, 120),
        (HOUR, 2, 240),
        (9 * HOUR, 1, 18 * 60),
        (9 * HOUR, 2, A_DAY),
        (20 * HOUR, 1, 40 * 60),
        (20 * HOUR, 4, 40 * 60),
    ],
)
def test_the_limit(seconds, attempt, minutes):
    assert time_limit(seconds, attempt) == minutes
