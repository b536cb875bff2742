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


@pytest.mark.parametrize(
    ("outcomes", "all_hold", "any_holds"),
    [
        ([REPRODUCED, REPRODUCED], REPRODUCED, REPRODUCED),
        ([NOT_REPRODUCED, NOT_REPRODUCED], NOT_REPRODUCED, NOT_REPRODUCED),
        ([INCONCLUSIVE, INCONCLUSIVE], INCONCLUSIVE, INCONCLUSIVE),
        ([NOT_RUN, NOT_RUN], NOT_RUN, NOT_RUN),
        ([REPRODUCED, NOT_REPRODUCED], PARTIALLY, REPRODUCED),
        ([REPRODUCED, NOT_RUN], PARTIALLY, REPRODUCED),  # a part nobody looked at is not reproduced
        ([REPRODUCED, NOT_TESTABLE], PARTIALLY, REPRODUCED),
        ([PARTIALLY, NOT_REPRODUCED], NOT_REPRODUCED, PARTIALLY),
        ([PARTIALLY, INCONCLUSIVE], PARTIALLY, PARTIALLY),
        ([PARTIALLY, PARTIALLY], PARTIALLY, PARTIALLY),
        ([NOT_REPRODUCED, INCONCLUSIVE], NOT_REPRODUCED, INCONCLUSIVE),
        ([NOT_REPRODUCED, NOT_RUN, NOT_TESTABLE], NOT_REPRODUCED, INCONCLUSIVE),  # the others might hold
        ([INCONCLUSIVE, NOT_TESTABLE], INCONCLUSIVE, INCONCLUSIVE),
        ([NOT_RUN, NOT_TESTABLE], NOT_RUN, NOT_RUN),
        ([], NOT_TESTABLE, NOT_TESTABLE),
    ],
)
def test_of_set_of_what_computation_decides(outcomes: list[str], all_hold: str, any_holds: str) -> None:
    for holds, expected in ((verdicts.ALL, all_hold), (verdicts.ANY, any_holds)):
        ps = [0.0 if outcome in verdicts.DECIDED else None for outcome in outcomes]
        assert verdicts.of_set(outcomes, ps, 0.05, holds).outcome == expected
        assert verdicts.of_set(outcomes[::-1], ps[::-1], 0.05, holds) == verdicts.of_set(outcomes, ps, 0.05, holds)


@pytest.mark.parametrize(
    ("outcomes", "ps", "all_hold", "any_holds"),
    [
        ([REPRODUCED, REPRODUCED], [0.05, 0.05], REPRODUCED, INCONCLUSIVE),
        ([NOT_REPRODUCED, NOT_REPRODUCED], [0.05, 0.05], INCONCLUSIVE, NOT_REPRODUCED),
        ([REPRODUCED, REPRODUCED, INCONCLUSIVE], [0.016, 0.05, None], PARTIALLY, REPRODUCED),
        ([REPRODUCED, REPRODUCED, INCONCLUSIVE], [0.017, 0.05, None], INCONCLUSIVE, INCONCLUSIVE),
        ([REPRODUCED, NOT_REPRODUCED], [0.03, 0.0], PARTIALLY, REPRODUCED),  # Holm goes on where the first holds
        ([REPRODUCED, NOT_REPRODUCED], [0.03, 0.02], PARTIALLY, REPRODUCED),
        ([REPRODUCED, NOT_REPRODUCED], [0.06, 0.02], NOT_REPRODUCED, INCONCLUSIVE),
        ([REPRODUCED, INCONCLUSIVE], [0.026, 0.001], INCONCLUSIVE, INCONCLUSIVE),  # the open part might have been it
        ([REPRODUCED, NOT_RUN], [0.05, None], PARTIALLY, REPRODUCED),  # one that was not run could not
    ],
)
def test_a_claim_rests_on_parts_that_survive_holm(outcomes: list, ps: list, all_hold: str, any_holds: str) -> None:
    assert verdicts.of_set(outcomes, ps, 0.05).outcome == all_hold
    assert verdicts.of_set(outcomes, ps, 0.05, verdicts.ANY).outcome == any_holds


def test_of_set_counts_the_parts_of_more_than_one() -> None:
    outcomes = [INCONCLUSIVE, REPRODUCED, NOT_RUN, REPRODUCED]
    assert verdicts.of_set(outcomes, [0.0] * 4, 0.05).text == "PARTIALLY(2 REPRODUCED, 1 INCONCLUSIVE, 1 NOT_RUN)"
    assert verdicts.of_set([REPRODUCED], [0.05], 0.05) == Verdict(REPRODUCED)
