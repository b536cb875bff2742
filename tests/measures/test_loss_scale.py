"""The flag of a blow-up, and the profile of gradient norms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures.loss_scale import any_blowup, by_thirds, loss_blowup
from modecollapse.measures.loss_scale import last_to_first as of_thirds


def last_to_first(*norms: float) -> tuple[float, str]:
    return of_thirds(by_thirds(np.array(norms, dtype=float)))


def after(head: float, tail: list[float]) -> np.ndarray:
    return np.r_[np.full(18, head), tail]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("index", [0, 5, -1])
def test_any_value_that_is_not_finite_is_a_blow_up(bad: float, index: int) -> None:
    series = np.ones(20)
    series[index] = bad
    assert loss_blowup(series) == (1.0, "ok")


@pytest.mark.parametrize(
    ("tail", "flag"), [([11, 11], 1), ([-11, 500], 1), ([10, 10], 0), ([11, 1], 0), ([1e9, 9], 0), ([0, 0], 0)]
)
def test_the_whole_last_tenth_is_beyond_ten_medians(tail: list[float], flag: int) -> None:
    assert loss_blowup(after(1.0, tail)) == loss_blowup(after(-1.0, tail)) == (flag, "ok")
    spike = after(1.0, [1.0, 1.0])
    spike[9] = 1e12
    assert loss_blowup(spike) == (0.0, "ok")


def test_without_a_scale_or_anything_before_the_end_there_is_no_flag() -> None:
    assert loss_blowup(np.zeros(20)) == (0.0, "ok")
    value, status = loss_blowup(after(0.0, [0.1, 0.1]))
    assert (np.isnan(value), status) == (True, "zero")
    for series in ([], [1.0]):
        assert loss_blowup(np.array(series))[1] == "short"
    assert loss_blowup(np.array([1.0, 11.0])) == (1.0, "ok")


@given(st.lists(st.integers(-100, 100), min_size=2, max_size=40).map(np.array), st.integers(-30, 30))
def test_the_scale_and_sign_of_a_loss_do_not_matter(series: np.ndarray, power: int) -> None:
    np.testing.assert_equal(loss_blowup(series * -(2.0**power)), loss_blowup(series))


def test_a_run_blew_up_where_any_of_its_series_did() -> None:
    yes, no, unknown = (1.0, "ok"), (0.0, "ok"), (float("nan"), "zero")
    assert any_blowup([no, unknown, yes]) == yes
    assert any_blowup([no, no]) == no
    assert any_blowup([no, unknown])[1] == "zero"
    assert any_blowup([])[1] == "absent"


def test_thirds_are_geometric_means() -> None:
    assert [value for value, _ in by_thirds(np.array([1.0, 100, 2, 2, 3, 27]))] == pytest.approx([10, 2, 9])
    assert last_to_first(1, 100, 2, 2, 3, 27)[0] == pytest.approx(0.9)
    assert last_to_first(*np.exp(-np.arange(30) / 10)) == (pytest.approx(np.exp(-2)), "ok")
    assert last_to_first(*3 * np.exp(-np.arange(30) / 10)) == (pytest.approx(np.exp(-2)), "ok")


def test_vanished_and_broken_gradients_say_so() -> None:
    assert by_thirds(np.array([0.0, 4, 1, 1, 9, 9]))[0] == (0.0, "ok")
    assert last_to_first(0, 4, 1, 1, 9, 9)[1] == "zero"
    assert last_to_first(4, 4, 1, 1, 0, 9) == (0.0, "ok")
    assert [status for _, status in by_thirds(np.array([4.0, 4, 1, 1, 2, np.nan]))] == ["ok", "ok", "nonfinite"]
    assert last_to_first(4, 4, 1, 1, 2, np.inf)[1] == "nonfinite"
    assert last_to_first(1, 2)[1] == "short"
