"""Precision, recall, density and coverage: the reference package, known answers, and sets with coincident points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist, squareform

from modecollapse.measures.neighbours import NeighbourScores, balls, neighbour_scores

MODES = 8
CENTRES = 10 * np.stack([np.cos(np.arange(MODES) * np.pi / 4), np.sin(np.arange(MODES) * np.pi / 4)], axis=1)


def mixture(n: int, seed: int, modes: int = MODES) -> np.ndarray:
    """(n, 2) points of the first `modes` of eight well separated modes."""
    rng = np.random.default_rng(seed)
    return CENTRES[rng.integers(modes, size=n)] + 0.1 * rng.standard_normal((n, 2))


def scores_of(real: np.ndarray, fake: np.ndarray, k: int = 5) -> NeighbourScores:
    """Of points, with the distances that a run's measures have."""
    within = [balls(squareform(pdist(points)), k) for points in (real, fake)]
    return neighbour_scores(*within, cdist(real, fake))


@pytest.mark.parametrize(("n", "m", "d", "k"), [(60, 60, 2, 3), (100, 70, 5, 5), (50, 90, 40, 1), (8, 7, 2, 5)])
def test_generic_points_score_as_in_the_reference_package(n: int, m: int, d: int, k: int) -> None:
    prdc = pytest.importorskip("prdc")
    for seed in range(5):
        rng = np.random.default_rng(seed)
        real, fake = rng.standard_normal((n, d)), 0.3 + 1.2 * rng.standard_normal((m, d))
        reference = prdc.compute_prdc(real_features=real, fake_features=fake, nearest_k=k)
        assert scores_of(real, fake, k)._asdict() == pytest.approx(reference, abs=1e-12)


def test_where_the_reference_package_fails_on_coincident_points() -> None:
    """Its balls are open, so those of duplicates are empty: identical sets score 0."""
    prdc = pytest.importorskip("prdc")
    same = np.ones((20, 3))
    reference = prdc.compute_prdc(real_features=same, fake_features=same, nearest_k=5)
    assert set(reference.values()) == {0}
    assert scores_of(same, same, 5) == (1, 1, pytest.approx(20 / 19), 1)


def test_all_duplicates_elsewhere_score_nothing() -> None:
    assert scores_of(np.ones((20, 3)), np.zeros((30, 3))) == (0, 0, 0, 0)


def test_real_against_real() -> None:
    n, m, k = 300, 200, 5
    scores = np.array([scores_of(mixture(n, seed), mixture(m, seed + 100), k) for seed in range(20)])
    precision, recall, density, coverage = scores.mean(axis=0)
    assert min(precision, recall) > 0.9
    assert density == pytest.approx(1, abs=0.02)
    expected = 1 - math.comb(n - 1, k) / math.comb(n + m - 1, k)  # Naeem et al. 2020
    assert coverage == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize("kept", [1, 4, 7])
def test_dropped_modes_cost_recall_and_coverage_in_proportion(kept: int) -> None:
    real = mixture(800, 0)
    scores, null = scores_of(real, mixture(800, 1, kept)), scores_of(real, mixture(800, 1))
    assert scores.precision == pytest.approx(null.precision, abs=0.05)
    assert scores.recall == pytest.approx(kept / MODES, abs=0.07)
    assert scores.coverage == pytest.approx(kept / MODES, abs=0.07)


def test_a_point_mass_on_a_mode_is_precise_and_nothing_else() -> None:
    real = mixture(400, 0)
    scores = scores_of(real, np.tile(CENTRES[2], (400, 1)))
    assert (scores.precision, scores.recall) == (1, 0)
    assert 0 < scores.coverage < 0.1
    off = scores_of(real, np.zeros((400, 2)))
    assert off == (0, 0, 0, 0)


def test_a_point_mass_on_a_real_point_recalls_that_point_alone() -> None:
    real = mixture(400, 0)
    assert scores_of(real, np.tile(real[5], (400, 1))).recall == 1 / 400


def test_a_memorised_set_scores_the_best() -> None:
    real = mixture(400, 0)
    assert scores_of(real, real[::-1], 5) == (1, 1, pytest.approx(6 / 5), 1)  # balls of k others and oneself
    assert scores_of(real, np.concatenate([real, real]), 5)[::3] == (1, 1)


def test_more_noise_is_worse() -> None:
    real, noise = mixture(400, 0), np.random.default_rng(2).standard_normal((400, 2))
    scores = np.array([scores_of(real, mixture(400, 1) + blur * noise) for blur in (0, 0.1, 0.3, 1, 3)])
    assert (np.diff(scores[:, [0, 2, 3]], axis=0) < 0).all()


def test_more_shift_is_worse() -> None:
    real = mixture(400, 0)
    scores = np.array([scores_of(real, mixture(400, 1) + shift) for shift in (0, 0.1, 0.2, 0.3)])
    assert (np.diff(scores, axis=0) < 0).all()


def test_scale_shift_and_order_change_nothing() -> None:
    real, fake = mixture(100, 0), mixture(90, 1)
    scores = scores_of(real, fake)
    assert scores_of(4 * real - 8, 4 * fake - 8) == pytest.approx(scores)
    assert scores_of(real[::-1], fake[::-1]) == pytest.approx(scores)


def test_swapping_the_sets_swaps_precision_and_recall() -> None:
    one, other = scores_of(mixture(90, 0), mixture(100, 1)), scores_of(mixture(100, 1), mixture(90, 0))
    assert one[:2] == other[1::-1]


def test_balls_on_a_line() -> None:
    points = np.array([[0.0], [1.0], [2.0], [2.0], [9.0]])
    radii, held = balls(cdist(points, points), 2)
    assert radii.tolist() == [2, 1, 1, 1, 7]
    assert held.tolist() == [3, 3, 2, 2, 2]


@pytest.mark.parametrize("k", [0, -1, 5])
def test_k_is_less_than_the_points(k: int) -> None:
    with pytest.raises(ValueError, match=rf"^k: is {k}; allowed: 1 to 4, for 5 points$"):
        balls(np.zeros((5, 5)), k)


@pytest.mark.parametrize("d", [2, 3, 64, 1200])
def test_a_distance_is_the_same_number_within_a_set_and_across_two(d: int) -> None:
    """Closed balls of sets with points in common depend on it."""
    points = np.random.default_rng(d).standard_normal((150, d)) * 3
    within = squareform(pdist(points))
    np.testing.assert_array_equal(cdist(points, points), within)
    np.testing.assert_array_equal(cdist(points[70:81], points), within[70:81])
