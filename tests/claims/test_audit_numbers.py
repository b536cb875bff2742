"""What printed numbers can be: against brute force, and by hand."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modecollapse.claims.audits import (
    above_oracle,
    ceiling,
    compatible_runs,
    granular,
    kl_floor,
    same_run_count,
    sd_bounds,
)

from modecollapse.claims import load

CLAIMS = Path(__file__).parents[2] / "config" / "claims.yaml"


def printings(total: int, runs: int, decimals: int) -> set[str]:
    """Both ways of printing a mean of integers with so many decimals, which are one unless it is half-way."""
    scaled = Fraction(total * 10**decimals, runs)
    numbers = {math.floor(scaled + Fraction(1, 2)), math.ceil(scaled - Fraction(1, 2))}
    return {f"{number / 10**decimals:.{decimals}f}" for number in numbers}


@pytest.mark.parametrize("decimals", [0, 1, 2])
@pytest.mark.parametrize("runs", [1, 3, 5, 7, 8, 12])
def test_a_number_is_granular_exactly_where_some_total_prints_so(runs: int, decimals: int) -> None:
    possible = set().union(*(printings(total, runs, decimals) for total in range(4 * runs + 1)))
    for units in range(3 * 10**decimals + 1):
        text = f"{units / 10**decimals:.{decimals}f}"
        assert granular(text, runs) == (text in possible), text


@given(st.integers(0, 10**6), st.integers(1, 50), st.integers(0, 4))
def test_every_printed_mean_is_granular(total: int, runs: int, decimals: int) -> None:
    assert all(granular(text, runs) for text in printings(total, runs, decimals))


@pytest.mark.parametrize("printed", ["3.3", "5.5", "48.7"])
def test_three_printed_counts_are_no_means_of_five_integers(printed: str) -> None:
    assert not granular(printed, 5)


@pytest.mark.parametrize("printed", ["1", "1.6", "2.8", "3", "7.6", "8", "15.8", "16", "23.6", "24.6", "99", "150"])
def test_the_others_are(printed: str) -> None:
    assert granular(printed, 5)


def test_decimals_count() -> None:
    assert granular("3", 5)
    assert granular("3.0", 5)
    assert not granular("3.3", 5)
    assert granular("3.33", 3)
    assert not granular("3.30", 3)


def test_halves_go_either_way_unless_told() -> None:
    assert granular("3.3", 4)  # 13/4 = 3.25
    assert granular("3.2", 4)
    assert granular("3.3", 4, halves="up")
    assert not granular("3.3", 4, halves="down")
    assert granular("3.2", 4, halves="down")
    assert not granular("3.2", 4, halves="up")


def test_percentages_have_the_step_of_one_sample() -> None:
    step = 100 / 2500
    assert not granular("0.13", 1, step)
    assert not granular("0.13", 2, step)
    assert granular("0.13", 3, step)  # 10 of 7,500 samples
    assert granular("0.13", 5, step)
    assert compatible_runs("28.29", 6, step) == [3, 4, 5, 6]
    assert granular("0.004", 1, 100 / 26000)
    assert not granular("0.005", 1, 100 / 26000)


def test_lists_the_numbers_of_runs_that_fit() -> None:
    assert compatible_runs("48.7") == [3, 4, *range(6, 21)]
    assert compatible_runs("5.5", 9) == [2, 4, 6, 8]
    assert compatible_runs("8", 3) == [1, 2, 3]
    assert compatible_runs("3.3", 2) == []


def test_the_numbers_of_runs_that_fit_every_mode_count() -> None:
    counts = [v.printed for v in load(CLAIMS).values if v.measure == "modes"]
    assert len(counts) == 16
    assert same_run_count(counts, 12) == [8, 10, 11, 12]
    # 3.25 would have been rounded up and 48.75 down.
    assert same_run_count(counts, 12, halves="up") == same_run_count(counts, 12, halves="down") == [10, 11, 12]


@pytest.mark.parametrize(
    ("printed", "runs", "step", "halves"),
    [("3.3", 0, 1, "either"), ("3.3", 5, 0, "either"), ("3.3", 5, math.nan, "up"), ("3.3", 5, 1, "even")],
)
def test_refuses_impossible_settings(printed: str, runs: int, step: float, halves: str) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        granular(printed, runs, step, halves)


@pytest.mark.parametrize("printed", ["", "nan", "n/a", "1e3", "3,3", "3.", "inf"])
def test_refuses_what_is_no_printed_number(printed: str) -> None:
    for call in (lambda: granular(printed, 5), lambda: above_oracle(printed, 1.0)):
        with pytest.raises(ValueError, match="not a plain decimal number"):
            call()


@pytest.mark.parametrize(("runs", "low", "high"), [(2, 0, 8), (5, 0, 8), (5, 0, 10), (3, 0, 25), (4, -2, 3), (6, 1, 4)])
def test_sd_bounds_are_those_of_all_multisets(runs: int, low: int, high: int) -> None:
    sds = defaultdict(list)
    for values in combinations_with_replacement(range(low, high + 1), runs):
        sds[sum(values)].append(np.std(values, ddof=1))
    for total, found in sds.items():
        assert sd_bounds(total / runs, low, high, runs=runs) == pytest.approx((min(found), max(found)), abs=1e-9)


@pytest.mark.parametrize("mean", [0.0, 0.25, 2.5, 3.7, 8.0])
def test_sd_bounds_of_a_distribution_are_reached_by_many_runs(mean: float) -> None:
    runs = 4000
    bounds = sd_bounds(mean, 0, 8)
    sample = np.array(sd_bounds(mean, 0, 8, runs=runs)) * np.sqrt((runs - 1) / runs)
    assert bounds == pytest.approx(tuple(sample), abs=1e-6)
    assert sd_bounds(mean, 0, 8, integer=False)[0] == 0


def test_sd_bounds_move_with_the_range() -> None:
    assert sd_bounds(2.3, -1, 7) == pytest.approx(sd_bounds(3.3, 0, 8))
    assert sd_bounds(2.3, -1, 7) == pytest.approx((math.sqrt(0.21), math.sqrt(3.3 * 4.7)))


@given(st.lists(st.floats(0, 10, allow_subnormal=False), min_size=2, max_size=8))
@settings(deadline=None)
def test_sd_bounds_hold_for_any_values(values: list[float]) -> None:
    mean = float(np.clip(np.mean(values), 0, 10))
    least, most = sd_bounds(mean, 0, 10, integer=False, runs=len(values))
    assert least == 0.0
    assert np.std(values, ddof=1) <= most + 1e-6
    assert np.std(values) <= sd_bounds(mean, 0, 10, integer=False)[1] + 1e-6


@pytest.mark.parametrize(
    ("mean", "k", "least", "most"), [(8, 8, 0, 0), (7.6, 8, 0.49, 1.74), (15.8, 25, 0.40, 12.06), (0, 10, 0, 0)]
)
def test_sd_bounds_of_the_posters_counts(mean: float, k: int, least: float, most: float) -> None:
    assert sd_bounds(mean, 0, k) == pytest.approx((least, most), abs=0.005)


def test_five_runs_leave_less_room_than_a_distribution() -> None:
    """8, 8, 8, 7, 7 and 8, 8, 8, 8, 6 are the only ways to a mean of 7.6."""
    assert sd_bounds(7.6, 0, 8, runs=5) == pytest.approx(
        (np.std([8, 8, 8, 7, 7], ddof=1), np.std([8] * 4 + [6], ddof=1))
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((8.1, 0, 8), "finite range"),
        ((math.nan, 0, 8), "finite range"),
        ((1, 0, math.inf), "finite range"),
        ((1, 0.5, 8), "integer ends"),
        ((1, 0, 8, True, 1), "at least 2"),
        ((3.3, 0, 25, True, 5), "no 5 integers"),
    ],
)
def test_sd_bounds_refuse(arguments: tuple, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sd_bounds(*arguments)


def test_kl_floor_is_reached_by_equal_modes_and_never_passed() -> None:
    assert kl_floor(16, 1000) == pytest.approx(4.135, abs=1e-3)
    assert kl_floor(1000, 1000) == 0.0
    rng = np.random.default_rng(0)
    for _ in range(200):  # means over five runs with different numbers of modes
        runs = [rng.dirichlet(np.full(rng.integers(1, 9), rng.choice([0.2, 1, 1e6]))) for _ in range(5)]
        mean_kl = np.mean([sum(p * np.log(8 * p) for p in run if p > 0) for run in runs])
        assert mean_kl >= kl_floor(np.mean([(run > 0).sum() for run in runs]), 8) - 1e-9


@pytest.mark.parametrize("modes", [0, -1, 1001, math.nan])
def test_kl_floor_refuses(modes: float) -> None:
    with pytest.raises(ValueError, match="positive and at most"):
        kl_floor(modes, 1000)


def test_the_ceilings_are_the_exact_ones() -> None:
    assert ceiling("ring") == ceiling("grid") == pytest.approx(100 * (1 - math.exp(-4.5)))
    assert 0 < ceiling("gaussians-1200d") < 1e-150


def test_above_the_oracle_means_above_it_before_rounding() -> None:
    assert above_oracle("99.3", ceiling("ring"))
    assert not above_oracle("98.9", ceiling("ring"))  # may have been 98.85
    assert above_oracle("98.95", ceiling("ring"))
    assert not above_oracle("99", ceiling("ring"))
    assert not above_oracle("0.0", 0.0)
