"""Effective and covered modes, total variation, and the kinds of Fashion-MNIST: known answers and their bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse import measures
from modecollapse.datasets import fashion_mnist
from modecollapse.study import catalogue
from modecollapse.study.catalogue import declarations

SPREAD = ("effective_modes", "covered_modes", "total_variation")
KINDS = {"shoes_percent": 30, "clothes_percent": 60, "bags_percent": 10}
COUNTS = st.lists(st.integers(0, 2000), min_size=2, max_size=60).map(np.array)


def spread(counts: np.ndarray, n: int | None = None) -> list[float]:
    return [measures.value(name, counts, int(counts.sum()) if n is None else n)[0] for name in SPREAD]


@pytest.mark.parametrize("modes", [8, 25, 1000])
def test_a_perfect_one_mode_sampler(modes: int) -> None:
    counts = np.eye(modes, dtype=int)[modes // 2] * 2500
    assert spread(counts) == pytest.approx([1, 1, 1 - 1 / modes])


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 500))
def test_m_equal_modes(found: int, missed: int, each: int) -> None:
    counts = np.array([each] * found + [0] * missed)
    assert spread(counts) == pytest.approx([found, found, missed / (found + missed)], abs=1e-9)


@pytest.mark.parametrize("modes", [8, 1000])
def test_nothing_captured_is_undefined_and_worse_than_one_mode(modes: int) -> None:
    nothing = np.zeros(modes, dtype=int)
    assert [measures.value(name, nothing, 2500) for name in SPREAD] == [(0, "undefined"), (0, "ok"), (1, "undefined")]


@pytest.mark.parametrize(("modes", "n"), [(8, 2500), (1000, 26_000)])
def test_a_perfect_sampler(modes: int, n: int) -> None:
    draws = np.random.default_rng(0).multinomial(n, np.full(modes, 1 / modes), size=100)
    effective, covered, variation = np.mean([spread(counts) for counts in draws], axis=0)
    assert effective == pytest.approx(modes * math.exp(-(modes - 1) / (2 * n)), rel=2e-3)
    assert covered > 0.99 * modes
    assert variation == pytest.approx(math.sqrt(modes / (2 * math.pi * n)), rel=0.1)


def test_effective_modes_are_those_of_the_reverse_kl() -> None:
    counts = np.random.default_rng(0).geometric(0.02, size=50)
    divergence = measures.value("reverse_kl", counts, 10_000)[0]
    assert spread(counts)[0] == pytest.approx(50 * math.exp(-divergence))


def test_covered_modes_depend_less_on_the_number_of_samples_than_captured_ones() -> None:
    weights = np.array([0.24] * 4 + [0.01] * 4)  # four of eight modes have hardly anything
    few, many = (np.random.default_rng(0).multinomial(n, weights) for n in (100, 100_000))
    assert [measures.value("modes", counts, int(counts.sum()))[0] for counts in (few, many)] == [5, 8]
    assert [measures.value("covered_modes", counts, int(counts.sum()))[0] for counts in (few, many)] == [4, 4]


def test_low_quality_samples_leave_modes_uncovered_and_nothing_else() -> None:
    counts = np.full(10, 50)
    assert spread(counts, 1000) == [10, 10, 0]
    assert spread(counts, 1001) == [10, 0, 0]


@given(COUNTS, st.integers(0, 100), st.randoms(use_true_random=False))
def test_bounds_and_the_order_of_modes(counts: np.ndarray, low_quality: int, order: object) -> None:
    n = int(counts.sum()) + low_quality
    shuffled = list(counts)
    order.shuffle(shuffled)
    found = spread(counts, n)
    assert spread(np.array(shuffled), n) == pytest.approx(found, abs=1e-9)
    for name, value in zip(SPREAD, found, strict=True):
        low, high = measures.support(name, len(counts))
        assert low <= value <= high
    assert found[0] <= np.count_nonzero(counts) + 1e-9
    assert found[1] <= np.count_nonzero(counts)


def test_the_kinds_of_the_data_are_those_the_notes_say() -> None:
    data = np.full(fashion_mnist.MODES, 250)
    for name, share in KINDS.items():
        assert measures.value(name, data, 2500) == (share, "ok")
        assert f"the data's {share} " in declarations("measures", name)["NOTE"]


@pytest.mark.parametrize(
    ("name", "labels"), [("shoes_percent", {5, 7, 9}), ("clothes_percent", {0, 1, 2, 3, 4, 6}), ("bags_percent", {8})]
)
def test_every_label_is_of_one_kind(name: str, labels: set[int]) -> None:
    shares = [measures.value(name, counts, 40)[0] for counts in np.eye(10, dtype=int) * 20]
    assert shares == [50.0 if label in labels else 0 for label in range(10)]


def test_kinds_are_measured_on_fashion_mnist_alone() -> None:
    about = {name: declarations("measures", name).get("FAMILIES") for name in catalogue.names("measures")}
    assert {name for name, families in about.items() if families == ("fashion-mnist",)} == set(KINDS)
    assert not any(about[name] for name in SPREAD)
