"""The audit of the published tables computed again: known answers, agreement on other numbers, and what was changed."""

from __future__ import annotations

import random
import shutil
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
import yaml

from modecollapse.audit.again.published_tables import FILE, can_be_mean, fitting, real_data, rounding_faults, rows
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks.published_again import check
from modecollapse.claims import Value, audits, load
from modecollapse.study.load import load_study

CONFIG, CLAIMS = Path("config/config.yaml"), Path("config/claims.yaml")
VALUES = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))["values"]
TOP = {"modes": 26.0, "high_quality_percent": 101.0, "reverse_kl": 8.0, "ivom_test": 0.02}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the check reads, written by the first implementation."""
    folder = tmp_path_factory.mktemp("published") / "good"
    (folder / "tables").mkdir(parents=True)
    (folder / "study.json").write_text(load_study([CONFIG]).model_dump_json())
    (folder / "MANIFEST.sha256").touch()
    shutil.copy(CLAIMS, folder)
    table = pd.DataFrame(audits.audit_rows(load(CLAIMS).values))
    table.to_csv(folder / FILE, index=False, lineterminator="\n")
    return folder


@pytest.fixture
def study(good: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(good, tmp_path / "study"))


def told(folder: Path) -> list[str]:
    return [str(finding) for finding in check(Bundle(folder)).findings]


def test_a_mean_of_integers_has_few_decimals() -> None:
    assert not can_be_mean("3.3", 5, Fraction(1))
    assert fitting(["3.3"], Fraction(1)) == [3, 4, 6, *range(7, 21)]
    assert can_be_mean("2.5", 4, Fraction(1), "up")
    assert not can_be_mean("0.3", 4, Fraction(1), "down")  # 0.25 is rounded to 0.2
    assert can_be_mean("0.3", 4, Fraction(1), "up")
    assert fitting(["0.5", "0.3"], Fraction(1))[0] == 4
    assert can_be_mean("0.13", 5, Fraction(1, 25))
    assert not can_be_mean("0.13", 1, Fraction(1, 25))


def test_real_data_lie_within_reach_of_their_modes() -> None:
    assert real_data("ring") == pytest.approx(98.8891, abs=1e-4)
    assert 0 < real_data("gaussians-1200d") < 1e-160


def test_known_numbers_are_told_what_they_are() -> None:
    found = {(row["dataset"], row["method"], row["check"]): row for row in rows(VALUES)}
    assert found["grid", "GAN", "mean of 5 integers"]["outcome"] == "inconsistent"
    assert found["ring", "GAN", "oracle"]["outcome"] == "note"
    assert found["ring", "VEEGAN", "best as the caption says"]["outcome"] == "inconsistent"
    assert found["stacked-mnist", "DCGAN", "KL against modes"]["outcome"] == "consistent"
    assert "at least 2.31 nats" in found["stacked-mnist", "DCGAN", "KL against modes"]["detail"]
    assert found["grid", "ALI", "standard deviation of modes"]["detail"].endswith("5 runs (sample sd) 0.45 to 12.68")


def test_both_implementations_agree_on_other_numbers() -> None:
    rng = random.Random(1)
    for _ in range(6):
        values = []
        for value in VALUES:
            top = TOP[value["measure"]]
            number = rng.choice([0.0, top, rng.uniform(0, top), float(round(rng.uniform(0, top)))])
            digits = 4 if value["measure"] == "ivom_test" else rng.choice([0, 1, 2, 3])
            changed = {**value, "printed": f"{number:.{digits}f}"}
            changed |= {"spread": f"{rng.uniform(0, 0.03):.4f}"} if "spread" in value else {}
            values.append({key: entry for key, entry in changed.items() if key != "decimals"})
        assert rows(values) == audits.audit_rows([Value.model_validate(value) for value in values])


def test_a_good_study_has_no_findings(study: Path) -> None:
    result = check(Bundle(study))
    assert result.findings == []
    assert result.looked_at > 500


@pytest.mark.parametrize(
    ("column", "entry", "check_of"),
    [
        ("outcome", "consistent", "mean of 5 integers"),
        ("detail", "not printed", "standard deviation of modes"),
        ("detail", "numbers of runs that fit, up to 20: 5", "mean of 5 percentages of 2,500 samples"),
        ("outcome", "inconsistent", "KL against modes"),
        ("detail", "possible in bits", "unit of KL"),
        ("outcome", "inconsistent", "oracle"),
        ("detail", "is the best of 4", "best as the caption says"),
        ("outcome", "consistent", "one number of runs: 5"),
        ("detail", "", "spreads between methods"),
    ],
)
def test_a_changed_entry_is_named(study: Path, column: str, entry: str, check_of: str) -> None:
    table = pd.read_csv(study / FILE, dtype=str, keep_default_na=False)
    at = table.index[(table["check"] == check_of) & (table[column] != entry)][0]
    table.loc[at, column] = entry
    table.to_csv(study / FILE, index=False)
    [found] = told(study)
    assert found.startswith(f"{FILE}: {table.loc[at, 'source']}/{table.loc[at, 'place']}")
    assert f"{check_of}: {column}: " in found


def test_missing_and_repeated_rows_are_named(study: Path) -> None:
    table = pd.read_csv(study / FILE, dtype=str, keep_default_na=False)
    table.iloc[[1, *range(1, len(table))]].to_csv(study / FILE, index=False)
    first, second = told(study)
    assert "mean of 5 integers" in first
    assert "standard deviation of modes" in second


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('printed: "3.3"', "printed: 3.3", "printed is 3.3, expected the printed digits as text"),
        ('printed: "3.3"', 'printed: "about 3"', "printed is 'about 3'"),
        ('printed: "16", decimals: 1', 'printed: "16.25", decimals: 1', "decimals is 1, but 16.25 is printed"),
        ('spread: "0.002"', "spread: 0.002", "spread is 0.002"),
        ('printed: "6.3", spread', "printed: 6.3, spread", "printed of a remeasurement is 6.3"),
        ('printed: "23.6"', 'printed: "23.7"', "Unrolled GAN/standard deviation of modes: detail: "),
    ],
)
def test_a_published_value_with_other_digits_is_named(study: Path, before: str, after: str, named: str) -> None:
    text = (study / "claims.yaml").read_text(encoding="utf-8")
    assert before in text
    (study / "claims.yaml").write_text(text.replace(before, after, 1), encoding="utf-8")
    found = told(study)
    assert any(named in line for line in found), found


def test_a_value_that_is_there_twice_is_named(study: Path) -> None:
    content = yaml.safe_load((study / "claims.yaml").read_text(encoding="utf-8"))
    content["values"].append(content["values"][0])
    (study / "claims.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    assert any(
        "claims.yaml: values/veegan-poster/Table 1/ring/modes/GAN: is there 2 times" in line for line in told(study)
    )


def test_the_registry_has_no_faulty_digits() -> None:
    assert [fault for value in VALUES for fault in rounding_faults(value)] == []


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("claims.yaml", b"values: [{source: a}]"),
        ("claims.yaml", b"values: 3"),
        ("claims.yaml", b"\xff"),
        ("claims.yaml", b"values: []"),
        (FILE, b""),
        (FILE, None),
    ],
)
def test_damaged_files_are_findings(study: Path, file: str, content: bytes | None) -> None:
    if content is None:
        (study / file).unlink()
    else:
        (study / file).write_bytes(content)
    assert told(study)
