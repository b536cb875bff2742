"""The standard normal law: what is drawn, and which samples count as its mode's."""

from __future__ import annotations

import io

import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm

from modecollapse import datasets
from modecollapse.datasets import Dataset
from modecollapse.datasets.random_numbers import RandomNumbers

N = 4000


def made(dimension: int) -> Dataset:
    file = io.BytesIO(datasets.to_bytes(datasets.create("normal", {"dimension": dimension}, 0)))
    return datasets.load("normal", file)


@pytest.mark.parametrize("dimension", [1, 3, 200])
def test_draws_are_normal_and_99_percent_of_them_of_high_quality(dimension: int) -> None:
    law = made(dimension)
    for drawn in (law.sample(N, RandomNumbers((0, "test"), N)).numpy(), law.oracle(N, np.random.default_rng(0))):
        assert drawn.shape == (N, dimension)
        assert drawn.dtype == np.float32
        assert kstest(drawn[:, 0], norm.cdf).pvalue > 1e-3
        assert kstest(np.square(drawn.astype(float)).sum(axis=1), chi2(dimension).cdf).pvalue > 1e-3
        assert np.mean(law.assign(drawn) == 0) == pytest.approx(0.99, abs=0.006)


def test_samples_too_near_too_far_or_not_finite_are_in_no_mode() -> None:
    samples = np.full((5, 100), 1.0, np.float32)
    samples[1:] *= np.array([[0.5], [2], [np.nan], [3e38]], np.float32)
    assert made(100).assign(samples).tolist() == [0, -1, -1, -1, -1]
    uniform = made(100).null_uniform(50, np.random.default_rng(0))
    assert (made(100).assign(uniform) == -1).all()
    assert np.abs(uniform).max() <= 3
