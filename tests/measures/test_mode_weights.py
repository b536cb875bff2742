"""Divergences of mode counts and what is made of them: known answers, exact floors, invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures import reverse_kl
from modecollapse.measures.mode_weights import (
    covered_modes,
    effective_modes,
    kl_floor,
    kl_to_reference,
    kl_to_uniform,
    total_variation,
)

COUNTS = st.lists(st.integers(0, 2000), min_size=2, max_size=60).map(np.array).filter(lambda counts: counts.sum() > 0)


@given(COUNTS)
def test_the_divergence_is_the_one_of_the_measure(counts: np.ndarray) -> None:
    measured = reverse_kl.value(counts, int(counts.sum()))[0]
    assert kl_to_uniform(counts) == pytest.approx(measured, abs=1e-12)
    assert kl_to_reference(counts, np.full(len(counts), 7)) == pytest.approx(measured, abs=1e-12)
    assert kl_to_reference(counts, counts) == 0


def test_units_and_direction() -> None:
    assert kl_to_reference([3, 1], [1, 1]) == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert kl_to_reference([1, 1], [3, 1]) == pytest.approx(0.5 * math.log(2 / 3) + 0.5 * math.log(2))
    assert kl_to_reference([1, 0], [1, 1]) == pytest.approx(math.log(2))
    assert kl_to_reference([1, 1], [1, 0]) == math.inf


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 500))
def test_m_equal_modes_are_m_effective_ones(found: int, missed: int, each: int) -> None:
    counts, modes = np.array([each] * found + [0] * missed), found + missed
    assert effective_modes(kl_to_uniform(counts), modes) == pytest.approx(found)
    assert total_variation(counts) == pytest.approx(missed / modes, abs=1e-12)
    for share in (0.01, 0.5, 1):
        assert covered_modes(counts, int(counts.sum()), share) == found


@pytest.mark.parametrize(("divergence", "modes"), [(3.4, 33), (5.40, 4.5), (4.32, 13), (2.95, 52)])
def test_effective_modes_of_published_divergences(divergence: float, modes: float) -> None:
    """Stacked digits in VEEGAN's Table 2: DCGAN, ALI, Unrolled GAN, VEEGAN."""
    assert effective_modes(divergence, 1000) == pytest.approx(modes, rel=0.03)


@pytest.mark.parametrize(("modes", "n"), [(8, 2500), (25, 500), (1000, 26_000), (50, 20)])
def test_the_floor_is_the_mean_of_a_perfect_sampler(modes: int, n: int) -> None:
    weights = np.random.default_rng(0).dirichlet(np.full(modes, 5))
    drawn = np.random.default_rng(1).multinomial(n, weights, size=400)
    for mean, reference in ((kl_floor(n, weights), weights), (kl_floor(n, weights, np.ones(modes)), np.ones(modes))):
        scores = np.array([kl_to_reference(counts, reference) for counts in drawn])
        assert scores.mean() == pytest.approx(mean, abs=4 * scores.std() / 20)


def test_the_floor_for_many_samples() -> None:
    assert kl_floor(10**6, np.ones(25)) == pytest.approx(24 / 2e6, rel=1e-3)
    assert kl_floor(26_000, np.ones(1000)) == pytest.approx(999 / 52_000, rel=0.02)
    assert kl_floor(10**6, [3, 1], [1, 1]) == pytest.approx(kl_to_uniform([3, 1]), abs=1e-5)


def test_the_floor_of_few_samples_and_empty_modes() -> None:
    assert kl_floor(1, np.ones(10)) == pytest.approx(math.log(10))
    assert kl_floor(5, [1]) == pytest.approx(0, abs=1e-12)
    assert kl_floor(100, [1, 1, 0], [1, 1, 1]) == pytest.approx(kl_floor(100, [1, 1]) + math.log(1.5))
    assert kl_floor(100, [1, 1], [1, 0]) == math.inf


@given(COUNTS)
def test_ranges(counts: np.ndarray) -> None:
    modes, n = len(counts), int(counts.sum())
    assert 0 <= kl_to_uniform(counts) <= math.log(modes) + 1e-12
    assert 1 - 1e-9 <= effective_modes(kl_to_uniform(counts), modes) <= modes
    assert 0 <= total_variation(counts) <= 1 - 1 / modes + 1e-12
    assert total_variation(counts) <= math.sqrt(kl_to_uniform(counts) / 2) + 1e-12  # Pinsker
    assert effective_modes(kl_to_uniform(counts), modes) <= np.count_nonzero(counts) + 1e-9
    assert covered_modes(counts, n, 1) <= covered_modes(counts, n, 0.1) <= np.count_nonzero(counts)


@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_modes_changes_nothing(counts: np.ndarray, order: object) -> None:
    shuffled = list(counts)
    order.shuffle(shuffled)
    shuffled, n = np.array(shuffled), int(counts.sum())
    assert kl_to_uniform(shuffled) == pytest.approx(kl_to_uniform(counts), abs=1e-12)
    assert total_variation(shuffled) == pytest.approx(total_variation(counts), abs=1e-12)
    assert covered_modes(shuffled, n) == covered_modes(counts, n)


def test_mass_that_moves_to_one_mode_is_worse() -> None:
    counts = [np.array([100 + 9 * moved] + [100 - moved] * 9) for moved in (0, 10, 40, 80, 100)]
    assert (np.diff([kl_to_uniform(each) for each in counts]) > 0).all()
    assert (np.diff([total_variation(each) for each in counts]) > 0).all()
    assert [covered_modes(each, 1000) for each in counts] == [10, 10, 10, 1, 1]


def test_covered_modes_count_samples_in_no_mode_and_the_limit_itself() -> None:
    counts = np.array([50, 49, 100, 0])
    assert covered_modes(counts, 400) == 2
    assert covered_modes(counts, 200) == 3
    assert covered_modes(np.zeros(4), 0) == 0
    assert covered_modes(np.zeros(4), 400) == 0


@pytest.mark.parametrize("function", [kl_to_uniform, total_variation, lambda counts: kl_to_reference(counts, [1, 1])])
@pytest.mark.parametrize("bad", [[0, 0], [-1, 2], [math.nan, 1], [[1, 2]], []])
def test_counts_without_samples_or_meaning_are_refused(function: object, bad: list) -> None:
    with pytest.raises(ValueError, match="^counts: has no samples"):
        function(bad)


def test_what_else_is_refused() -> None:
    with pytest.raises(ValueError, match="^reference: has 3 modes; allowed: 2"):
        kl_to_reference([1, 1], [1, 1, 1])
    for share in (0, 1.1, math.nan):
        with pytest.raises(ValueError, match="^share: is"):
            covered_modes([1, 1], 2, share)
