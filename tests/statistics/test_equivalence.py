"""Ties: how many runs they take, how rarely they are found wrongly, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modecollapse.statistics.equivalence import tie
from modecollapse.statistics.superiority import superiority


@pytest.mark.parametrize(("n", "m", "shown"), [(27, 27, False), (28, 28, True), (30, 27, False), (28, 100, True)])
def test_takes_28_perfect_runs_a_group(n: int, m: int, shown: bool) -> None:
    assert tie([8.0] * n, [8.0] * m) is shown


def test_no_difference_found_is_no_tie() -> None:
    assert not tie([8, 7, 8, 8, 7], [8, 8, 7, 7, 8])


def test_groups_that_are_apart_are_no_tie() -> None:
    assert not tie([1.0] * 500, [2.0] * 500)
    assert not tie([2.0] * 500, [1.0] * 500)


def test_an_interval_that_ends_on_the_margin_lies_within_it() -> None:
    _, lower, _ = superiority([8.0] * 30, [8.0] * 30, 0.9)
    assert tie([8.0] * 30, [8.0] * 30, margin=0.5 - lower)
    assert not tie([8.0] * 30, [8.0] * 30, margin=0.5 - lower - 1e-6)


def test_a_higher_level_asks_for_more() -> None:
    assert not tie([8.0] * 28, [8.0] * 28, level=0.95)


@given(st.lists(st.integers(6, 8), min_size=25, max_size=45), st.lists(st.integers(6, 8), min_size=25, max_size=45))
def test_properties(x: list, y: list) -> None:
    shown = tie(x, y)
    assert shown is tie(y, x)
    if shown:
        assert tie(x, y, margin=0.2)
        assert abs(superiority(x, y).value - 0.5) < 0.15


def test_a_difference_as_large_as_the_margin_is_rarely_called_a_tie() -> None:
    rng, shift = np.random.default_rng(0), np.sqrt(2) * stats.norm.ppf(0.65)
    samples = [(rng.normal(shift, 1, 100), rng.normal(0, 1, 100)) for _ in range(800)]
    assert np.mean([tie(x, y) for x, y in samples]) <= 0.05
    assert np.mean([tie(x - shift, y) for x, y in samples]) > 0.8


@pytest.mark.parametrize("margin", [0.0, 0.5, -0.1, np.nan, np.inf])
def test_refuses_an_impossible_margin(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        tie([1.0], [1.0], margin)


def test_refuses_what_superiority_refuses() -> None:
    with pytest.raises(ValueError, match="NaN"):
        tie([np.nan], [1.0])
    with pytest.raises(ValueError, match="level"):
        tie([1.0], [1.0], level=90)
