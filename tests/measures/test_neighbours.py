"""Precision, recall, density and coverage: the reference package, known answers, and sets with coincident points."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist, squareform

from modecollapse.measures import neighbours

NAMES = ("precision", "recall", "density", "coverage")


def scores_of(real: np.ndarray, fake: np.ndarray, k: int = 5) -> dict[str, float]:
    """Of points, with the distances that a run's measures have."""
    of_real, of_fake = (neighbours.balls(squareform(pdist(points)), k) for points in (real, fake))
    across = cdist(real, fake)
    inside = across <= of_real.radii[:, None]
    reference = SimpleNamespace(balls=of_real)
    run = SimpleNamespace(reference=reference, balls=of_fake, across=across, inside=inside, points=fake)
    return {name: getattr(neighbours, name)(run) for name in NAMES}


@pytest.mark.parametrize(("n", "m", "d", "k"), [(60, 60, 2, 3), (100, 70, 5, 5), (50, 90, 40, 1), (8, 7, 2, 5)])
def test_generic_points_score_as_in_the_reference_package(n: int, m: int, d: int, k: int) -> None:
    prdc = pytest.importorskip("prdc")
    for seed in range(5):
        rng = np.random.default_rng(seed)
        real, fake = rng.standard_normal((n, d)), 0.3 + 1.2 * rng.standard_normal((m, d))
        reference = prdc.compute_prdc(real_features=real, fake_features=fake, nearest_k=k)
        assert scores_of(real, fake, k) == pytest.approx(reference, abs=1e-12)


def test_coincident_points_are_in_each_other_s_balls() -> None:
    """The reference package's balls are open, so those of duplicates are empty, and identical sets score 0."""
    same = np.ones((20, 3))
    assert scores_of(same, same) == dict.fromkeys(NAMES, 1) | {"density": pytest.approx(20 / 19)}
    assert scores_of(same, np.zeros((30, 3))) == dict.fromkeys(NAMES, 0)
    distinct = np.arange(60.0).reshape(20, 3)
    assert scores_of(distinct, np.tile(distinct[5], (30, 1)))["recall"] == 1 / 20


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
