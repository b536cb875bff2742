"""Precision, recall, density and coverage: the reference package, known answers, and sets with coincident points."""

from __future__ import annotations

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist, squareform

from modecollapse.measures import neighbours

MODES = 8
CENTRES = 10 * np.stack([np.cos(np.arange(MODES) * np.pi / 4), np.sin(np.arange(MODES) * np.pi / 4)], axis=1)


class Scores(NamedTuple):
    precision: float
    recall: float
    density: float
    coverage: float


def mixture(n: int, seed: int, modes: int = MODES) -> np.ndarray:
    """(n, 2) points of the first `modes` of eight well separated modes."""
    rng = np.random.default_rng(seed)
    return CENTRES[rng.integers(modes, size=n)] + 0.1 * rng.standard_normal((n, 2))


def scores_of(real: np.ndarray, fake: np.ndarray, k: int = 5) -> Scores:
    """Of points, with the distances that a run's measures have."""
    of_real, of_fake = (neighbours.balls(squareform(pdist(points)), k) for points in (real, fake))
    across = cdist(real, fake)
    inside = across <= of_real.radii[:, None]
    reference = SimpleNamespace(balls=of_real)
    run = SimpleNamespace(reference=reference, balls=of_fake, across=across, inside=inside, points=fake)
    return Scores(*(getattr(neighbours, name)(run) for name in Scores._fields))


@pytest.mark.parametrize(("n", "m", "d", "k"), [(60, 60, 2, 3), (100, 70, 5, 5), (50, 90, 40, 1), (8, 7, 2, 5)])
def test_generic_points_score_as_in_the_reference_package(n: int, m: int, d: int, k: int) -> None:
    prdc = pytest.importorskip("prdc")
    for seed in range(5):
        rng = np.random.default_rng(seed)
        real, fake = rng.standard_normal((n, d)), 0.3 + 1.2 * rng.standard_normal((m, d))
        reference = prdc.compute_prdc(real_features=real, fake_features=fake, nearest_k=k)
        assert scores_of(real, fake, k)._asdict() == pytest.approx(reference, abs=1e-12)


def test_coincident_points_are_in_each_other_s_balls() -> None:
    """The reference package's balls are open, so those of duplicates are empty, and identical sets score 0."""
    same = np.ones((20, 3))
    assert scores_of(same, same, 5) == (1, 1, pytest.approx(20 / 19), 1)
    assert scores_of(same, np.zeros((30, 3))) == (0, 0, 0, 0)


def test_a_point_mass_is_precise_on_a_mode_and_recalls_the_point_it_is_on() -> None:
    real = mixture(400, 0)
    scores = scores_of(real, np.tile(CENTRES[2], (400, 1)))
    assert (scores.precision, scores.recall) == (1, 0)
    assert 0 < scores.coverage < 0.1
    assert scores_of(real, np.zeros((400, 2))) == (0, 0, 0, 0)
    assert scores_of(real, np.tile(real[5], (400, 1))).recall == 1 / 400


def test_scale_shift_and_order_change_nothing_and_sets_can_be_swapped() -> None:
    real, fake = mixture(100, 0), mixture(90, 1)
    scores = scores_of(real, fake)
    assert scores_of(4 * real - 8, 4 * fake - 8) == pytest.approx(scores)
    assert scores_of(real[::-1], fake[::-1]) == pytest.approx(scores)
    assert scores_of(fake, real)[:2] == scores[1::-1]


def test_balls_on_a_line() -> None:
    points = np.array([[0.0], [1.0], [2.0], [2.0], [9.0]])
    radii, held = neighbours.balls(cdist(points, points), 2)
    assert radii.tolist() == [2, 1, 1, 1, 7]
    assert held.tolist() == [3, 3, 2, 2, 2]


@pytest.mark.parametrize("d", [2, 64, 1200])
def test_a_distance_is_the_same_number_within_a_set_and_across_two(d: int) -> None:
    """Closed balls of sets with points in common depend on it."""
    points = np.random.default_rng(d).standard_normal((150, d)) * 3
    within = squareform(pdist(points))
    np.testing.assert_array_equal(cdist(points[70:81], points), within[70:81])
