"""The text of a verdict, when two agree, and the verdict on a set of parts."""

from __future__ import annotations

import pytest

from modecollapse.statistics import verdicts
from modecollapse.statistics.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    NOT_TESTABLE,
    PARTIALLY,
    REPRODUCED,
    Verdict,
)


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (Verdict(REPRODUCED), "REPRODUCED"),
        (Verdict(NOT_REPRODUCED, verdicts.ABOVE), "NOT_REPRODUCED(above)"),
        (Verdict(INCONCLUSIVE, verdicts.STRADDLES), "INCONCLUSIVE(ci_straddles_margin)"),
        (Verdict(INCONCLUSIVE, verdicts.FLOOR, 29), "INCONCLUSIVE(n_below_resolution_floor; 29 seeds)"),
        (Verdict(PARTIALLY, "", 40), "PARTIALLY(40 seeds)"),
    ],
)
def test_text(verdict: Verdict, text: str) -> None:
    assert verdict.text == text


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        (Verdict(REPRODUCED), Verdict(REPRODUCED), True),
        (Verdict(REPRODUCED), Verdict(INCONCLUSIVE), False),
        (Verdict(NOT_REPRODUCED, verdicts.ABOVE), Verdict(NOT_REPRODUCED, verdicts.ABOVE), True),
        (Verdict(NOT_REPRODUCED, verdicts.ABOVE), Verdict(NOT_REPRODUCED, verdicts.BELOW), False),
        (Verdict(INCONCLUSIVE, verdicts.FLOOR, 29), Verdict(INCONCLUSIVE, verdicts.STRADDLES), True),
    ],
)
def test_refutations_agree_only_in_the_same_direction(one: Verdict, other: Verdict, agree: bool) -> None:
    assert one.agrees(other) is agree
    assert other.agrees(one) is agree


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((2, 3), Verdict(REPRODUCED)),  # ends on the ends of the zone lie within it
        ((2, 3.1), None),
        ((1.9, 3), None),
        ((3, 4), None),  # touching is not apart
        ((3.01, 4), Verdict(NOT_REPRODUCED, verdicts.ABOVE)),
        ((1, 1.99), Verdict(NOT_REPRODUCED, verdicts.BELOW)),
    ],
)
def test_an_interval_against_the_zone_from_2_to_3(interval: tuple[float, float], expected: Verdict | None) -> None:
    assert verdicts.by_interval(interval, (2, 3)) == expected
    assert verdicts.by_interval(interval, (2 + 1e-9, 3 - 1e-9), slack=2e-9) == expected


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([REPRODUCED, REPRODUCED], REPRODUCED),
        ([NOT_REPRODUCED, NOT_REPRODUCED], NOT_REPRODUCED),
        ([INCONCLUSIVE, INCONCLUSIVE], INCONCLUSIVE),
        ([NOT_RUN, NOT_RUN], NOT_RUN),
        ([NOT_TESTABLE, NOT_TESTABLE], NOT_TESTABLE),
        ([REPRODUCED, NOT_REPRODUCED], PARTIALLY),
        ([REPRODUCED, INCONCLUSIVE], PARTIALLY),
        ([REPRODUCED, NOT_RUN], PARTIALLY),  # a part nobody looked at is not reproduced
        ([REPRODUCED, NOT_TESTABLE], PARTIALLY),
        ([PARTIALLY, NOT_REPRODUCED], NOT_REPRODUCED),
        ([PARTIALLY, INCONCLUSIVE], PARTIALLY),
        ([PARTIALLY, PARTIALLY], PARTIALLY),
        ([NOT_REPRODUCED, INCONCLUSIVE], NOT_REPRODUCED),
        ([NOT_REPRODUCED, NOT_RUN, NOT_TESTABLE], NOT_REPRODUCED),
        ([INCONCLUSIVE, NOT_RUN], INCONCLUSIVE),
        ([INCONCLUSIVE, NOT_TESTABLE], INCONCLUSIVE),
        ([NOT_RUN, NOT_TESTABLE], NOT_RUN),
        ([], NOT_TESTABLE),
    ],
)
def test_of_set(outcomes: list[str], expected: str) -> None:
    assert verdicts.of_set(outcomes).outcome == expected
    assert verdicts.of_set(outcomes[::-1]) == verdicts.of_set(outcomes)


def test_of_set_counts_the_parts_of_more_than_one() -> None:
    outcomes = [INCONCLUSIVE, REPRODUCED, NOT_RUN, REPRODUCED]
    assert verdicts.of_set(outcomes).text == "PARTIALLY(2 REPRODUCED, 1 INCONCLUSIVE, 1 NOT_RUN)"
    assert verdicts.of_set([REPRODUCED] * 3).text == "REPRODUCED(3 REPRODUCED)"
    assert verdicts.of_set([REPRODUCED]) == Verdict(REPRODUCED)
