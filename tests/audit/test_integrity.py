"""The check of integrity, on a folder in which every planned file holds its own name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modecollapse import manifest, stages
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import integrity
from modecollapse.report.layout import planned_files
from modecollapse.study.load import load_study

SAMPLES = "runs/matched/ring/veegan/seeds-0-2/samples.npy"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    study = load_study(["config/config.yaml"])
    for path in planned_files(study):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    stages.seal(tmp_path, study, Path("config/claims.yaml"))
    return tmp_path


def found(folder: Path) -> list[tuple[str, str]]:
    return [(finding.file, finding.where) for finding in integrity.check(Bundle(folder)).findings]


def test_a_good_folder(folder: Path) -> None:
    result = integrity.check(Bundle(folder))
    assert result.findings == []
    assert result.looked_at == len(manifest.read(folder / "MANIFEST.sha256"))


def test_logs_and_what_an_audit_writes_are_beside_it(folder: Path) -> None:
    (folder / "logs").mkdir()
    (folder / "declared").mkdir()
    for name in ("logs/train.log", "audit.json", "audit.html", "declared/ab.json", "report.pdf"):
        (folder / name).write_text("")
    assert found(folder) == []


@pytest.mark.parametrize("file", ["tables/summary.csv", SAMPLES, "study.json"])
def test_a_changed_file(folder: Path, file: str) -> None:
    (folder / file).write_bytes((folder / file).read_bytes() + b" ")
    assert found(folder) == [(file, "")]


def test_a_missing_and_an_added_file(folder: Path) -> None:
    (folder / "tables" / "summary.csv").rename(folder / "tables" / "better.csv")
    assert found(folder) == [("tables/summary.csv", ""), ("tables/better.csv", "")]


def test_an_added_link(folder: Path) -> None:
    (folder / "data" / "other").symlink_to(folder / "tables")
    assert found(folder) == [("data/other", "")]


def test_a_manifest_without_a_file_of_the_study(folder: Path) -> None:
    listed = manifest.read(folder / "MANIFEST.sha256")
    del listed["tables/summary.csv"]
    (folder / "MANIFEST.sha256").write_text(manifest.text(listed))
    assert found(folder) == [("MANIFEST.sha256", "tables/summary.csv"), ("tables/summary.csv", "")]


def test_a_damaged_manifest(folder: Path) -> None:
    (folder / "MANIFEST.sha256").write_bytes(b"\xff")
    assert found(folder) == [("MANIFEST.sha256", "")]


SAMPLES_BYTES = 3 * 2500 * 2 * 4 + 128  # three seeds of 2,500 points of the plane in float32, and a header


def withhold(folder: Path, **sizes: int) -> None:
    for file in sizes:
        (folder / file).unlink(missing_ok=True)
    (folder / "withheld.json").write_text(json.dumps(sizes))


def test_samples_may_be_withheld_and_neither_tables_nor_traces(folder: Path) -> None:
    withhold(folder, **{SAMPLES: SAMPLES_BYTES})
    result = integrity.check(Bundle(folder))
    assert result.findings == []
    assert result.notes == ["1 files are not in this release; the manifest has their SHA-256"]
    others = ("tables/summary.csv", "tables/measures.parquet", SAMPLES.replace("samples.npy", "trace.parquet"))
    withhold(folder, **dict.fromkeys(others, 10**9))
    assert {place for file, place in found(folder) if file == "withheld.json"} == set(others)


@pytest.mark.parametrize("size", [SAMPLES_BYTES // 2, 600_000_000])
def test_withheld_samples_have_the_bytes_that_the_plan_gives_them(folder: Path, size: int) -> None:
    withhold(folder, **{SAMPLES: size})
    assert found(folder) == [("withheld.json", SAMPLES)]


def test_a_small_file_is_not_withheld_where_a_larger_one_was_kept(folder: Path) -> None:
    (folder / "data" / "ring.npz").write_bytes(bytes(200_000))
    withhold(folder, **{SAMPLES: SAMPLES_BYTES})
    assert [place for file, place in found(folder) if file == "withheld.json"] == [SAMPLES]


def test_what_is_withheld_is_not_there(folder: Path) -> None:
    (folder / "withheld.json").write_text(json.dumps({SAMPLES: SAMPLES_BYTES}))
    assert found(folder) == [("withheld.json", SAMPLES)]


def test_changed_line_endings_are_called_so(folder: Path) -> None:
    for file in ("claims.yaml", "MANIFEST.sha256"):
        (folder / file).write_bytes((folder / file).read_bytes().replace(b"\n", b"\r\n"))
    told = {finding.file: finding.problem for finding in integrity.check(Bundle(folder)).findings}
    assert told == dict.fromkeys(("claims.yaml", "MANIFEST.sha256"), integrity.CONVERTED)
    (folder / "claims.yaml").write_bytes((folder / "claims.yaml").read_bytes() + b" ")
    told = {finding.file: finding.problem for finding in integrity.check(Bundle(folder)).findings}
    assert told["claims.yaml"].startswith("its SHA-256 is")
