"""Dominant modes, hopping, its mutual information, and the captured set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modecollapse.measures import mode_visits as v

COUNTS = (
    st.integers(2, 12)
    .flatmap(
        lambda length: st.lists(st.lists(st.integers(0, 500), min_size=5, max_size=5), min_size=length, max_size=length)
    )
    .map(np.array)
)


def on(modes: list[int], of: int = 4, n: int = 100) -> np.ndarray:
    """All samples in one mode at each evaluation."""
    counts = np.zeros((len(modes), of), dtype=np.int64)
    counts[np.arange(len(modes)), modes] = n
    return counts


def test_a_generator_of_one_mode_stays() -> None:
    leads = v.dominant_modes(on([2] * 10))
    assert leads.tolist() == [2] * 10
    assert v.hopping_rate(leads) == v.mutual_information(leads) == (0.0, "ok")
    assert v.turnover(on([2] * 10)) == (0.0, "ok")
    assert v.modes_ever(on([2] * 10)) == (1.0, "ok")
    assert v.hopping_rate(v.dominant_modes(on([0] * 6 + [1] * 5))) == (0.1, "ok")


def test_a_round_of_the_modes_hops_always_and_each_tells_the_next() -> None:
    leads = v.dominant_modes(on([0, 1, 2, 3] * 10 + [0]))
    assert v.hopping_rate(leads) == (1.0, "ok")
    assert v.mutual_information(leads)[0] == pytest.approx(np.log(4))
    assert v.shuffled_information(leads, np.random.default_rng(0))[0] < 0.25
    assert v.turnover(on([0, 1, 2, 3]))[0] == 1
    assert v.modes_ever(on([0, 1, 2, 3])) == (4.0, "ok")


def test_random_hops_have_the_information_of_chance() -> None:
    rng = np.random.default_rng(3)
    leads = v.dominant_modes(on(rng.integers(4, size=400).tolist()))
    information, chance = v.mutual_information(leads)[0], v.shuffled_information(leads, rng)[0]
    assert v.hopping_rate(leads)[0] == pytest.approx(0.75, abs=0.06)
    assert chance == pytest.approx(9 / (2 * 399), rel=0.2)  # (K - 1)^2 / (2 pairs)
    assert information == pytest.approx(chance, abs=0.015)


def test_a_perfect_sampler_has_no_dominant_mode_though_one_is_fullest() -> None:
    counts = np.random.default_rng(0).multinomial(2500, np.full(8, 1 / 8), size=400)
    assert (v.dominant_modes(counts) != v.NOBODY).mean() < 0.01
    fullest = v.dominant_modes(counts, clear=0)
    assert v.hopping_rate(fullest)[0] == pytest.approx(7 / 8, abs=0.04)


def test_a_tie_leads_nobody() -> None:
    assert v.dominant_modes(np.array([[5, 5, 0], [0, 0, 0], [0, 1, 0], [3, 2, 2]]), clear=0).tolist() == [-1, -1, 1, 0]
    assert v.dominant_modes(np.array([[9], [10]])).tolist() == [-1, 0]  # 9 of 9 is not more than 3 sd


def test_without_dominant_pairs_there_is_no_rate() -> None:
    for leads, status in (([0, -1, 1, -1], "no-leader"), ([-1, -1], "no-leader"), ([0], "short"), ([], "short")):
        for value, said in (v.hopping_rate(np.array(leads)), v.mutual_information(np.array(leads))):
            assert np.isnan(value)
            assert said == status
    assert v.hopping_rate(np.array([0, 0, -1, 1, 2])) == (0.5, "ok")
    assert v.shuffled_information(np.array([0]), np.random.default_rng(0))[1] == "short"


def test_turnover_is_jaccard_s_distance() -> None:
    counts = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    assert v.turnover(counts)[0] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert v.turnover(counts[:1])[1] == "short"


@given(COUNTS, st.integers(2, 9), st.randoms(use_true_random=False))
def test_names_of_modes_and_the_direction_of_time_do_not_matter(counts: np.ndarray, by: int, order: object) -> None:
    names = list(range(5))
    order.shuffle(names)
    for clear in (0.0, 3.0):
        leads, renamed = v.dominant_modes(counts, clear), v.dominant_modes(counts[:, names], clear)
        back = leads[::-1]
        for measure in (v.hopping_rate, v.mutual_information):
            np.testing.assert_allclose(measure(renamed)[0], measure(leads)[0], atol=1e-12)
            np.testing.assert_allclose(measure(back)[0], measure(leads)[0], atol=1e-12)
    assert v.turnover(counts[:, names])[0] == pytest.approx(v.turnover(counts[::-1])[0])
    more = v.dominant_modes(counts * by)  # more samples make a leader clearer, never another
    led = v.dominant_modes(counts) != v.NOBODY
    assert (more[led] == v.dominant_modes(counts)[led]).all()
