"""The birthday estimate: known supports, thresholds from real data, collapsed and memorised sets."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from modecollapse.measures import birthday as measured


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def birthday(apart: np.ndarray, threshold: float, seed: int = 0) -> float:
    """Of (n, n) distances."""
    return measured.birthday(apart, threshold, rng(seed), np.arange(len(apart)))


def exact_batch(support: int) -> int:
    """The smallest batch with a duplicate half of the time: 23 of 365 birthdays."""
    none = np.cumprod(1 - np.arange(support) / support)  # the chance that so many and one more all differ
    return int((none <= 0.5).argmax()) + 1


@pytest.mark.parametrize(("support", "n", "within"), [(4, 60, 0), (50, 300, 1), (365, 300, 2)])
def test_the_exact_batch_is_found_on_average(support: int, n: int, within: float) -> None:
    assert exact_batch(365) == 23
    drawn = [rng(seed).integers(support, size=(n, 1)) for seed in range(20)]
    found = [birthday(cdist(samples, samples), 0.0, seed) for seed, samples in enumerate(drawn)]
    assert np.median(found) == pytest.approx(exact_batch(support), abs=within)


def test_batches_of_few_duplicates_are_those_of_their_share() -> None:
    apart = 1 - np.eye(300)
    apart[5, 200] = apart[200, 5] = 0
    expected = next(m for m in range(2, 301) if m * (m - 1) / (300 * 299) >= 0.5)
    found = [birthday(apart, 0.0, seed) for seed in range(12)]
    assert np.mean(found) == pytest.approx(expected, rel=0.03)
    assert np.std(found) / expected < 0.03  # 1.6 per cent are stated
    apart = 1 - np.eye(7)
    for twin in (3, 4):  # twins of the first, and not of each other
        apart[0, twin] = apart[twin, 0] = 0
    ends = [max(order.index(0), min(order.index(3), order.index(4))) + 1 for order in permutations(range(7))]
    assert birthday(apart, 0.0) == np.median(ends)


def test_the_threshold_is_a_quantile_of_nearest_distances() -> None:
    real = np.array([[0.0], [1.0], [3.0], [3.5], [10.0]])  # 1, 1, 0.5, 0.5, 6.5
    apart = cdist(real, real)
    assert [measured.duplicate_threshold(apart, share) for share in (0, 0.4, 0.5, 1)] == [0.5, 0.5, 1, 6.5]
    assert measured.duplicate_threshold(np.zeros((5, 5))) == 0


def test_a_generator_of_memorised_points_has_their_number() -> None:
    real = rng(0).standard_normal((1000, 5))
    threshold = measured.duplicate_threshold(cdist(real, real))
    memorised = real[rng(1).integers(100, size=1500)] + 1e-6 * rng(2).standard_normal((1500, 5))
    batch = birthday(cdist(memorised, memorised), threshold)
    assert batch * (batch - 1) / (2 * math.log(2)) == pytest.approx(100, rel=0.35)  # the support of such a batch
