"""Prediction of a run's quality from the others, by hand and by property; its rates are in test_simulated_rates.py."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from modecollapse.statistics.prediction import Prediction, prediction

rng = np.random.default_rng
LEARNING = 8 * (1 - np.exp(-np.linspace(2, 4, 6)[:, np.newaxis] * np.arange(1, 21) / 20))  # runs of different speeds


def test_errors_by_hand() -> None:
    """The third run from the first two: a signal of 2 lies half-way between those of quality 1 and 3."""
    signal, quality = np.array([[1.0], [3.0], [2.0]]), np.array([[1.0], [3.0], [2.5]])
    found = prediction(signal, quality, rising=True)
    assert found.e_signal == pytest.approx((1.5 + 0.5 + 0.5) / 3)  # beyond the others' signals it is their end
    assert found.e_step == pytest.approx((1.75 + 1.25 + 0.5) / 3)
    assert (found.auc_signal, found.auc_step) == (None, None)


def test_a_signal_that_tells_more_than_the_step_is_found_and_in_the_other_direction_refuted() -> None:
    found = prediction(np.exp(-LEARNING), LEARNING, rising=False, collapse=4.0)
    assert found.e_signal < found.e_step / 3
    assert found.p_better < 0.01
    assert found.p_better + found.p_worse == pytest.approx(1)
    assert found.auc_signal == 1.0 > found.auc_step
    assert prediction(np.exp(-LEARNING), LEARNING, rising=True).p_worse < 0.05
    assert prediction(-LEARNING, LEARNING, rising=False, collapse=4.0) == found  # only the order of the signal counts


def test_p_is_students_with_the_jackknifes_standard_error_of_the_log_ratio() -> None:
    def log_ratio(signal: np.ndarray, quality: np.ndarray) -> float:
        found = prediction(signal, quality, rising=True)
        return np.log(found.e_step / found.e_signal)

    signal = LEARNING + rng(1).normal(size=LEARNING.shape)
    without = [log_ratio(np.delete(signal, i, axis=0), np.delete(LEARNING, i, axis=0)) for i in range(6)]
    error = np.sqrt(5 / 6 * ((without - np.mean(without)) ** 2).sum())
    found = prediction(signal, LEARNING, rising=True)
    assert found.p_better == pytest.approx(
        stats.t.sf(log_ratio(signal, LEARNING) / error, 5), rel=0.01
    )  # ranks differ a little
    assert 0.01 < found.p_better < 0.99


@pytest.mark.parametrize("direction", [1, -1])
def test_a_signal_that_counts_the_steps_is_as_good_as_the_step(direction: int) -> None:
    """Against the plain mean of the others it would look better, as it is smoothed."""
    quality = direction * (np.arange(40) / 20 + rng(0).normal(size=(6, 40)))
    found = prediction(np.tile(np.arange(40.0), (6, 1)), quality, rising=direction > 0)
    assert found == Prediction(found.e_step, found.e_step, 1.0, 1.0)
    means = (quality.sum(axis=0) - quality) / 5
    assert found.e_step < np.abs(means - quality).mean()


def test_runs_that_do_not_differ_decide_nothing() -> None:
    flat = np.full((5, 7), 3.0)
    assert prediction(rng(0).normal(size=(5, 7)), flat, rising=True, collapse=9.0) == (0.0, 0.0, 1.0, 1.0, None, None)
    assert prediction(np.full(LEARNING.shape, np.inf), LEARNING, rising=True).p_worse < 0.05  # it never moves


@pytest.mark.parametrize(
    ("signal", "quality", "message"),
    [
        (np.zeros((3, 4)), np.zeros((3, 5)), "3 or more"),
        (np.zeros((2, 4)), np.zeros((2, 4)), "3 or more"),
        (np.zeros(4), np.zeros(4), "3 or more"),
        (np.zeros((3, 0)), np.zeros((3, 0)), "3 or more"),
        (np.full((3, 4), np.nan), np.zeros((3, 4)), "NaN"),
        (np.zeros((3, 4)), np.full((3, 4), np.inf), "finite"),
    ],
)
def test_refuses_what_are_no_curves(signal: np.ndarray, quality: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prediction(signal, quality, rising=True)
