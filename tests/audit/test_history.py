"""What the history says: declarations that were changed after a run began, and the code that the runs were made with.

test_quick_checks.py has the damage to declarations in the records.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from audit.changes import put
from audited_study import CONFIG, OTHER, RECORD, findings
from small_study import edit_json

from modecollapse import files
from modecollapse.audit import source_at_commit
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import declared, provenance
from modecollapse.audit.checks.declared import check
from modecollapse.study import catalogue
from modecollapse.study import declared as study_declared
from modecollapse.study.declared import declared_hashes
from modecollapse.study.load import load_study
from modecollapse.study.strict_yaml import read_yaml

PARTS = ("settings", "sources", "methods", "datasets", "values", "differences", "claims")
PLAN = {"study": {"seeds": 3}, "files": ["config/none.yaml"], "overrides": {}}
COMMIT = "a" * 40


def replace(folder: Path, old: str, new: str) -> bytes:
    path = folder / "claims.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path.read_bytes()


def edit_records(folder: Path, change: Callable[[dict], object]) -> None:
    for path in folder.glob("runs/**/run.json"):
        edit_json(path, change)


def declare(folder: Path, plan: dict) -> Path:
    """All records name a plan, which lies where the workflow puts it."""
    digest = study_declared.declare(folder, files.json_text(plan))
    edit_records(folder, lambda run: run["declared"].update(plan=digest))
    return folder / "declared" / f"{digest}.json"


def test_a_good_study_has_no_findings_and_the_hashes_that_runs_record(audited: Path) -> None:
    result = check(Bundle(audited))
    assert not result.findings
    assert result.looked_at == 4 + 4 * len(PARTS)
    assert not result.notes
    assert len(result.left_open) == 4  # made without the workflow, its records name no plan
    assert declared.hashes(read_yaml(audited / "claims.yaml")) == declared_hashes(audited / "claims.yaml")


def test_a_margin_that_was_changed_afterwards(folder: Path) -> None:
    replace(folder, "absolute: 0.25", "absolute: 0.5")
    result = check(Bundle(folder))
    assert [(finding.file, finding.where) for finding in result.findings] == [("claims.yaml", "settings")]
    assert "settings (margins, endpoints, alpha) changed after the runs began" in result.findings[0].problem
    assert result.looked_at == 4 + 4 * len(PARTS)
    assert [line.partition(":")[0] for line in result.left_open if line.startswith("claims")] == ["claims.yaml"]


def test_claims_that_stand_in_the_recorded_commit_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = replace(folder, "settings:", "# a remark\nsettings:")  # which decides nothing
    monkeypatch.setattr(declared, "file_at_commit", lambda commit, name: text)
    edit_records(folder, lambda run: run.update(commit=COMMIT))
    result = check(Bundle(folder))
    assert not result.findings
    assert "claims.yaml is that of commit aaaaaaaaaaaa, and not that of this checkout" in result.notes
    assert not any(line.startswith("claims") for line in result.left_open)


def test_a_later_change_of_a_plan_is_noted_and_a_plan_without_a_commit_is_not_verified(folder: Path) -> None:
    file = declare(folder, PLAN)
    result = check(Bundle(folder))
    assert not result.findings
    assert "study.json: seeds was 3 and is 4, after 4 runs had begun" in result.notes
    assert [point.partition(":")[0] for point in result.left_open] == [f"declared/{file.name}"]


def test_a_plan_that_is_missing_or_altered(folder: Path) -> None:
    path = declare(folder, PLAN)
    path.write_text(path.read_text() + " ")
    assert findings(check, folder) == [(f"declared/{path.name}", "")]
    path.unlink()
    assert findings(check, folder) == [(f"declared/{path.name}", "")]


@pytest.mark.parametrize("seeds", [4, 5])
def test_a_plan_is_looked_for_in_the_recorded_commit(folder: Path, monkeypatch: pytest.MonkeyPatch, seeds: int) -> None:
    monkeypatch.setattr(declared, "file_at_commit", lambda commit, name: CONFIG.read_bytes())
    plan = load_study([CONFIG], {"seeds": seeds}).model_dump(mode="json")
    declare(folder, {"study": plan, "files": ["config.yaml"], "overrides": {"seeds": 4}})
    edit_records(folder, lambda run: run.update(commit=COMMIT))
    result = check(Bundle(folder))
    noted = any(
        note.endswith("is the configuration of commit aaaaaaaaaaaa, which 4 runs name") for note in result.notes
    )
    assert (noted, len(result.left_open)) == ((True, 0) if seeds == 4 else (False, 1))


def test_the_day_on_which_a_run_with_other_declarations_began_is_named(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run["declared"].update(values="0" * 64))
    edit_json(folder / RECORD, lambda run: run.update(started="2020-02-20T20:20:20+00:00"))
    [finding] = check(Bundle(folder)).findings
    assert "changed after the run began on 2020-02-20" in finding.problem


ANOTHER = "b" * 40


@pytest.fixture
def no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """As outside a repository."""

    def unknown(commit: str, cells: Any) -> dict[str, str]:
        raise LookupError(f"commit {commit[:12]} is not in the history of this checkout")

    monkeypatch.setattr(source_at_commit, "at_commit", unknown)


def head(repository: Path) -> str:
    return source_at_commit._git(repository, "rev-parse", "HEAD", "--").decode().split()[0]


@pytest.mark.usefixtures("no_history")
def test_runs_of_other_code_whose_commits_are_looked_up_up_to_a_number(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provenance.check(Bundle(folder)).notes[0].startswith("4 of 4 runs fit this checkout")
    monkeypatch.setattr(provenance, "MOST_COMMITS", 1)
    for number, path in enumerate((RECORD, f"runs/{OTHER}/run.json"), 1):
        put(path, code="0" * 64, commit=f"{number}" * 40)(folder)
        assert len(findings(provenance.check, folder)) == number
        assert sum("is not in the history" in note for note in provenance.check(Bundle(folder)).notes) == 1
    assert findings(provenance.check, folder) == [(f"runs/{OTHER}/run.json", "code"), (RECORD, "code")][::-1]


def test_runs_of_a_commit_in_the_history(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = ("matched/ring/veegan", "matched/ring/gan-nonsaturating")
    known = {COMMIT: dict.fromkeys(cells, "1" * 64), ANOTHER: dict.fromkeys(cells, "2" * 64)}
    monkeypatch.setattr(source_at_commit, "at_commit", lambda commit, cells: known[commit])
    for path in Bundle(folder).blocks:
        code, commit = ("2" * 64, ANOTHER) if path == OTHER else ("1" * 64, COMMIT)
        put(f"runs/{path}/run.json", code=code, commit=commit)(folder)
    result = provenance.check(Bundle(folder))
    assert [(finding.file, finding.where) for finding in result.findings] == [(f"runs/{OTHER}/run.json", "code")]
    assert result.notes[0].startswith("3 of 4 runs fit commit aaaaaaaaaaaa")


def test_the_code_of_a_commit_is_computed_by_its_own_package(audited: Path) -> None:
    cells, repository = Bundle(audited).cells, source_at_commit.REPOSITORY
    try:
        found = source_at_commit.at_commit(head(repository), cells)
    except LookupError:
        pytest.skip("there is no repository here")
    assert set(found) == {cell.path for cell in cells}
    status = ["git", "-C", str(repository), "status", "--porcelain", "--", "src"]
    if not subprocess.run(status, capture_output=True, check=True).stdout:
        assert found == source_at_commit.here(cells)


def test_a_clone_with_other_line_endings_has_the_same_code(audited: Path, tmp_path: Path) -> None:
    """Also at a commit whose own package hashes bytes as they are, and whose .gitattributes do not say `eol=lf`."""
    package = tmp_path / "src" / "modecollapse"
    shutil.copytree(catalogue.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    fingerprint = package / "study" / "fingerprint.py"
    fingerprint.write_text(fingerprint.read_text().replace('.replace(b"\\r\\n", b"\\n")', ""))
    git = ["git", "-C", str(tmp_path), "-c", "user.name=me", "-c", "user.email=me@example.org"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "first"]):
        subprocess.run([*git, *command], check=True)
    found = []
    for converted in ("false", "true"):
        subprocess.run([*git, "config", "core.autocrlf", converted], check=True)
        found.append(source_at_commit.at_commit(head(tmp_path), Bundle(audited).cells, tmp_path))
        source_at_commit._computed.cache_clear()
    assert found[0] == found[1] != {}


@pytest.mark.parametrize("commit", ["0" * 40, "--help", "HEAD; ls"])
def test_a_commit_that_is_not_in_the_history(audited: Path, commit: str) -> None:
    with pytest.raises(LookupError, match="is not in the history"):
        source_at_commit.at_commit(commit, Bundle(audited).cells)
