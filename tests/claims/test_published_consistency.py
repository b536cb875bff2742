"""What printed numbers can be, by brute force and by hand; what is known of the poster's tables; made-up faults."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from itertools import combinations_with_replacement
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from modecollapse.claims import Value, load
from modecollapse.claims.printed_means import ceiling, granular, kl_floor, run_counts, sample_sd_bounds, sd_bounds
from modecollapse.claims.published_consistency import consistency_rows

CLAIMS = Path(__file__).parents[2] / "config" / "claims.yaml"
FIELDS = ["source", "place", "dataset", "column", "method", "check", "outcome", "detail"]


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


@pytest.mark.parametrize(
    ("printed", "runs", "options", "possible"),
    [
        ("3.3", 4, {"halves": "up"}, True),  # 13/4 = 3.25
        ("3.3", 4, {"halves": "down"}, False),
        ("3.2", 4, {"halves": "down"}, True),
        ("3.2", 4, {"halves": "up"}, False),
        ("0.13", 2, {"step": 100 / 2500}, False),
        ("0.13", 3, {"step": 100 / 2500}, True),  # 10 of 7,500 samples
        ("0.004", 1, {"step": 100 / 26000}, True),
        ("0.005", 1, {"step": 100 / 26000}, False),
    ],
)
def test_means_by_hand(printed: str, runs: int, options: dict, possible: bool) -> None:
    assert granular(printed, runs, **options) == possible


def test_the_numbers_of_runs_that_fit() -> None:
    assert run_counts(["48.7"]) == [3, 4, *range(6, 21)]
    assert run_counts(["3.3"], 2) == []
    assert run_counts(["28.29"], 6, 100 / 2500) == [3, 4, 5, 6]
    counts = [v.printed for v in load(CLAIMS).values if v.measure == "modes"]
    assert run_counts(counts, 12) == [8, 10, 11, 12]
    # 3.25 would have been rounded up and 48.75 down.
    assert run_counts(counts, 12, halves="up") == run_counts(counts, 12, halves="down") == [10, 11, 12]


@pytest.mark.parametrize(("runs", "k"), [(2, 8), (5, 8), (5, 10), (3, 25)])
def test_sd_bounds_of_a_sample_are_those_of_all_multisets(runs: int, k: int) -> None:
    sds = defaultdict(list)
    for values in combinations_with_replacement(range(k + 1), runs):
        sds[sum(values)].append(np.std(values, ddof=1))
    for total, found in sds.items():
        assert sample_sd_bounds(total, k, runs) == pytest.approx((min(found), max(found)), abs=1e-9)


@pytest.mark.parametrize("total", [0, 1000, 10_000, 14_800, 32_000])
def test_sd_bounds_of_a_distribution_are_reached_by_many_runs(total: int) -> None:
    runs = 4000
    sample = np.array(sample_sd_bounds(total, 8, runs)) * np.sqrt((runs - 1) / runs)
    assert sd_bounds(total / runs, 8) == pytest.approx(tuple(sample), abs=1e-6)


def test_kl_floor_is_reached_by_equal_modes_and_never_passed() -> None:
    assert kl_floor(16, 1000) == pytest.approx(4.135, abs=1e-3)
    assert kl_floor(1000, 1000) == 0.0
    rng = np.random.default_rng(0)
    for _ in range(200):  # means over five runs with different numbers of modes
        runs = [rng.dirichlet(np.full(rng.integers(1, 9), rng.choice([0.2, 1, 1e6]))) for _ in range(5)]
        mean_kl = np.mean([sum(p * np.log(8 * p) for p in run if p > 0) for run in runs])
        assert mean_kl >= kl_floor(np.mean([(run > 0).sum() for run in runs]), 8) - 1e-9


def test_the_ceilings_are_the_exact_ones() -> None:
    assert ceiling("ring") == ceiling("grid") == pytest.approx(100 * (1 - math.exp(-4.5)))
    assert 0 < ceiling("gaussians-1200d") < 1e-150


# The poster's tables.


@pytest.fixture(scope="module")
def poster() -> list[Value]:
    return load(CLAIMS).values


@pytest.fixture(scope="module")
def rows(poster: list[Value]) -> list[dict[str, str]]:
    return consistency_rows(poster)


def found(rows: list[dict[str, str]], outcome: str) -> set[tuple[str, str, str]]:
    return {(row["method"], row["dataset"], row["check"]) for row in rows if row["outcome"] == outcome}


def test_what_is_inconsistent_in_the_poster(rows: list[dict[str, str]]) -> None:
    integers, best = "mean of 5 integers", "best as the caption says"
    assert found(rows, "inconsistent") == {
        ("GAN", "grid", integers),
        ("VEEGAN", "gaussians-1200d", integers),
        ("Unrolled GAN", "stacked-mnist", integers),
        ("all", "all", "one number of runs: 5"),
        ("VEEGAN", "ring", best),
        ("VEEGAN", "cifar10", best),
    }
    above = {key[:2] for key in found(rows, "note") if key[2] == "oracle"}
    assert above == {("GAN", "ring"), *((method, "gaussians-1200d") for method in ("GAN", "ALI", "VEEGAN"))}


SD = "standard deviation of modes"


@pytest.mark.parametrize(
    ("method", "dataset", "check", "said"),
    [
        ("GAN", "grid", "mean of 5 integers", "up to 20: 3, 4, 6 to 20"),
        ("all", "all", "one number of runs: 5", "all 16, up to 20: 8, 10 to 20; 8 only if"),
        ("Unrolled GAN", "ring", SD, "0.49 to 1.74, 5 runs (sample sd) 0.55 to 0.89"),
        ("GAN", "grid", SD, "has 0.46 to 8.46"),
        ("ALI", "ring", "samples for modes", "3.25 high-quality samples a run for 2.8 modes"),
        ("ALI", "stacked-mnist", "KL against modes", "4.14 nats, at most 6.91; as far from uniform as 4.5 equal modes"),
        ("ALI", "stacked-mnist", "unit of KL", "possible in nats"),
        ("DCGAN", "stacked-mnist", "unit of KL", "nats or bits"),
        ("all", "cifar10", "spreads between methods", "0.004 (ALI) is 40 times 0.0001 (VEEGAN)"),
        ("VEEGAN", "cifar10", "best as the caption says", "0.0068 behind ALI 0.0067"),
        ("ALI", "cifar10", "meaning of the spread", "deviation (sd 59.7% of the mean) or a standard error (sd 133.5%"),
    ],
)  # fmt: skip
def test_says_the_numbers(rows: list[dict[str, str]], method: str, dataset: str, check: str, said: str) -> None:
    key = (method, dataset, check)
    assert said in next(row["detail"] for row in rows if (row["method"], row["dataset"], row["check"]) == key)


def test_rows_are_complete_lines_of_text_whatever_the_order(poster: list[Value], rows: list[dict[str, str]]) -> None:
    for row in rows:
        assert list(row) == FIELDS
        assert all(isinstance(text, str) and text and "\n" not in text for text in row.values())
        assert row["outcome"] in ("consistent", "inconsistent", "note")
    assert {(r["dataset"], r["column"], r["method"]) for r in rows} >= {(v.dataset, v.column, v.method) for v in poster}
    known, turned = (
        {tuple(r.values()) for r in own if r["method"] != "all"} for own in (rows, consistency_rows(poster[::-1]))
    )
    assert known == turned  # a whole column is named by its first number


class Printed(NamedTuple):
    """What the checks read of a published number."""

    measure: str
    printed: str
    spread: str | None = None
    source: str = "made-up"
    place: str = "Table 1"
    dataset: str = "ring"
    column: str = "a column"
    method: str = "GAN"

    @property
    def value(self) -> float:
        return float(self.printed)


HIGH, KL = "high_quality_percent", "KL against modes"


@pytest.mark.parametrize(
    ("values", "check", "outcome"),
    [
        ([Printed("modes", "8.6")], SD, "inconsistent"),
        ([Printed("modes", "8.0")], SD, "note"),
        ([Printed(HIGH, "101")], "oracle", "inconsistent"),
        ([Printed(HIGH, "98.9")], "oracle", "consistent"),  # may have been 98.85
        ([Printed(HIGH, "98.95")], "oracle", "note"),
        ([Printed(HIGH, "0.0"), Printed("modes", "2.8")], "samples for modes", "inconsistent"),
        # Up to 0.15 % of 2,500 is printed as 0.1: 3.75 samples, enough for 3.5 modes and not for 3.95.
        ([Printed(HIGH, "0.1"), Printed("modes", "4")], "samples for modes", "consistent"),
        ([Printed(HIGH, "0.1"), Printed("modes", "4.0")], "samples for modes", "inconsistent"),
        ([Printed(HIGH, "0.005")], "mean of 5 percentages of 2,500 samples", "inconsistent"),
        # Up to 0.65 is printed as 0.6; the floors are ln(8/4.25) = 0.63, ln(8/4.15) = 0.656 and ln(8/4.5) = 0.58.
        ([Printed("reverse_kl", "0.6"), Printed("modes", "4.2")], KL, "consistent"),
        ([Printed("reverse_kl", "0.6"), Printed("modes", "4.1")], KL, "inconsistent"),
        ([Printed("reverse_kl", "0.6"), Printed("modes", "4")], KL, "consistent"),
        ([Printed("reverse_kl", "2.2"), Printed("modes", "4")], KL, "inconsistent"),
        ([Printed("ivom_test", "0.01", "0.03")], "meaning of the spread", "inconsistent"),
        ([Printed("ivom_test", "0.01", "0.02")], "meaning of the spread", "note"),
        ([Printed("modes", "8", source="veegan-poster", method=m) for m in ("GAN", "VEEGAN")],
         "best as the caption says", "consistent"),  # equal numbers are no fault
    ],
)  # fmt: skip
def test_made_up_numbers(values: list[Printed], check: str, outcome: str) -> None:
    assert {row["check"]: row["outcome"] for row in consistency_rows(values)}[check] == outcome


def test_a_large_spread_can_only_be_a_standard_deviation() -> None:
    """Five values that are not negative have at most sqrt(5) times their mean as sample sd."""
    [row] = consistency_rows([Printed("ivom_test", "0.01", "0.02")])
    assert row["detail"].endswith("of 5 runs a standard deviation (sd 200.0% of the mean)")


def test_what_has_no_check() -> None:
    others = [Printed(m, "3.3", dataset="mnist") for m in ("modes", HIGH, "reverse_kl", "precision")]
    assert consistency_rows(others) == consistency_rows([]) == []
    none = [Printed("modes", "0"), Printed(HIGH, "0.0"), Printed("reverse_kl", "2.1")]
    assert found(consistency_rows(none), "inconsistent") == set()
    zeros = [Printed("ivom_test", "0.0", "0.1"), Printed("ivom_test", "0.2", "0.0", method="ALI")]
    assert [row["method"] for row in consistency_rows(zeros)] == ["ALI"]
