"""Student's intervals: known answers, where they are undefined, and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics.nominal import log_t_interval, t_interval

INTERVALS = [t_interval, log_t_interval]


def test_by_the_table() -> None:
    """Mean 3, standard error 1 / sqrt(2) and 2.776 from the table for four degrees of freedom."""
    low, high = t_interval([1, 2, 3, 4, 5])
    assert low == pytest.approx(3 - 2.7764 / np.sqrt(2), abs=1e-4)
    assert high == pytest.approx(3 + 2.7764 / np.sqrt(2), abs=1e-4)


def test_is_scipys_for_any_level() -> None:
    values = np.random.default_rng(0).normal(5, 2, 12)
    known = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert t_interval(values, 0.9) == pytest.approx((known.low, known.high))


def test_the_logarithms_are_symmetric_about_the_geometric_mean() -> None:
    low, high = log_t_interval([1.0, 10.0, 100.0])
    assert low * high == pytest.approx(100)
    assert np.log([low, high]) == pytest.approx(t_interval(np.log([1.0, 10.0, 100.0])))


def test_covers_what_is_normal() -> None:
    samples = np.random.default_rng(1).normal(3, 1, (2000, 5))
    ends = np.array([t_interval(sample) for sample in samples])
    log_ends = np.array([log_t_interval(np.exp(sample)) for sample in samples])
    assert np.mean((ends[:, 0] <= 3) & (ends[:, 1] >= 3)) == pytest.approx(0.95, abs=0.02)
    assert np.mean((log_ends[:, 0] <= np.exp(3)) & (log_ends[:, 1] >= np.exp(3))) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("interval", INTERVALS)
def test_neither_order_nor_unit_matters(interval: Callable) -> None:
    values = [0.1, 7.3, 3.3, 1e-9]
    assert interval(values) == interval(values[::-1])
    assert interval([4 * v for v in values]) == pytest.approx([4 * end for end in interval(values)])


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("values", [[], [3.0], [0.1] * 3, [8.0] * 30, [1.0, np.inf]])
def test_none_where_there_is_no_spread_or_no_mean(interval: Callable, values: list) -> None:
    assert interval(values) is None


@pytest.mark.parametrize("values", [[0.0, 1.0], [-1.0, 2.0], [-np.inf, 1.0]])
def test_none_where_there_is_no_logarithm(values: list) -> None:
    assert log_t_interval(values) is None


def test_none_where_the_upper_end_is_no_number() -> None:
    assert log_t_interval([1e-30, 1e30]) is None
    assert log_t_interval([1e-3, 1e3])[1] > 1e30


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("bad", [[np.nan], [1.0, 2.0, np.nan], [[1.0, 2.0]], 3.0])
def test_refuses_what_is_no_sample(interval: Callable, bad: list) -> None:
    with pytest.raises(ValueError, match="values must"):
        interval(bad)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("level", [0.0, 1.0, 95, np.nan])
def test_refuses_an_impossible_level(interval: Callable, level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        interval([1.0, 2.0], level)
