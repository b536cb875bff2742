"""MMD and sliced Wasserstein distance: null distributions, known answers, invariances."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from modecollapse.measures import discrepancy
from modecollapse.measures.discrepancy import SCALES, median_apart, sliced_distance

CENTRES = 3.0 * np.eye(6)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def mixture(n: int, seed: int, modes: int = 6) -> np.ndarray:
    """(n, 6) points of the first `modes` of six modes."""
    generator = rng(seed)
    return CENTRES[generator.integers(modes, size=n)] + 0.3 * generator.standard_normal((n, 6))


def mmd(real: np.ndarray, fake: np.ndarray) -> float:
    """The measure, of points as they are."""
    reference = SimpleNamespace(apart=pdist(real))
    reference.once = lambda derive: derive(reference)
    return discrepancy.mmd(SimpleNamespace(reference=reference, apart=pdist(fake), across=cdist(real, fake)))


def test_mmd_of_real_against_real_has_mean_zero() -> None:
    values = np.array([mmd(mixture(30, 2 * seed), mixture(40, 2 * seed + 1)) for seed in range(150)])
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(150)
    assert values.min() < 0 < values.max()


def test_mmd_of_sets_without_spread() -> None:
    same = np.full((20, 3), 0.1)
    assert mmd(same, same[:7]) == 0
    expected = 2 - 2 * np.mean([np.exp(-0.5 * 3 / s**2) for s in SCALES])  # sqrt(3) apart, and a bandwidth of 1
    assert mmd(np.zeros((20, 3)), np.ones((20, 3))) == pytest.approx(expected)


def test_the_median_of_distances_leaves_out_zeros() -> None:
    assert median_apart(np.array([[0.0, 4.0], [0.0, 2.0]])) == 3
    assert median_apart(np.zeros(7)) == 1


def test_sliced_wasserstein_of_a_shift_is_its_length_over_the_root_of_d() -> None:
    real, shift = mixture(100, 0), np.array([3.0, 0, 0, 0, 0, 0])
    assert sliced_distance(real, real + shift, rng(), 5000) == pytest.approx(3 / np.sqrt(6), rel=0.03)


def test_sliced_wasserstein_of_other_sizes_and_directions() -> None:
    real, other = mixture(50, 0), mixture(40, 1)
    assert sliced_distance(real, np.concatenate([real, real]), rng()) == pytest.approx(0, abs=1e-6)
    assert sliced_distance(np.zeros((1, 3)), np.zeros((4, 3)), rng()) == 0
    first, same, another = (sliced_distance(real, other, rng(seed), 10) for seed in (0, 0, 1))
    assert first == same != another


def test_pot_is_loaded_by_sliced_wasserstein_alone() -> None:
    """A machine without it measures everything else."""
    code = "import sys; sys.modules['ot'] = None; from modecollapse.measures import discrepancy"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
