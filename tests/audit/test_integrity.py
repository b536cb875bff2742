"""Integrity and withheld files, on a folder in which every planned file holds its own name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from audited_study import BLOCK, OTHER

from modecollapse import manifest, stages
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import integrity
from modecollapse.audit.withholding import may_be_withheld, planned_bytes, problems
from modecollapse.report.layout import planned_files
from modecollapse.study.load import load_study

SAMPLES, SUMMARY = "runs/matched/ring/veegan/seeds-0-2/samples.npy", "tables/summary.csv"
SAMPLES_BYTES = 3 * 2500 * 2 * 4 + 128  # three seeds of 2,500 points of the plane in float32, and a header


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    study = load_study(["config/config.yaml"])
    for path in planned_files(study):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    stages.seal(tmp_path, study, Path("config/claims.yaml"))
    return tmp_path


def unlisted(folder: Path) -> None:
    listed = manifest.read(folder / "MANIFEST.sha256")
    del listed[SUMMARY]
    (folder / "MANIFEST.sha256").write_text(manifest.text(listed))


def append(file: str) -> Callable[[Path], Any]:
    return lambda folder: (folder / file).write_bytes((folder / file).read_bytes() + b" ")


def beside(folder: Path) -> None:
    for name in ("logs/train.log", "audit.json", "audit.html", "declared/ab.json", "report.pdf"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")


CHANGES: dict[str, tuple[Callable[[Path], Any], list[tuple[str, str]]]] = {
    "none": (lambda f: None, []),
    "logs and files that an audit writes": (beside, []),
    "a changed table": (append(SUMMARY), [(SUMMARY, "")]),
    "changed samples": (append(SAMPLES), [(SAMPLES, "")]),
    "a changed study": (append("study.json"), [("study.json", "")]),
    "a renamed file": (
        lambda f: (f / SUMMARY).rename(f / "tables" / "better.csv"),
        [(SUMMARY, ""), ("tables/better.csv", "")],
    ),
    "an added link": (lambda f: (f / "data" / "other").symlink_to(f / "tables"), [("data/other", "")]),
    "a line less": (unlisted, [("MANIFEST.sha256", SUMMARY), (SUMMARY, "")]),
    "no manifest": (lambda f: (f / "MANIFEST.sha256").write_bytes(b"\xff"), [("MANIFEST.sha256", "")]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_where_it_was_made(sealed: Path, name: str) -> None:
    change, places = CHANGES[name]
    change(sealed)
    result = integrity.check(Bundle(sealed))
    assert [(finding.file, finding.where) for finding in result.findings] == places
    assert places or result.looked_at == len(manifest.read(sealed / "MANIFEST.sha256"))


def test_changed_line_endings_are_called_so(sealed: Path) -> None:
    for file in ("claims.yaml", "MANIFEST.sha256"):
        (sealed / file).write_bytes((sealed / file).read_bytes().replace(b"\n", b"\r\n"))
    found = {finding.file: finding.problem for finding in integrity.check(Bundle(sealed)).findings}
    assert found == dict.fromkeys(("claims.yaml", "MANIFEST.sha256"), integrity.CONVERTED)
    append("claims.yaml")(sealed)
    found = {finding.file: finding.problem for finding in integrity.check(Bundle(sealed)).findings}
    assert found["claims.yaml"].startswith("its SHA-256 is")


def withheld(folder: Path, sizes: dict[str, int], remove: bool = True) -> list[str]:
    """The files about whose withholding the check of integrity finds something."""
    for file in sizes if remove else ():
        (folder / file).unlink(missing_ok=True)
    (folder / "withheld.json").write_text(json.dumps(sizes))
    findings = integrity.check(Bundle(folder)).findings
    return [finding.where for finding in findings if finding.file == "withheld.json"]


def test_samples_may_be_withheld_and_neither_tables_nor_traces(sealed: Path) -> None:
    assert withheld(sealed, {SAMPLES: SAMPLES_BYTES}) == []
    note = "1 files are not in this release; the manifest has their SHA-256"
    assert integrity.check(Bundle(sealed)).notes == [note]
    others = (SUMMARY, "tables/measures.parquet", SAMPLES.replace("samples.npy", "trace.parquet"), "runs/a/samples.npy")
    assert set(withheld(sealed, dict.fromkeys(others, 10**9))) == set(others)


@pytest.mark.parametrize("size", [SAMPLES_BYTES // 2, 600_000_000])
def test_withheld_samples_have_the_bytes_that_the_plan_gives_them(sealed: Path, size: int) -> None:
    assert withheld(sealed, {SAMPLES: size}) == [SAMPLES]


def test_no_small_file_is_withheld_where_a_larger_one_was_kept(sealed: Path) -> None:
    (sealed / "data" / "ring.npz").write_bytes(bytes(200_000))
    assert withheld(sealed, {SAMPLES: SAMPLES_BYTES}) == [SAMPLES]


def test_a_withheld_file_is_not_there(sealed: Path) -> None:
    assert withheld(sealed, {SAMPLES: SAMPLES_BYTES}, remove=False) == [SAMPLES]


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("runs/a/samples.npy", True),
        ("runs/a/weights.safetensors", True),
        ("data/ring.npz", True),
        ("measures/matched/ring/runs.parquet", True),
        ("runs/a/trace.parquet", False),
        ("runs/a/run.json", False),
        ("tables/measures.parquet", False),
        ("figures/final_matched_ring.svg", False),
    ],
)
def test_what_may_be_withheld(path: str, may: bool) -> None:
    assert may_be_withheld(path) == may


def test_the_plan_gives_the_bytes_of_samples_and_weights(audited: Path) -> None:
    bundle, samples, weights = Bundle(audited), f"runs/{BLOCK}/samples.npy", f"runs/{BLOCK}/weights.safetensors"
    assert planned_bytes(bundle, samples) == 2 * 2500 * 2 * 4
    for path in (samples, weights):
        assert 0 < (audited / path).stat().st_size - (planned_bytes(bundle, path) or 0) < 4096  # headers
    for path in ("data/ring.npz", "runs/a/b/c/seeds-0-1/samples.npy", "samples.npy"):
        assert planned_bytes(bundle, path) is None


@pytest.mark.parametrize(
    ("name", "block", "found"),
    [("weights.safetensors", BLOCK, False), ("weights.safetensors", OTHER, True), ("samples.npy", BLOCK, True)],
)
def test_the_largest_go_first_and_of_equal_ones_the_first(folder: Path, name: str, block: str, found: bool) -> None:
    path = folder / "runs" / block / name
    (folder / "withheld.json").write_text(json.dumps({f"runs/{block}/{name}": path.stat().st_size}))
    path.unlink()
    places = [finding.where for finding in problems(Bundle(folder), manifest.read(folder / "MANIFEST.sha256"))]
    assert places == [f"runs/{block}/{name}"] * found
