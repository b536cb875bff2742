"""The divergence flag, and the profile of gradient norms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures.divergence import any_diverged, diverged
from modecollapse.measures.gradient_profile import by_thirds, last_to_first

NORMS = st.lists(st.floats(1e-6, 1e6), min_size=3, max_size=40).map(np.array)


def after(head: float, tail: list[float]) -> np.ndarray:
    return np.r_[np.full(18, head), tail]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 5, -1])
def test_any_value_that_is_not_finite_is_divergence(bad: float, place: int) -> None:
    series = np.ones(20)
    series[place] = bad
    assert diverged(series) == (1.0, "ok")


@pytest.mark.parametrize(
    ("tail", "flag"), [([11, 11], 1), ([-11, 500], 1), ([10, 10], 0), ([11, 1], 0), ([1e9, 9], 0), ([0, 0], 0)]
)
def test_the_whole_last_tenth_is_beyond_ten_medians(tail: list[float], flag: int) -> None:
    assert diverged(after(1.0, tail)) == diverged(after(-1.0, tail)) == (flag, "ok")


def test_a_spike_before_the_end_is_no_divergence() -> None:
    series = np.ones(40)
    series[20] = 1e12
    assert diverged(series) == (0.0, "ok")


def test_without_a_scale_there_is_no_flag() -> None:
    assert diverged(np.zeros(20)) == (0.0, "ok")
    assert diverged(after(0.0, [0.1, 0.1]))[1] == "zero"
    assert np.isnan(diverged(after(0.0, [0.1, 0.1]))[0])


@pytest.mark.parametrize("series", [[], [1.0]])
def test_one_evaluation_has_nothing_before_it(series: list[float]) -> None:
    assert diverged(np.array(series))[1] == "short"
    assert diverged(np.array([1.0, 11.0])) == (1.0, "ok")


@given(st.lists(st.integers(-100, 100), min_size=2, max_size=40).map(np.array), st.integers(-30, 30))
def test_the_scale_and_sign_of_a_loss_do_not_matter(series: np.ndarray, power: int) -> None:
    np.testing.assert_equal(diverged(series * -(2.0**power)), diverged(series))


def test_a_run_diverged_where_any_of_its_series_did() -> None:
    yes, no, unknown = (1.0, "ok"), (0.0, "ok"), (float("nan"), "zero")
    assert any_diverged([no, unknown, yes]) == yes
    assert any_diverged([no, no]) == no
    assert any_diverged([no, unknown])[1] == "zero"
    assert any_diverged([])[1] == "absent"


def test_thirds_are_geometric_means() -> None:
    assert [value for value, _ in by_thirds(np.array([1.0, 100, 2, 2, 3, 27]))] == pytest.approx([10, 2, 9])
    assert last_to_first(np.array([1.0, 100, 2, 2, 3, 27]))[0] == pytest.approx(0.9)


def test_an_exponential_decay_has_its_ratio() -> None:
    norms = np.exp(-np.arange(30) / 10)
    assert last_to_first(norms) == (pytest.approx(np.exp(-2)), "ok")


def test_vanished_and_broken_gradients_say_so() -> None:
    assert by_thirds(np.array([0.0, 4, 1, 1, 9, 9]))[0] == (0.0, "ok")
    assert last_to_first(np.array([0.0, 4, 1, 1, 9, 9]))[1] == "zero"
    assert last_to_first(np.array([4.0, 4, 1, 1, 0, 9])) == (0.0, "ok")
    tail = by_thirds(np.array([4.0, 4, 1, 1, 2, np.nan]))
    assert [status for _, status in tail] == ["ok", "ok", "nonfinite"]
    assert last_to_first(np.array([4.0, 4, 1, 1, 2, np.inf]))[1] == "nonfinite"
    assert last_to_first(np.array([1.0, 2.0]))[1] == "short"


@given(NORMS, st.floats(1e-3, 1e3))
def test_the_ratio_has_no_unit_and_turns_over_with_time(norms: np.ndarray, scale: float) -> None:
    ratio = last_to_first(norms)[0]
    assert last_to_first(norms * scale)[0] == pytest.approx(ratio, rel=1e-9)
    if len(norms) % 3 == 0:  # otherwise the thirds differ in length
        assert last_to_first(norms[::-1])[0] == pytest.approx(1 / ratio, rel=1e-9)
