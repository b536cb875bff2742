"""BEGAN's equilibrium from what a trace has."""

from __future__ import annotations

import numpy as np
import pytest

from modecollapse.measures.equilibrium import fake_is_easier, loss_ratio, ratio_deviation
from modecollapse.measures.series import finite_mean


def test_the_ratio_is_of_means_over_the_last_fifth() -> None:
    real, fake = np.r_[np.full(8, 9.0), 1.0, 3.0], np.r_[np.full(8, 1.0), 1.0, 1.0]
    assert loss_ratio(real, fake) == (0.5, "ok")
    assert loss_ratio(real * 8, fake * 8) == (0.5, "ok")
    assert ratio_deviation((0.55, "ok"), 0.5) == (pytest.approx(0.1), "ok")
    assert ratio_deviation((0.4, "ok"), 0.5)[0] == pytest.approx(-0.2)


def test_a_ratio_that_does_not_exist_says_why() -> None:
    assert loss_ratio(np.array([]), np.array([]))[1] == "short"
    assert loss_ratio(np.array([1.0, np.nan]), np.array([1.0, 1.0]))[1] == "nonfinite"
    assert loss_ratio(np.array([1.0, 1.0]), np.array([1.0, np.inf]))[1] == "nonfinite"
    assert loss_ratio(np.zeros(5), np.ones(5))[1] == "zero"
    assert ratio_deviation((np.nan, "nonfinite"), 0.5)[1] == "nonfinite"
    assert ratio_deviation((0.3, "ok"), 0.0)[1] == "zero"


def test_the_share_of_steps_is_the_mean_of_the_windows() -> None:
    assert finite_mean(np.array([0.0, 0.25, 1.0, 0.75])) == (0.5, "ok")
    assert finite_mean(np.array([]))[1] == "short"
    assert finite_mean(np.array([0.1, np.nan]))[1] == "nonfinite"


def test_early_fakes_are_compared_in_the_first_fifth() -> None:
    fake = np.r_[0.5, 1.5, np.zeros(8)]
    assert fake_is_easier(np.ones(10), fake) == (0.5, "ok")
    assert fake_is_easier(np.ones(10), np.ones(10)) == (0.0, "ok")
    assert fake_is_easier(np.array([]), np.array([]))[1] == "short"
    assert fake_is_easier(np.r_[np.nan, np.ones(9)], fake)[1] == "nonfinite"
