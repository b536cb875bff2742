"""The published numbers: as the poster prints them, and nothing else accepted."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from modecollapse.claims import Published, load
from modecollapse.errors import StudyError

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


def broken(tmp_path: Path, change: object) -> Path:
    content = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["values"][3].update(printed=0.5), "values[3].printed"),
        (lambda c: c["values"][3].update(printed="n/a"), "not a plain decimal"),
        (lambda c: c["values"][3].update(colour="red"), "colour"),
        (lambda c: c["values"][3].update(method="WGAN"), "WGAN"),
        (lambda c: c["values"][3].update(source="nowhere"), "nowhere"),
        (lambda c: c["values"].append(c["values"][0]), "published twice"),
        (lambda c: c.pop("methods"), "methods"),
    ],
)
def test_says_in_one_line_what_is_wrong(tmp_path: Path, change: object, said: str) -> None:
    with pytest.raises(StudyError) as caught:
        load(broken(tmp_path, change))
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
