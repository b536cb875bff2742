"""The measures of counts: known answers, bounds, and what does not change them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse import measures
from modecollapse.errors import StudyError
from modecollapse.study import catalogue

COUNTS = st.lists(st.integers(0, 2000), min_size=2, max_size=60).map(np.array)
MEASURES = catalogue.names("measures")
COUNTING = [measure for measure in MEASURES if measures.reads(measure) == measures.COUNTS]
BETTER = {"modes": "more", "high_quality_percent": "more", "reverse_kl": "less"}


def value(measure: str, counts: np.ndarray, n: int | None = None) -> float:
    return measures.value(measure, counts, int(counts.sum()) if n is None else n)[0]


def one_mode(modes: int, n: int) -> np.ndarray:
    counts = np.zeros(modes, dtype=np.int64)
    counts[modes // 2] = n
    return counts


@pytest.mark.parametrize("modes", [8, 25, 1000])
def test_a_perfect_one_mode_sampler(modes: int) -> None:
    counts = one_mode(modes, 2500)
    assert [value(m, counts) for m in ("modes", "high_quality_percent")] == [1, 100]
    assert measures.value("reverse_kl", counts, 2500) == (pytest.approx(math.log(modes)), "ok")


@pytest.mark.parametrize("modes", [8, 25, 1000])
def test_no_high_quality_sample_is_undefined_with_the_worst_values(modes: int) -> None:
    counts = np.zeros(modes, dtype=np.int64)
    assert measures.value("modes", counts, 2500) == (0, "ok")
    assert measures.value("high_quality_percent", counts, 2500) == (0, "ok")
    assert measures.value("reverse_kl", counts, 2500) == (math.log(modes), "undefined")


def test_exactly_equal_counts_have_no_divergence() -> None:
    assert value("reverse_kl", np.full(25, 100)) == 0


@pytest.mark.parametrize(("modes", "n"), [(8, 2500), (25, 2500), (1000, 26_000)])
def test_a_perfect_sampler_scores_the_finite_sample_floor(modes: int, n: int) -> None:
    draws = np.random.default_rng(0).multinomial(n, np.full(modes, 1 / modes), size=400)
    scores = np.array([value("reverse_kl", counts) for counts in draws])
    assert scores.mean() == pytest.approx((modes - 1) / (2 * n), rel=0.02, abs=4 * scores.std() / 20)
    assert scores.min() > 0


def test_the_units_are_nats() -> None:
    counts = np.array([3, 1])  # 3/4 ln(3/2) + 1/4 ln(1/2)
    assert value("reverse_kl", counts) == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))


@given(COUNTS)
def test_a_sampler_of_m_modes_scores_at_least_ln_k_over_m(counts: np.ndarray) -> None:
    found = np.count_nonzero(counts)
    score = value("reverse_kl", counts)
    assert score <= math.log(len(counts))
    if found:
        assert score >= math.log(len(counts) / found) - 1e-12


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 500))
def test_m_equal_modes_score_exactly_ln_k_over_m(found: int, missed: int, each: int) -> None:
    counts = np.array([each] * found + [0] * missed)
    assert value("reverse_kl", counts) == pytest.approx(math.log((found + missed) / found), abs=1e-12)


@pytest.mark.parametrize("measure", COUNTING)
@given(counts=COUNTS, low_quality=st.integers(1, 100))
def test_measures_are_in_their_support(measure: str, counts: np.ndarray, low_quality: int) -> None:
    if "FAMILIES" in catalogue.declarations("measures", measure):
        counts = np.resize(counts, 10)  # the classes of those data
    lowest, highest = measures.support(measure, len(counts))
    assert lowest <= value(measure, counts, int(counts.sum()) + low_quality) <= highest


@pytest.mark.parametrize("measure", ["modes", "high_quality_percent", "reverse_kl"])
@given(counts=COUNTS, order=st.randoms(use_true_random=False), low_quality=st.integers(1, 100))
def test_the_order_of_modes_changes_nothing(measure: str, counts: np.ndarray, order: object, low_quality: int) -> None:
    n = int(counts.sum()) + low_quality
    shuffled = list(counts)
    order.shuffle(shuffled)
    assert value(measure, np.array(shuffled), n) == pytest.approx(value(measure, counts, n), abs=1e-12)


@given(COUNTS, st.integers(1, 100))
def test_low_quality_samples_lower_the_per_cent_alone(counts: np.ndarray, low_quality: int) -> None:
    n = int(counts.sum())
    per_cent = value("high_quality_percent", counts, n + low_quality)
    assert per_cent == pytest.approx(100 * n / (n + low_quality))
    for measure in ("modes", "reverse_kl"):
        assert value(measure, counts, n + low_quality) == value(measure, counts, n)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_says_which_direction_is_better(measure: str) -> None:
    said = re.findall(r"\b(more|less|nearer to .*) is better", measures.module(measure).NOTE)
    assert len(said) == 1
    assert said == [BETTER.get(measure, said[0])]


@pytest.mark.parametrize("name", ["mode", "table", "", "../modes", "score"])
def test_a_measure_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(StudyError, match=rf"--measures: '{re.escape(name)}' is unknown.*allowed: {MEASURES[0]}, "):
        measures.module(name)
