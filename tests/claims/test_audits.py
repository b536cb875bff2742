"""Audits of published tables: what is known about the poster's two tables, and made-up contradictions."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from modecollapse.claims.audits import audit_rows

from modecollapse.claims import Value, load

CLAIMS = Path(__file__).parents[2] / "config" / "claims.yaml"
FIELDS = ["source", "place", "dataset", "column", "method", "check", "outcome", "detail"]


@pytest.fixture(scope="module")
def poster() -> list[Value]:
    return load(CLAIMS).values


@pytest.fixture(scope="module")
def rows(poster: list[Value]) -> list[dict[str, str]]:
    return audit_rows(poster)


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


def detail(rows: list[dict[str, str]], method: str, dataset: str, check: str) -> str:
    return next(r["detail"] for r in rows if (r["method"], r["dataset"], r["check"]) == (method, dataset, check))


def test_says_the_numbers(rows: list[dict[str, str]]) -> None:
    assert "up to 20: 3, 4, 6 to 20" in detail(rows, "GAN", "grid", "mean of 5 integers")
    assert "all 16, up to 20: 8, 10 to 20; 8 only if" in detail(rows, "all", "all", "one number of runs: 5")
    assert "0.49 to 1.74, 5 runs (sample sd) 0.55 to 0.89" in detail(
        rows, "Unrolled GAN", "ring", "standard deviation of modes"
    )
    assert detail(rows, "GAN", "grid", "standard deviation of modes").endswith("0.46 to 8.46")
    assert "3.25 high-quality samples a run for 2.8 modes" in detail(rows, "ALI", "ring", "samples for modes")
    kl = detail(rows, "ALI", "stacked-mnist", "KL against modes")
    assert "at least 4.14 nats, at most 6.91; as far from uniform as 4.5 equal modes" in kl
    assert detail(rows, "ALI", "stacked-mnist", "unit of KL") == "possible in nats"
    assert "nats or bits" in detail(rows, "DCGAN", "stacked-mnist", "unit of KL")
    assert "0.004 (ALI) is 40 times 0.0001 (VEEGAN)" in detail(rows, "all", "cifar10", "spreads between methods")
    assert detail(rows, "VEEGAN", "cifar10", "best as the caption says") == "0.0068 behind ALI 0.0067"
    spread = detail(rows, "ALI", "cifar10", "meaning of the spread")
    assert spread.startswith("ambiguous")
    assert "59.7%" in spread
    assert "133.5%" in spread


def test_only_the_plain_gan_is_above_the_ceiling_of_the_plane(rows: list[dict[str, str]]) -> None:
    above = {key[:2] for key in found(rows, "note") if key[2] == "oracle"}
    assert above == {("GAN", "ring"), *((method, "gaussians-1200d") for method in ("GAN", "ALI", "VEEGAN"))}


def test_a_measured_oracle_replaces_the_ceiling(poster: list[Value]) -> None:
    rows = audit_rows(poster, {"ring": 100.0, "gaussians-1200d": 0.0})
    assert {key[:2] for key in found(rows, "note") if key[2] == "oracle"} == {
        (method, "gaussians-1200d") for method in ("GAN", "ALI", "VEEGAN")
    }
    assert "98.89" in detail(rows, "GAN", "grid", "oracle")


def test_rows_are_complete_lines_of_text(poster: list[Value], rows: list[dict[str, str]]) -> None:
    assert len(rows) > len(poster)
    for row in rows:
        assert list(row) == FIELDS
        assert all(isinstance(text, str) and text and "\n" not in text for text in row.values())
        assert row["outcome"] in ("consistent", "inconsistent", "note")
    of_numbers = {(r["dataset"], r["column"], r["method"]) for r in rows}
    assert of_numbers >= {(v.dataset, v.column, v.method) for v in poster}


def test_the_order_of_the_numbers_does_not_matter(poster: list[Value], rows: list[dict[str, str]]) -> None:
    def known(rows: list[dict[str, str]]) -> set[tuple]:
        # A whole column is named by its first number.
        return {tuple(row.values()) for row in rows if row["method"] != "all"}

    assert known(audit_rows(poster[::-1])) == known(rows)


class Printed(NamedTuple):
    """What an audit reads of a published number."""

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


@pytest.mark.parametrize(
    ("values", "check"),
    [
        ([Printed("modes", "8.6")], "standard deviation of modes"),
        ([Printed("high_quality_percent", "101")], "oracle"),
        ([Printed("high_quality_percent", "0.0"), Printed("modes", "2.8")], "samples for modes"),
        ([Printed("high_quality_percent", "0.005")], "mean of 5 percentages of 2,500 samples"),
        ([Printed("reverse_kl", "0.6"), Printed("modes", "4.0")], "KL against modes"),
        ([Printed("reverse_kl", "2.2"), Printed("modes", "4")], "KL against modes"),
        ([Printed("ivom_test", "0.01", "0.03")], "meaning of the spread"),
    ],
)
def test_finds_made_up_contradictions(values: list[Printed], check: str) -> None:
    assert {row["check"]: row["outcome"] for row in audit_rows(values)}[check] == "inconsistent"


@pytest.mark.parametrize(("modes", "outcome"), [("4.2", "consistent"), ("4.1", "inconsistent"), ("4", "consistent")])
def test_kl_is_judged_with_both_roundings(modes: str, outcome: str) -> None:
    """Up to 0.65 is printed as 0.6; the floors are ln(8/4.25) = 0.63, ln(8/4.15) = 0.656 and ln(8/4.5) = 0.58."""
    rows = audit_rows([Printed("reverse_kl", "0.6"), Printed("modes", modes)])
    assert {r["outcome"] for r in rows if r["check"] == "KL against modes"} == {outcome}


@pytest.mark.parametrize(("modes", "outcome"), [("4", "consistent"), ("4.0", "inconsistent")])
def test_samples_for_modes_are_counted_with_both_roundings(modes: str, outcome: str) -> None:
    """Up to 0.15 % of 2,500 is printed as 0.1: 3.75 samples, enough for 3.5 modes and not for 3.95."""
    rows = audit_rows([Printed("high_quality_percent", "0.1"), Printed("modes", modes)])
    assert [r["outcome"] for r in rows if r["check"] == "samples for modes"] == [outcome]


def test_a_large_spread_can_only_be_a_standard_deviation() -> None:
    """Five values that are not negative have at most sqrt(5) times their mean as sample sd."""
    rows = audit_rows([Printed("ivom_test", "0.01", "0.02")])
    assert "a standard deviation" in rows[0]["detail"]
    assert "a standard error" not in rows[0]["detail"]


def test_numbers_about_other_data_sets_are_left_alone() -> None:
    others = [Printed(m, "3.3", dataset="mnist") for m in ("modes", "high_quality_percent", "reverse_kl", "precision")]
    assert audit_rows(others) == audit_rows([]) == []


def test_no_modes_at_all_is_no_fault() -> None:
    rows = audit_rows([Printed("modes", "0"), Printed("high_quality_percent", "0.0"), Printed("reverse_kl", "2.1")])
    assert found(rows, "inconsistent") == set()


def test_zeros_have_no_relative_spread() -> None:
    zeros = [Printed("ivom_test", "0.0", "0.1"), Printed("ivom_test", "0.2", "0.0", method="ALI")]
    assert [row["method"] for row in audit_rows(zeros)] == ["ALI"]


def test_equal_numbers_are_no_fault_of_a_caption() -> None:
    pair = [Printed("modes", "8", source="veegan-poster", method=method) for method in ("GAN", "VEEGAN")]
    rows = [row for row in audit_rows(pair) if row["check"] == "best as the caption says"]
    assert [row["outcome"] for row in rows] == ["consistent"]
