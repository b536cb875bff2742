"""The measures of counts: known answers, bounds, and what does not change them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse import measures
from modecollapse.datasets import fashion_mnist
from modecollapse.study import catalogue

COUNTS = st.lists(st.integers(0, 2000), min_size=2, max_size=60).map(np.array)
MEASURES = measures.of_rules(catalogue.names("measures"), (None, "shell"))
USUAL = ("modes", "high_quality_percent", "reverse_kl", "effective_modes", "covered_modes", "total_variation")
KINDS = {"shoes_percent": 30, "clothes_percent": 60, "bags_percent": 10}


def value(measure: str, counts: np.ndarray | list[int], n: int | None = None) -> float:
    counts = np.array(counts)
    return measures.value(measure, counts, int(counts.sum()) if n is None else n)[0]


def usual(counts: np.ndarray, n: int | None = None) -> list[float]:
    return [value(name, counts, n) for name in USUAL]


@pytest.mark.parametrize("modes", [8, 1000])
def test_no_high_quality_sample_has_the_worst_values(modes: int) -> None:
    found = [measures.value(name, np.zeros(modes, dtype=int), 2500) for name in USUAL]
    assert [value for value, _ in found] == [0, 0, math.log(modes), 0, 0, 1]
    assert [status for _, status in found] == ["ok", "ok", "undefined", "undefined", "ok", "undefined"]


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 500))
def test_m_equal_modes(found: int, missed: int, each: int) -> None:
    counts, modes = np.array([each] * found + [0] * missed), found + missed
    expected = [found, 100, math.log(modes / found), found, found, missed / modes]
    assert usual(counts) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("modes", "n"), [(8, 2500), (1000, 26_000)])
def test_a_perfect_sampler_scores_what_the_docstrings_say(modes: int, n: int) -> None:
    draws = np.random.default_rng(0).multinomial(n, np.full(modes, 1 / modes), size=200)
    scores = np.array([usual(counts) for counts in draws])
    _, _, divergence, effective, covered, variation = scores.mean(axis=0)
    assert divergence == pytest.approx((modes - 1) / (2 * n), rel=0.02, abs=4 * scores[:, 2].std() / 14)
    assert effective == pytest.approx(modes * math.exp(-(modes - 1) / (2 * n)), rel=2e-3)
    assert covered > 0.99 * modes
    assert variation == pytest.approx(math.sqrt(modes / (2 * math.pi * n)), rel=0.1)


def test_the_units_are_nats_and_other_weights_cost_what_the_docstring_says() -> None:
    assert value("reverse_kl", [3, 1]) == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert value("reverse_kl", [2, *[1] * 6]) == pytest.approx(0.040, abs=5e-4)
    assert value("reverse_kl", [2, *[1] * 7]) == pytest.approx(0.036, abs=5e-4)


@pytest.mark.parametrize(("divergence", "modes"), [(3.4, 33), (5.40, 4.5), (4.32, 13), (2.95, 52)])
def test_effective_modes_of_published_divergences(divergence: float, modes: float) -> None:
    """Stacked digits in VEEGAN's Table 2 (DCGAN, ALI, Unrolled GAN, VEEGAN), by counts with that divergence."""
    low, high = 1, 10**9
    while high - low > 1:  # one mode's count, all others 1000
        middle = (low + high) // 2
        low, high = (middle, high) if value("reverse_kl", [middle, *[1000] * 999]) < divergence else (low, middle)
    assert value("effective_modes", [low, *[1000] * 999]) == pytest.approx(modes, rel=0.03)


def test_covered_modes_count_samples_in_no_mode_and_the_limit_itself() -> None:
    counts = [50, 49, 100, 0]
    assert [value("covered_modes", counts, n) for n in (400, 200)] == [2, 3]
    assert [value("covered_modes", [50] * 10, n) for n in (1000, 1001)] == [10, 0]
    assert value("covered_modes", [0] * 4, 0) == 0


@pytest.mark.parametrize("measure", MEASURES)
@given(counts=COUNTS, low_quality=st.integers(1, 100), order=st.randoms(use_true_random=False))
def test_values_are_in_their_range_whatever_the_order(
    measure: str, counts: np.ndarray, low_quality: int, order: object
) -> None:
    if "FAMILIES" in catalogue.declarations("measures", measure):
        counts = np.resize(counts, 10)  # the classes of those data
    found = value(measure, counts, int(counts.sum()) + low_quality)
    lowest, highest = measures.support(measure, len(counts))
    assert lowest <= found <= highest
    if measure not in KINDS:
        shuffled = list(counts)
        order.shuffle(shuffled)
        assert value(measure, shuffled, int(counts.sum()) + low_quality) == pytest.approx(found, abs=1e-9)


@given(COUNTS.filter(lambda counts: counts.sum() > 0), st.integers(1, 100))
def test_what_the_measures_have_to_do_with_each_other(counts: np.ndarray, low_quality: int) -> None:
    n = int(counts.sum())
    modes, _, divergence, effective, covered, variation = found = usual(counts)
    assert effective == pytest.approx(len(counts) * math.exp(-divergence))
    assert max(effective - 1e-9, covered) <= modes
    assert divergence >= math.log(len(counts) / modes) - 1e-12
    assert variation <= math.sqrt(divergence / 2) + 1e-12  # Pinsker
    lower = usual(counts, n + low_quality)  # low-quality samples lower two of them, and no other
    assert lower[1] == pytest.approx(100 * n / (n + low_quality))
    assert lower[4] <= covered
    assert [lower[i] for i in (0, 2, 3, 5)] == [found[i] for i in (0, 2, 3, 5)]


@pytest.mark.parametrize(
    ("name", "labels"), [("shoes_percent", {5, 7, 9}), ("clothes_percent", {0, 1, 2, 3, 4, 6}), ("bags_percent", {8})]
)
def test_every_label_is_of_one_kind_and_notes_have_the_data_s_share(name: str, labels: set[int]) -> None:
    shares = [value(name, counts, 40) for counts in np.eye(10, dtype=int) * 20]
    assert shares == [50.0 if label in labels else 0 for label in range(10)]
    assert value(name, [250] * fashion_mnist.MODES, 2500) == KINDS[name]
    declared = catalogue.declarations("measures", name)
    assert f"the data's {KINDS[name]} " in declared["NOTE"]
    assert declared["FAMILIES"] == ("fashion-mnist",)
