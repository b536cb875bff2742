"""Provenance: another configuration, data set, file, source tree or machine than the study's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from audited_study import BLOCK, OTHER, RECORD, edit_json, findings

from modecollapse.audit import code_at
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

    monkeypatch.setattr(code_at, "at_commit", unknown)


def test_a_good_study_has_no_findings(audited: Path) -> None:
    result = check(Bundle(audited))
    assert not result.findings
    assert result.looked_at > 80
    assert result.notes[0].startswith("4 of 4 runs fit this checkout")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda run: run["block"]["cell"]["training"].update(batch=64), "block.cell.training.batch"),
        (lambda run: run["block"]["cell"]["training"]["optimizer"].update(x=1), "block.cell.training.optimizer.x"),
        (lambda run: run["block"]["cell"]["dataset"].update(root_seed=1), "block.cell.dataset.root_seed"),
        (lambda run: run["block"]["cell"]["variant"]["options"].update(more=1), "block.cell.variant.options.more"),
        (lambda run: run["block"].update(seeds=[0, 2]), "block.seeds"),
        (lambda run: run.update(block={}), "block.cell"),
        (lambda run: run.update(variant="gan-nonsaturating"), "variant"),
        (lambda run: run.update(data="0" * 64), "data"),
        (lambda run: run["files"].update({"samples.npy": "0" * 64}), "files.samples.npy"),
        (lambda run: run.update(threads=2), "threads"),
        (lambda run: run.update(deterministic=False), "deterministic"),
        (lambda run: run["flags"].update(tf32_matmul=True), "flags.tf32_matmul"),
        (lambda run: run["versions"].update(torch="1.0"), "versions.torch"),
    ],
)  # fmt: skip
def test_a_record_of_something_else(folder: Path, change: Any, where: str) -> None:
    edit_json(folder / RECORD, change)
    assert findings(check, folder) == [(RECORD, where)]


def test_a_hash_of_another_configuration(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run.update(config_hash="0" * 64))
    assert findings(check, folder) == [(RECORD, "config_hash")]


def test_a_run_on_another_kind_of_device(folder: Path) -> None:
    gpu = {"name": "GPU", "index": 0, "visible": 1, "capability": "9.0", "driver": None, "cuda": None, "cudnn": None}
    edit_json(folder / RECORD, lambda run: run.update(device="GPU", gpu=gpu))
    assert findings(check, folder) == [(RECORD, "device")]


def test_another_host_or_processor_is_a_note(folder: Path) -> None:
    edit_json(
        folder / RECORD,
        lambda run: (run.update(host="elsewhere", cpu="some"), run["flags"].update(cpu_capability="AVX2")),
    )
    result = check(Bundle(folder))
    assert not result.findings
    assert {note.split(": ")[1] for note in result.notes if note.startswith("matched/ring")} == {
        "runs of different host", "runs of different processor", "runs of different instructions",
    }  # fmt: skip


def test_another_data_file(folder: Path) -> None:
    (folder / "data" / "ring.npz").write_bytes(b"")
    assert {where for _, where in findings(check, folder)} == {"data"}
    assert len(findings(check, folder)) == 4


def test_a_withheld_data_file_is_known_by_the_manifest(folder: Path) -> None:
    (folder / "data" / "ring.npz").unlink()
    (folder / "withheld.json").write_text('{"data/ring.npz": 1000}', encoding="utf-8")
    result = check(Bundle(folder))
    assert not result.findings
    assert result.notes[0].startswith("data/ring.npz is withheld")


@pytest.mark.usefixtures("no_history")
def test_a_run_of_other_code(folder: Path) -> None:
    edit_json(folder / RECORD, lambda run: run.update(code="0" * 64, commit=COMMIT))
    assert findings(check, folder) == [(RECORD, "code")]
    assert any("is not in the history" in note for note in check(Bundle(folder)).notes)


def test_runs_of_a_commit_in_the_history(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = ("matched/ring/veegan", "matched/ring/gan-nonsaturating")
    known = {COMMIT: dict.fromkeys(cells, "1" * 64), ANOTHER: dict.fromkeys(cells, "2" * 64)}
    monkeypatch.setattr(code_at, "at_commit", lambda commit, cells: known[commit])
    for path in Bundle(folder).blocks:
        code, commit = ("2" * 64, ANOTHER) if path == OTHER else ("1" * 64, COMMIT)
        edit_json(folder / "runs" / path / "run.json", lambda run, c=code, d=commit: run.update(code=c, commit=d))
    result = check(Bundle(folder))
    assert [(finding.file, finding.where) for finding in result.findings] == [(f"runs/{OTHER}/run.json", "code")]
    assert result.notes[0].startswith("3 of 4 runs fit commit aaaaaaaaaaaa")


def test_the_code_of_a_commit_is_computed_by_its_own_package(audited: Path) -> None:
    cells = Bundle(audited).cells
    try:
        head = code_at._git(code_at.REPOSITORY, "rev-parse", "HEAD", "--").decode().split()[0]
    except LookupError:
        pytest.skip("there is no repository here")
    found = code_at.at_commit(head, cells)
    assert set(found) == {cell.path for cell in cells}
    changed = subprocess.run(
        ["git", "-C", str(code_at.REPOSITORY), "status", "--porcelain", "--", "src"], capture_output=True, check=True
    )
    if not changed.stdout:
        assert found == code_at.here(cells)


def test_a_clone_with_other_line_endings_has_the_same_code(audited: Path, tmp_path: Path) -> None:
    """Also at a commit whose own package hashes bytes as they are, and whose .gitattributes do not say `eol=lf`."""
    package = tmp_path / "src" / "modecollapse"
    shutil.copytree(catalogue.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    fingerprint = package / "study" / "fingerprint.py"
    fingerprint.write_text(fingerprint.read_text().replace('.replace(b"\\r\\n", b"\\n")', ""))
    me = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    for command in (["init", "--quiet"], ["add", "."], [*me, "commit", "--quiet", "--message", "first"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    head = code_at._git(tmp_path, "rev-parse", "HEAD", "--").decode().split()[0]
    found = []
    for converted in ("false", "true"):
        subprocess.run(["git", "-C", str(tmp_path), "config", "core.autocrlf", converted], check=True)
        found.append(code_at.at_commit(head, Bundle(audited).cells, tmp_path))
        code_at._computed.cache_clear()
    assert found[0] == found[1] != {}


@pytest.mark.parametrize("commit", ["0" * 40, "--help", "HEAD; ls"])
def test_a_commit_that_is_not_in_the_history(audited: Path, commit: str) -> None:
    with pytest.raises(LookupError, match="is not in the history"):
        code_at.at_commit(commit, Bundle(audited).cells)


@pytest.mark.usefixtures("no_history")
def test_no_more_commits_are_looked_up_than_a_study_could_have(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "MOST_COMMITS", 1)
    for path, digit in ((BLOCK, "c"), (OTHER, "d")):
        change = {"code": "0" * 64, "commit": digit * 40}
        edit_json(folder / "runs" / path / "run.json", lambda run, c=change: run.update(c))
    assert sum("is not in the history" in note for note in check(Bundle(folder)).notes) == 1


@pytest.mark.parametrize("file", [RECORD, f"runs/{BLOCK}/trace.parquet"])
def test_damaged_files_are_left_to_the_schema(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"\x00")
    assert not findings(check, folder)


def test_an_empty_manifest_lists_nothing(folder: Path) -> None:
    (folder / "MANIFEST.sha256").write_bytes(b"")
    assert len(findings(check, folder)) == 4 * 3
