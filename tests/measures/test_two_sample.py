"""Tests of two samples on laws whose answer is known: size, power, and what means and variances cannot see."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import binom, norm

from modecollapse.datasets.normal import Dataset
from modecollapse.measures.likelihood import test_log_likelihood as log_likelihood
from modecollapse.measures.sampled import Reference, Sampled
from modecollapse.measures.two_sample import classifier_p, moments_p, pooled

REPEATS, SIDE = 40, 200
Law = Callable[[np.random.Generator, int, int], np.ndarray]


def normal(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    return rng.standard_normal((n, d))


def uniform(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    return 12**0.5 * (rng.random((n, d)) - 0.5)


def moved(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    return normal(rng, n, d) + 0.4 * (np.arange(d) == 0)


def wide(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    return normal(rng, n, d) * np.where(np.arange(d) == d - 1, 1.4, 1.0)


def rejections(p: Callable, law: Law, d: int, repeats: int = REPEATS) -> int:
    rng = np.random.default_rng(0)
    pairs = (np.concatenate([normal(rng, SIDE, d), law(rng, SIDE, d)]) for _ in range(repeats))
    return sum(p(pair, rng) <= 0.05 for pair in pairs)


@pytest.mark.parametrize("d", [1, 40])
def test_equal_laws_and_equal_moments_are_rejected_about_as_often_as_the_level_says(d: int) -> None:
    for law in (normal, uniform):
        assert binom.cdf(rejections(moments_p, law, d) - 1, REPEATS, 0.05) < 0.99
    assert binom.cdf(rejections(classifier_p, normal, d, 20) - 1, 20, 0.05) < 0.99


def test_one_coordinate_with_another_mean_or_variance_is_seen() -> None:
    for law in (moved, wide):
        assert rejections(moments_p, law, 10) > 0.7 * REPEATS


def test_a_classifier_sees_what_moments_cannot() -> None:
    assert rejections(classifier_p, uniform, 40, 10) >= 8


def test_the_moments_p_is_the_share_of_divisions_with_as_large_a_difference() -> None:
    apart = np.concatenate([np.zeros((5, 1)), np.ones((5, 1))])
    assert moments_p(apart, np.random.default_rng(0)) == pytest.approx(2 / 252, abs=0.02)
    assert moments_p(np.ones((10, 3)), np.random.default_rng(0)) == 1


def of(samples: np.ndarray) -> Sampled:
    return Sampled(samples.astype(np.float32), Reference(Dataset(np.int64(2)), 3), np.ones(1))


def test_two_runs_are_compared_with_different_data_and_one_with_the_same_again() -> None:
    rng = np.random.default_rng(0)
    one, other = (of(normal(rng, 50, 2)) for _ in range(2))
    assert not np.isin(pooled(one, "moments")[0][:50], pooled(other, "moments")[0][:50]).any()
    assert np.array_equal(pooled(one, "moments")[0], pooled(one, "moments")[0])


def test_likelihood_is_that_of_the_law_and_falls_without_limit_for_memorised_points() -> None:
    rng = np.random.default_rng(1)
    entropy = 2 * norm.entropy()
    assert log_likelihood(of(normal(rng, 1000, 2))) == pytest.approx(-entropy, abs=0.15)
    kept = normal(rng, 20, 2)
    found = [log_likelihood(of(np.tile(kept, (50, 1)) + sd * normal(rng, 1000, 2))) for sd in (0.3, 0.1, 0.03)]
    assert -entropy > found[0] > found[1] > found[2]
    # the model's own density; the estimate's kernels are somewhat narrower, as they need not hold the whole spread
    unseen = of(kept).reference.drawn("likelihood")[:1000]
    squared = ((unseen[:, None] - kept) ** 2).sum(axis=2) / 0.03**2
    exact = (logsumexp(-squared / 2, axis=1) - np.log(len(kept) * 2 * np.pi * 0.03**2)).mean()
    assert 2.5 * exact < found[2] < 0.8 * exact
