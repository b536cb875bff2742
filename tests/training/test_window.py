"""The window between two evaluations, against plain means."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.training.window import Window

SERIES = st.lists(st.tuples(*[st.floats(-1e3, 1e3, width=32)] * 4), min_size=1, max_size=20)


def shown(values: tuple[float, ...]) -> dict[str, torch.Tensor]:
    """Two names of two seeds, in single precision."""
    return {"loss_G": torch.tensor(values[:2]), "loss_D": torch.tensor(values[2:])}


def filled(series: list[tuple[float, ...]], window: Window | None = None) -> Window:
    window = window or Window(2, "cpu")
    for values in series:
        window.add(shown(values))
    return window


@given(SERIES)
def test_a_windows_means_are_those_of_its_steps_seed_by_seed(series):
    means = filled(series).close()
    expected = np.array(series).mean(0)
    assert means["loss_G"].tolist() == pytest.approx(expected[:2], rel=1e-12, abs=1e-12)
    assert means["loss_D"].tolist() == pytest.approx(expected[2:], rel=1e-12, abs=1e-12)


@given(SERIES, SERIES)
def test_a_closed_window_leaves_nothing_and_a_restored_one_goes_on_to_the_same_bits(first, second):
    closed, restored = filled(first), filled(second)
    restored.restore(closed.state())
    closed.close()
    assert closed.close() == {}
    for window, steps in ((closed, second), (restored, first + second)):
        means, expected = filled(second, window).close(), filled(steps).close()
        assert all(torch.equal(means[name], expected[name]) for name in expected)


def test_many_small_steps_lose_no_digits():
    """In single precision a sum of 2^24 ones would stand still."""
    window = filled([(2.0**24, 0.0, 0.0, 0.0)])
    filled([(1.0, 0.0, 0.0, 0.0)] * 3, window)
    assert window.close()["loss_G"][0].item() == (2**24 + 3) / 4
