"""MMD, energy and sliced Wasserstein distance: plain formulas, null distributions, known answers, invariances."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import ortho_group

from modecollapse.measures.discrepancy import (
    SCALES,
    TwoSampleTest,
    energy,
    gaussians,
    median_apart,
    median_distance,
    mmd,
    sliced_wasserstein,
)

TESTS = {"mmd": mmd, "energy": energy}
CENTRES = 3.0 * np.eye(6)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def mixture(n: int, seed: int, modes: int = 6) -> np.ndarray:
    """(n, 6) points of the first `modes` of six modes."""
    generator = rng(seed)
    return CENTRES[generator.integers(modes, size=n)] + 0.3 * generator.standard_normal((n, 6))


def plain(real: np.ndarray, fake: np.ndarray, kernel: object) -> float:
    """The unbiased estimate, written as its definition."""
    within = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (kernel(real, real), kernel(fake, fake))]
    return sum(within) - 2 * kernel(real, fake).mean()


def test_the_statistics_are_their_definitions() -> None:
    real, fake = mixture(30, 0), mixture(20, 1, 3)
    median = median_distance(np.concatenate([real, fake]), rng())

    def gauss(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.mean([np.exp(-(cdist(a, b) ** 2) / (2 * (s * median) ** 2)) for s in SCALES], axis=0)

    assert mmd(real, fake, rng(), 9).statistic == pytest.approx(plain(real, fake, gauss))
    assert energy(real, fake, rng(), 9).statistic == pytest.approx(plain(real, fake, lambda a, b: -cdist(a, b)))


def test_the_permutations_are_those_of_the_labels() -> None:
    """All 20 ways to split 3 + 3 points, against the share that many random permutations find."""
    points = np.array([[0.0], [0.1], [0.3], [0.9], [1.4], [1.6]])
    ways = [sum(1 << i for i in (a, b, c)) for a in range(6) for b in range(a) for c in range(b)]
    split = [np.array([way >> i & 1 for i in range(6)], dtype=bool) for way in ways]
    values = np.array([plain(points[s], points[~s], lambda a, b: -cdist(a, b)) for s in split])
    exact = np.mean(values >= plain(points[:3], points[3:], lambda a, b: -cdist(a, b)) - 1e-12)
    assert exact == 0.1
    assert energy(points[:3], points[3:], rng(), 4999).p_value == pytest.approx(exact, abs=0.015)


@pytest.mark.parametrize("name", TESTS)
def test_real_against_real_has_mean_zero_and_uniform_p_values(name: str) -> None:
    results = [TESTS[name](mixture(30, 2 * seed), mixture(40, 2 * seed + 1), rng(seed), 99) for seed in range(150)]
    statistics, p_values = np.array(results).T
    assert abs(statistics.mean()) < 4 * statistics.std() / np.sqrt(150)
    assert np.mean(p_values <= 0.1) == pytest.approx(0.1, abs=0.08)
    assert np.mean(p_values <= 0.5) == pytest.approx(0.5, abs=0.14)


@pytest.mark.parametrize("name", TESTS)
def test_all_duplicates_do_not_differ(name: str) -> None:
    same = np.full((20, 3), 0.1)
    assert TESTS[name](same, same[:7], rng(), 99) == TwoSampleTest(0, 1)


@pytest.mark.parametrize("name", TESTS)
def test_two_point_masses_differ(name: str) -> None:
    result = TESTS[name](np.zeros((20, 3)), np.ones((20, 3)), rng(), 99)
    apart = {"mmd": 2 - 2 * np.mean([np.exp(-0.5 / s**2) for s in SCALES]), "energy": 2 * np.sqrt(3)}
    assert result == (pytest.approx(apart[name]), 0.01)


@pytest.mark.parametrize("name", TESTS)
def test_the_memorised_set_does_not_differ(name: str) -> None:
    real = mixture(60, 0)
    result = TESTS[name](real, real[::-1], rng(), 99)
    assert result.statistic < 0
    assert result.p_value > 0.9


@pytest.mark.parametrize("name", [*TESTS, "sliced"])
def test_fewer_modes_more_shift_and_more_blur_are_further(name: str) -> None:
    def measured(fake: np.ndarray) -> float:
        if name == "sliced":
            return sliced_wasserstein(real, fake, rng())
        result = TESTS[name](real, fake, rng(), 99)
        assert result.p_value == 0.01 or fake is same
        return result.statistic

    real, same, noise = mixture(300, 0), mixture(300, 1), rng(2).standard_normal((300, 6))
    point = np.tile(CENTRES[0], (300, 1))
    for worse in (
        [same, *(mixture(300, 1, modes) for modes in (5, 4, 2, 1)), point],
        [same, *(same + shift for shift in (0.2, 0.5, 1.0, 2.0))],
        [same, *(same + blur * noise for blur in (0.7, 1.0, 2.0, 4.0))],
    ):
        assert (np.diff([measured(fake) for fake in worse]) > 0).all()


@pytest.mark.parametrize("name", TESTS)
def test_turning_shifting_and_order_change_nothing_and_scale_what_it_should(name: str) -> None:
    real, fake = mixture(50, 0), mixture(40, 1, 3)
    turn = ortho_group.rvs(6, random_state=0)
    result = TESTS[name](real, fake, rng())
    assert TESTS[name](real @ turn + 5, fake @ turn + 5, rng()) == pytest.approx(result, rel=1e-9)
    assert TESTS[name](real[::-1], fake[::-1], rng()).statistic == pytest.approx(result.statistic)
    assert TESTS[name](fake, real, rng()).statistic == pytest.approx(result.statistic)
    scaled = TESTS[name](7 * real, 7 * fake, rng())
    assert scaled == pytest.approx((result.statistic * {"mmd": 1, "energy": 7}[name], result.p_value))


def test_the_median_distance() -> None:
    assert median_distance(np.array([[0.0], [1.0], [3.0]]), rng()) == 2
    assert median_distance(np.array([[4.0]] * 9 + [[1.0]]), rng()) == 3  # coincident pairs do not count
    assert median_distance(np.ones((9, 2)), rng()) == 1
    many = rng(1).standard_normal((5000, 3))
    assert median_distance(many, rng()) == pytest.approx(np.median(cdist(many[:1500], many[:1500])), rel=0.03)


def test_the_median_of_distances_leaves_out_zeros() -> None:
    assert median_apart(np.array([[0.0, 4.0], [0.0, 2.0]])) == 3
    assert median_apart(np.zeros(7)) == 1


def test_the_kernel_is_a_mean_of_gaussians() -> None:
    assert gaussians(np.zeros(3), 5.0).tolist() == [1, 1, 1]
    assert gaussians(np.array([1e300]), 1.0).tolist() == [0]
    assert gaussians(np.array(9.0), 2.0, (0.5, 1.5)) == pytest.approx((np.exp(-4.5) + np.exp(-0.5)) / 2)


def test_a_single_row_is_too_few_for_an_unbiased_estimate() -> None:
    for test in TESTS.values():
        with pytest.raises(ValueError, match=r"^fake: has 1 rows; allowed: at least 2"):
            test(np.ones((3, 2)), np.ones((1, 2)), rng())


def test_sliced_wasserstein_of_a_shift_is_its_length_over_the_root_of_d() -> None:
    real, shift = mixture(100, 0), np.array([3.0, 0, 0, 0, 0, 0])
    assert sliced_wasserstein(real, real + shift, rng(), 5000) == pytest.approx(3 / np.sqrt(6), rel=0.03)
    assert sliced_wasserstein(real, real + 2 * shift, rng()) == pytest.approx(
        2 * sliced_wasserstein(real, real + shift, rng())
    )


def test_sliced_wasserstein_of_scaled_points_on_a_line_is_the_exact_distance() -> None:
    real = rng(0).standard_normal((200, 1))
    fake = 2 * rng(1).standard_normal((200, 1)) + 1
    exact = np.sqrt(np.mean((np.sort(real, axis=0) - np.sort(fake, axis=0)) ** 2))
    assert sliced_wasserstein(real, fake, rng(), 3) == pytest.approx(exact)


def test_sliced_wasserstein_on_sets_that_coincide_or_are_small() -> None:
    real = mixture(50, 0)
    assert sliced_wasserstein(real, real[::-1], rng()) == pytest.approx(0, abs=1e-7)
    assert sliced_wasserstein(real, np.concatenate([real, real]), rng()) == pytest.approx(0, abs=1e-6)
    assert sliced_wasserstein(np.zeros((1, 3)), np.zeros((4, 3)), rng()) == 0


def test_pot_is_loaded_by_sliced_wasserstein_alone() -> None:
    """A machine without it measures everything else."""
    code = "import sys; sys.modules['ot'] = None; from modecollapse.measures import mmd, sliced_wasserstein"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_generator_decides_the_projections() -> None:
    real, fake = mixture(40, 0), mixture(40, 1)
    assert sliced_wasserstein(real, fake, rng(), 10) == sliced_wasserstein(real, fake, rng(), 10)
    assert sliced_wasserstein(real, fake, rng(), 10) != sliced_wasserstein(real, fake, rng(1), 10)
