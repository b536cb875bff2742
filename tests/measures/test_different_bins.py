"""The number of different bins: the z-test, its null, known answers on dropped modes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, norm

from modecollapse.measures.different_bins import bin_counts, fit_bins, z_scores

BINS = 10
COUNTS = st.lists(st.integers(0, 500), min_size=4, max_size=4).map(np.array).filter(lambda counts: counts.sum() > 0)


def mixture(n: int, seed: int, modes: int = BINS) -> np.ndarray:
    """(n, 10) points of the first `modes` of ten modes."""
    rng = np.random.default_rng(seed)
    return np.eye(BINS)[rng.integers(modes, size=n)] + 0.05 * rng.standard_normal((n, BINS))


def counts_of(real: np.ndarray, fake: np.ndarray, bins: int = BINS) -> tuple[np.ndarray, np.ndarray]:
    centres = fit_bins(real, bins, np.random.default_rng(0))
    return bin_counts(real, centres), bin_counts(fake, centres)


@given(COUNTS, COUNTS)
def test_the_z_test_is_the_chi_squared_test_of_each_bin(real: np.ndarray, fake: np.ndarray) -> None:
    z = z_scores(real, fake)
    for bin_, (a, b) in enumerate(zip(real, fake, strict=True)):
        table = [[a, real.sum() - a], [b, fake.sum() - b]]
        if 0 < a + b < real.sum() + fake.sum():
            assert z[bin_] ** 2 == pytest.approx(chi2_contingency(table, correction=False).statistic, abs=1e-9)
        else:
            assert z[bin_] == 0
        assert np.sign(z[bin_]) == np.sign(round(b / fake.sum() - a / real.sum(), 12))
    assert z == pytest.approx(-z_scores(fake, real), abs=1e-9)


def test_real_against_real_is_different_at_the_level_of_the_test() -> None:
    drawn = np.random.default_rng(0).multinomial(2000, np.full(100, 0.01), size=(300, 2))
    share = np.mean([np.abs(z_scores(real, fake)) > norm.isf(0.025) for real, fake in drawn])
    assert share == pytest.approx(0.05, abs=0.006)


@pytest.mark.parametrize("kept", [1, 5, 9])
def test_dropped_modes_are_found(kept: int) -> None:
    z = z_scores(*counts_of(mixture(2000, 0), mixture(2000, 1, kept)))
    assert np.count_nonzero(z < -5) == BINS - kept


def test_the_memorised_set_and_all_duplicates_are_not_different() -> None:
    assert not z_scores(*counts_of(mixture(300, 0), mixture(300, 0)[::-1])).any()
    real, fake = counts_of(np.ones((30, 2)), np.ones((20, 2)))
    assert (real.tolist(), fake.tolist(), z_scores(real, fake).tolist()) == ([30], [20], [0])


def test_no_more_bins_than_different_points() -> None:
    few = np.repeat(np.array([[0.0, 0], [1, 0], [0, 1]]), 10, axis=0)
    assert sorted(map(tuple, fit_bins(few, 20, np.random.default_rng(0)).round(9))) == [(0, 0), (0, 1), (1, 0)]


def test_every_real_point_is_in_its_mode_s_bin_whatever_the_seed() -> None:
    real = mixture(500, 0)
    for seed in range(3):
        centres = fit_bins(real, BINS, np.random.default_rng(seed))
        assert np.array_equal(centres, fit_bins(real, BINS, np.random.default_rng(seed)))
        assert np.sort(np.linalg.norm(centres[:, None] - np.eye(BINS), axis=2).min(axis=0)).max() < 0.1
