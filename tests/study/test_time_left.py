"""How long a workflow still takes, by a clock of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.study.time_left import BELIEVED, OTHERS, STARTING, TimeLeft, in_words, rule_seconds


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_jobs_beside_each_other_share_the_cores_and_the_last_ones_wait() -> None:
    assert TimeLeft({1: 100, 2: 50, 3: 50, 9: 10}, alone={9}, at_once=2).left() == 110
    assert TimeLeft({1: 100, 2: 10}, alone=set(), at_once=4).left() == 100  # the longest has to end
    assert TimeLeft({}, alone=set(), at_once=2).left() == 0


def test_what_runs_needs_less_and_what_has_ended_nothing() -> None:
    clock = Clock()
    left = TimeLeft({1: 100, 2: 100}, alone=set(), at_once=1, clock=clock)
    left.started(1)
    clock.now = 40
    assert left.left() == 160
    clock.now = 100
    left.finished(1)
    assert left.left() == 100
    left.finished(7)  # one of another rule
    assert left.left() == 100


def test_jobs_that_take_longer_than_estimated_raise_what_is_left() -> None:
    clock = Clock()
    left = TimeLeft({1: 60, 2: 100}, alone=set(), at_once=1, clock=clock)
    left.started(1)
    clock.now = 180
    assert left.left() == 100  # over its estimate, but never less than nothing
    left.finished(1)
    assert left.left() == pytest.approx(100 * (BELIEVED + 180) / (BELIEVED + 60))


def test_a_job_that_begins_again_counts_from_then() -> None:
    clock = Clock()
    left = TimeLeft({1: 60}, alone=set(), at_once=1, clock=clock)
    left.started(1)
    clock.now = 50
    left.started(1)
    assert left.left() == 60


@given(st.dictionaries(st.integers(0, 20), st.floats(0, 1e6), max_size=8), st.integers(1, 8))
def test_more_cores_never_take_longer(seconds: dict[int, float], at_once: int) -> None:
    alone = {job for job in seconds if job % 3 == 0}
    slow, fast = (TimeLeft(dict(seconds), alone, cores).left() for cores in (at_once, at_once + 1))
    assert 0 <= fast <= slow <= sum(seconds.values()) * (1 + 1e-9)


def test_a_larger_study_takes_longer() -> None:
    assert rule_seconds("seal", 10) < rule_seconds("seal", 1000)
    assert all(rule_seconds(rule, 1) >= STARTING for rule in OTHERS)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "less than a minute"), (45, "about a minute"), (120, "about 2 minutes"), (6000, "about 100 minutes"),
     (9000, "about 2.5 hours")],
)  # fmt: skip
def test_the_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
