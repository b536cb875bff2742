"""Corrections by hand, their error rates, the smallest reachable p, and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from modecollapse.statistics.multiplicity import benjamini_hochberg, holm, least_p

CORRECTIONS = [holm, benjamini_hochberg]


def test_the_example_of_benjamini_and_hochberg() -> None:
    """Their 15 hypotheses: four are rejected at a false discovery rate of .05, three by Bonferroni and Holm."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4
    assert (holm(p) <= 0.05).sum() == 3


@pytest.mark.parametrize("correct", CORRECTIONS)
@pytest.mark.parametrize("bad", [[0.5, np.nan], [0.0], [-0.1, 0.5], [1.1], [np.inf], [[0.5]], 0.5])
def test_refuses_what_is_no_p(correct: Callable, bad: list) -> None:
    with pytest.raises(ValueError, match="p values"):
        correct(bad)


@pytest.mark.parametrize(("n", "p"), [(5, 0.0079), (6, 0.0022), (7, 0.00058)])
def test_least_p_of_small_groups(n: int, p: float) -> None:
    assert least_p(n, n) == pytest.approx(p, rel=0.02)
    assert least_p(n, n, alternative="greater") == least_p(n, n) / 2


def test_least_p_is_set_by_the_draws_where_they_are_random() -> None:
    assert least_p(30, 30) == least_p(30, 5, alternative="greater") == 1 / 10_000
    assert least_p(30, 30, draws=99) == 1 / 100
    assert least_p(3, 3, draws=19) == 2 / 20
    assert least_p(3, 3, draws=18) == 1 / 19


def test_least_p_refuses_impossible_settings() -> None:
    for sizes in ((0, 5, 9), (5, 0, 9), (5, 5, 0)):
        with pytest.raises(ValueError, match="at least 1"):
            least_p(*sizes)
    with pytest.raises(ValueError, match="alternative"):
        least_p(5, 5, alternative="less")
