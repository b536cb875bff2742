"""The number of different bins: the z-test, its null, known answers on dropped modes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from modecollapse.measures.bins import bin_counts, compare_bins, fit_bins

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
    z = compare_bins(real, fake).z
    for bin_, (a, b) in enumerate(zip(real, fake, strict=True)):
        table = [[a, real.sum() - a], [b, fake.sum() - b]]
        if 0 < a + b < real.sum() + fake.sum():
            assert z[bin_] ** 2 == pytest.approx(chi2_contingency(table, correction=False).statistic, abs=1e-9)
        else:
            assert z[bin_] == 0
        assert np.sign(z[bin_]) == np.sign(round(b / fake.sum() - a / real.sum(), 12))


@given(COUNTS, COUNTS)
def test_ranges_and_symmetry(real: np.ndarray, fake: np.ndarray) -> None:
    scores, swapped = compare_bins(real, fake), compare_bins(fake, real)
    assert 0 <= scores.different == swapped.different <= 4
    assert scores.z == pytest.approx(-swapped.z, abs=1e-9)
    assert scores.share == scores.different / 4


def test_different_by_hand() -> None:
    """p-values 0.00003, 0.0005, 0.020, 0.021 and 0.9: four are below 0.05, two below 0.01."""
    real = np.array([1000, 1000, 1000, 1000, 96_000])
    fake = np.array([1160, 1106, 1105, 1006, 95_623])
    assert compare_bins(real, fake).different == 4
    assert compare_bins(real, fake, 0.01).different == 2


def test_real_against_real_is_different_at_the_level_of_the_test() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(2000, np.full(100, 0.01), size=(300, 2))
    scores = [compare_bins(real, fake) for real, fake in drawn]
    assert np.mean([each.share for each in scores]) == pytest.approx(0.05, abs=0.006)


def test_real_against_real_over_k_means_bins() -> None:
    shares = [compare_bins(*counts_of(mixture(500, seed), mixture(500, seed + 50), 20)).share for seed in range(10)]
    assert np.mean(shares) < 0.12


@pytest.mark.parametrize("kept", [1, 5, 9])
def test_dropped_modes_are_found(kept: int) -> None:
    real, fake = counts_of(mixture(2000, 0), mixture(2000, 1, kept))
    scores = compare_bins(real, fake)
    assert np.count_nonzero(scores.z < -5) == BINS - kept
    assert scores.different >= BINS - kept


def test_a_point_mass_and_points_far_away_are_in_one_bin() -> None:
    for fake in (np.tile(np.eye(BINS)[3], (100, 1)), mixture(100, 0) * 0 + 50 * np.eye(BINS)[3]):
        real, counted = counts_of(mixture(2000, 0), fake)
        assert np.count_nonzero(counted) == 1
        assert compare_bins(real, counted).different == BINS


def test_the_memorised_set_is_not_different() -> None:
    real, fake = counts_of(mixture(300, 0), mixture(300, 0)[::-1])
    assert compare_bins(real, fake).different == 0


def test_all_duplicates_have_one_bin_and_do_not_differ() -> None:
    real, fake = counts_of(np.ones((30, 2)), np.ones((20, 2)))
    assert (real.tolist(), fake.tolist()) == ([30], [20])
    scores = compare_bins(real, fake)
    assert (scores.z.tolist(), scores.different) == ([0], 0)


def test_no_more_bins_than_different_points() -> None:
    few = np.repeat(np.array([[0.0, 0], [1, 0], [0, 1]]), 10, axis=0)
    assert sorted(map(tuple, fit_bins(few, 20, np.random.default_rng(0)).round(9))) == [(0, 0), (0, 1), (1, 0)]


def test_every_real_point_is_in_its_mode_s_bin_whatever_the_seed() -> None:
    real = mixture(500, 0)
    for seed in range(3):
        centres = fit_bins(real, BINS, np.random.default_rng(seed))
        assert np.array_equal(centres, fit_bins(real, BINS, np.random.default_rng(seed)))
        assert np.sort(np.linalg.norm(centres[:, None] - np.eye(BINS), axis=2).min(axis=0)).max() < 0.1


@pytest.mark.parametrize("bad", [[0, 0], [1], [-1, 2], [math.nan, 1]])
def test_what_are_no_counts_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="^fake: are not counts"):
        compare_bins([1, 1], bad)
