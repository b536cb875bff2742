"""Declared before: claims that were changed after a run began, or that the verdicts were not made by."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited_study import BLOCK, OTHER, RECORD, copy_of, edit_csv, edit_json, findings, finished

from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import declared
from modecollapse.audit.checks.declared import check
from modecollapse.study.declared import declared_hashes

PARTS = ("settings", "sources", "methods", "values", "claims")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory)


@pytest.fixture
def folder(study: Path, tmp_path: Path) -> Path:
    return copy_of(study, tmp_path)


def _replace(folder: Path, old: str, new: str) -> None:
    path = folder / "claims.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_good_study_has_no_findings(study: Path) -> None:
    result = check(Bundle(study))
    assert not result.findings
    assert result.looked_at == 4 + 4 * len(PARTS) + 1
    assert not result.notes


def test_the_hashes_are_those_that_runs_record(study: Path) -> None:
    path = study / "claims.yaml"
    assert declared.hashes(Bundle(study).registry) == declared_hashes(path)


def test_a_margin_that_was_changed_afterwards(folder: Path) -> None:
    _replace(folder, "absolute: 10.0", "absolute: 20.0")
    result = check(Bundle(folder))
    places = [(finding.file, finding.where) for finding in result.findings]
    assert places == [("claims.yaml", "settings"), ("tables/verdicts.csv", "line 2, registry")]
    assert "settings (margins, endpoints, alpha) changed after the runs began" in result.findings[0].problem
    assert result.notes == ["the repository's config/claims.yaml is not the study's claims.yaml"]


def test_a_comment_decides_nothing_but_the_digest_of_the_verdicts(folder: Path) -> None:
    _replace(folder, "settings:", "# a remark\nsettings:")
    assert findings(check, folder) == [("tables/verdicts.csv", "line 2, registry")]


@pytest.mark.parametrize("part", PARTS)
def test_a_run_that_began_with_other_declarations(folder: Path, part: str) -> None:
    edit_json(folder / RECORD, lambda run: run["declared"].update({part: "0" * 64}))
    edit_json(folder / RECORD, lambda run: run.update(started="2020-02-20T20:20:20+00:00"))
    assert findings(check, folder) == [(RECORD, f"declared.{part}")]
    assert "changed after the run began on 2020-02-20" in check(Bundle(folder)).findings[0].problem


def test_a_part_that_a_run_did_not_know(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run["declared"].pop("values"))
    edit_json(folder / "runs" / OTHER / "run.json", lambda run: run["declared"].update(more="0" * 64))
    assert findings(check, folder) == [
        (f"runs/{OTHER}/run.json", "declared.more"),
        (f"runs/{BLOCK}/run.json", "declared.values"),
    ]


def test_a_run_that_does_not_say(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run.update(declared=None))
    assert findings(check, folder) == [(RECORD, "declared")]


def test_verdicts_by_other_claims(folder: Path) -> None:
    edit_csv(folder / "tables" / "verdicts.csv", 4, "registry", "0123456789ab")
    assert findings(check, folder) == [("tables/verdicts.csv", "line 4, registry")]


@pytest.mark.parametrize("text", ["", "[", "- a\n", "a: 2020-13-45", "\x00"])
def test_claims_that_cannot_be_read(folder: Path, text: str) -> None:
    (folder / "claims.yaml").write_text(text, encoding="utf-8")
    assert findings(check, folder) == [("claims.yaml", "")]
