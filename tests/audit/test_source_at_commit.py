"""The training code of this checkout and of commits, and which of them the runs of a study fit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from audited_study import BLOCK, OTHER, RECORD, findings
from small_study import edit_json

from modecollapse.audit import source_at_commit
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import provenance
from modecollapse.audit.checks.provenance import check
from modecollapse.study import catalogue

COMMIT, ANOTHER = "a" * 40, "b" * 40


@pytest.fixture
def no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """As outside a repository."""

    def unknown(commit: str, cells: Any) -> dict[str, str]:
        raise LookupError(f"commit {commit[:12]} is not in the history of this checkout")

    monkeypatch.setattr(source_at_commit, "at_commit", unknown)


def head(repository: Path) -> str:
    return source_at_commit._git(repository, "rev-parse", "HEAD", "--").decode().split()[0]


@pytest.mark.usefixtures("no_history")
def test_a_run_of_other_code(folder: Path) -> None:
    assert check(Bundle(folder)).notes[0].startswith("4 of 4 runs fit this checkout")
    edit_json(folder / RECORD, lambda run: run.update(code="0" * 64, commit=COMMIT))
    assert findings(check, folder) == [(RECORD, "code")]
    assert any("is not in the history" in note for note in check(Bundle(folder)).notes)


def test_runs_of_a_commit_in_the_history(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = ("matched/ring/veegan", "matched/ring/gan-nonsaturating")
    known = {COMMIT: dict.fromkeys(cells, "1" * 64), ANOTHER: dict.fromkeys(cells, "2" * 64)}
    monkeypatch.setattr(source_at_commit, "at_commit", lambda commit, cells: known[commit])
    for path in Bundle(folder).blocks:
        code, commit = ("2" * 64, ANOTHER) if path == OTHER else ("1" * 64, COMMIT)
        edit_json(folder / "runs" / path / "run.json", lambda run, c=code, d=commit: run.update(code=c, commit=d))
    result = check(Bundle(folder))
    assert [(finding.file, finding.where) for finding in result.findings] == [(f"runs/{OTHER}/run.json", "code")]
    assert result.notes[0].startswith("3 of 4 runs fit commit aaaaaaaaaaaa")


@pytest.mark.usefixtures("no_history")
def test_no_more_commits_are_looked_up_than_a_study_could_have(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "MOST_COMMITS", 1)
    for path, digit in ((BLOCK, "c"), (OTHER, "d")):
        change = {"code": "0" * 64, "commit": digit * 40}
        edit_json(folder / "runs" / path / "run.json", lambda run, c=change: run.update(c))
    assert sum("is not in the history" in note for note in check(Bundle(folder)).notes) == 1


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
