"""The published numbers: as the poster prints them, and nothing else accepted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from modecollapse.claims import Published, load
from modecollapse.errors import StudyError
from modecollapse.study.strict_yaml import read_yaml

CLAIMS = Path(__file__).parents[2] / "config" / "claims.yaml"
TABLE_1 = {
    "GAN": ["1", "99.3", "3.3", "0.5", "1.6", "2.0"],
    "ALI": ["2.8", "0.13", "15.8", "1.6", "3", "5.4"],
    "Unrolled GAN": ["7.6", "35.6", "23.6", "16", "0", "0.0"],
    "VEEGAN": ["8", "52.9", "24.6", "40", "5.5", "28.29"],
}
TABLE_2 = {
    "DCGAN": ["99", "3.4", "0.00844"],
    "ALI": ["16", "5.4", "0.0067"],
    "Unrolled GAN": ["48.7", "4.32", "0.013"],
    "VEEGAN": ["150", "2.95", "0.0068"],
}
SPREADS = {"DCGAN": "0.002", "ALI": "0.004", "Unrolled GAN": "0.0009", "VEEGAN": "0.0001"}


@pytest.fixture(scope="module")
def published() -> Published:
    return load(CLAIMS)


@pytest.mark.parametrize(("place", "table"), [("Table 1", TABLE_1), ("Table 2", TABLE_2)])
def test_holds_the_posters_tables_as_printed(published: Published, place: str, table: dict) -> None:
    values = [value for value in published.values if value.place == place]
    assert {m: [v.printed for v in values if v.method == m] for m in table} == table
    assert len(values) == sum(map(len, table.values()))


def test_only_ivom_has_a_spread(published: Published) -> None:
    assert {v.method: v.spread for v in published.values if v.measure == "ivom_test"} == SPREADS
    assert all(v.spread is None for v in published.values if v.measure != "ivom_test")
    assert published.beside("cifar10", "ali", "ivom_test").text == "0.0067 ± 0.004"
    assert published.beside("ring", "ali", "modes").text == "2.8"


def test_a_spread_says_what_it_may_be(published: Published) -> None:
    for value in published.values:
        assert value.readings == (["sd-of-runs", "standard-error", "sd-of-images"] if value.spread else [])


def test_others_stand_beside_the_printed_number(published: Published) -> None:
    value = published.beside("grid", "veegan", "modes")
    assert (value.printed, value.value) == ("24.6", 24.6)
    assert value.rounding == pytest.approx(0.05)
    assert [(other.source, other.value) for other in value.remeasured] == [("gdpp", 19.8), ("veegan-rerun", 25.0)]
    assert published.beside("ring", "ali", "modes").rounding == pytest.approx(0.05)
    assert published.beside("ring", "gan-minimax", "high_quality_percent").rounding == pytest.approx(0.05)
    assert published.beside("cifar10", "ali", "ivom_test").remeasured == []


def test_columns_belong_to_the_right_data_sets(published: Published) -> None:
    order = [(v.dataset, v.measure) for v in published.values if v.method == "VEEGAN"]
    mixtures = [(d, m) for d in ("ring", "grid", "gaussians-1200d") for m in ("modes", "high_quality_percent")]
    assert order == [
        *mixtures,
        ("stacked-mnist", "modes"),
        ("stacked-mnist", "reverse_kl"),
        ("cifar10", "ivom_test"),
    ]


def test_stands_beside_the_right_variants(published: Published) -> None:
    def printed(*key: str) -> str | None:
        value = published.beside(*key)
        return value and value.printed

    assert printed("ring", "gan-minimax", "modes") == printed("ring", "gan-nonsaturating", "modes") == "1"
    assert printed("grid", "veegan", "high_quality_percent") == "40"
    assert printed("ring", "oracle", "modes") is None
    assert printed("stacked-mnist", "gan-nonsaturating", "modes") == printed("stacked-mnist", "dcgan", "modes") == "99"
    assert printed("stacked-mnist", "gan-minimax", "modes") is None
    assert printed("cifar10", "veegan", "ivom_train") is None
    for variant in ("gan-minimax", "gan-nonsaturating", "veegan"):
        assert printed("stacked-digits", variant, "modes") is None


def test_only_numbers_about_the_data_sets_at_hand_are_kept(published: Published) -> None:
    kept = published.about(["grid"])
    assert {value.dataset for value in kept.values} == {"grid"}
    assert kept.beside("ring", "veegan", "modes") is None


def test_a_table_of_a_source_is_found(published: Published) -> None:
    table = published.of("veegan-poster", "Table 2")
    assert [v.printed for v in table[:3]] == TABLE_2["DCGAN"]
    assert {v.method for v in table} == set(TABLE_2)
    assert published.of("veegan-poster", "Table 3") == published.of("elsewhere", "Table 2") == []


@pytest.fixture(scope="module")
def content() -> dict:
    return read_yaml(CLAIMS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["values"][3].update(printed=0.5), "values[3].printed"),
        (lambda c: c["values"][3].update(printed="n/a"), "allowed: a plain decimal number"),
        (lambda c: c["values"][3].update(colour="red"), "colour"),
        (lambda c: c["values"][3].update(method="SAGAN"), "SAGAN"),
        (lambda c: c["values"][3].update(source="nowhere"), "nowhere"),
        (lambda c: c["values"].append(c["values"][0]), "published twice"),
        (lambda c: c["values"][0].update(spread="0.1"), "readings: allowed: some where there is a spread"),
        (lambda c: c["values"][26].pop("spread"), "readings: allowed: some where there is a spread"),
        (lambda c: c["values"][0]["remeasured"][0].update(spread="+-1"), "allowed: a plain decimal number"),
        (lambda c: c["values"][0]["remeasured"][0].update(source="nowhere"), "nowhere"),
        (lambda c: c.pop("methods"), "methods"),
    ],
)
def test_says_in_one_line_what_is_wrong(
    content: dict, change: Callable[[dict], object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read once for all faults, which is what takes time."""
    broken = copy.deepcopy(content)
    change(broken)
    monkeypatch.setattr("modecollapse.claims.registry.read_yaml", lambda path: broken)
    with pytest.raises(StudyError) as caught:
        load(CLAIMS)
    assert said in str(caught.value)
    assert "claims.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_yaml_is_a_study_error(tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text("values: [")
    with pytest.raises(StudyError, match="claims.yaml"):
        load(path)
    with pytest.raises(StudyError, match=r"nowhere\.yaml"):
        load(tmp_path / "nowhere.yaml")


def test_rounding_is_that_of_the_column_where_trailing_zeros_are_dropped(published: Published) -> None:
    """The poster prints VEEGAN's 8.0 modes as 8 beside the 7.6 of Unrolled GAN."""
    ring = [v for v in published.of("veegan-poster", "Table 1") if v.column.startswith("2D Ring, Modes")]
    modes = {v.method: v.rounding for v in ring}
    assert modes == {"GAN": 0.05, "ALI": 0.05, "Unrolled GAN": 0.05, "VEEGAN": 0.05}
    assert published.beside("cifar10", "unrolled", "ivom_test").rounding == 0.0005
