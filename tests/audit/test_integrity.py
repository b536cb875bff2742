"""The manifest, integrity and withheld files, on a folder in which every planned file holds its own path."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from audited_study import BLOCK, OTHER

from modecollapse import manifest, stages
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import integrity
from modecollapse.audit.withholding import may_be_withheld, planned_bytes, problems
from modecollapse.errors import StudyError
from modecollapse.report.layout import planned_files
from modecollapse.study.load import load_study

SAMPLES, SUMMARY = "runs/matched/ring/veegan/seeds-0-2/samples.npy", "tables/summary.csv"
DIGEST, CLAIMS, NAME = "ab" * 32, Path("config/claims.yaml"), "MANIFEST.sha256"
STUDY = load_study(["config/config.yaml"])
SAMPLES_BYTES = 3 * 2500 * 2 * 4 + 128  # three seeds of 2,500 points of the plane in float32, and a header


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    for path in planned_files(STUDY):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    stages.seal(tmp_path, STUDY, CLAIMS)
    return tmp_path


def test_every_planned_file_is_listed_with_its_digest(sealed: Path) -> None:
    listed = manifest.read(sealed / NAME)
    assert listed["tables/summary.csv"] == hashlib.sha256(b"tables/summary.csv").hexdigest()
    assert listed["claims.yaml"] == hashlib.sha256(CLAIMS.read_bytes()).hexdigest()
    assert "runs/matched/ring/veegan/seeds-0-2/weights.safetensors" in listed
    present = {path.relative_to(sealed).as_posix() for path in sealed.rglob("*") if path.is_file()}
    assert set(listed) == present - {NAME}


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_reads_it_and_sees_a_change(sealed: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", NAME]
    assert subprocess.run(command, cwd=sealed).returncode == 0
    (sealed / "tables" / "summary.csv").write_text("other")
    done = subprocess.run(command, cwd=sealed, capture_output=True, text=True)
    assert done.returncode == 1
    assert "tables/summary.csv: FAILED" in done.stdout


def test_a_missing_file_or_a_folder_of_something_else_stops_it(sealed: Path, tmp_path_factory) -> None:
    (sealed / "tables" / "summary.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"summary\.csv"):
        stages.seal(sealed, STUDY, CLAIMS)
    other = tmp_path_factory.mktemp("other")
    (other / "claims.yaml").write_text("mine")
    with pytest.raises(FileNotFoundError):
        stages.seal(other, STUDY, CLAIMS)
    assert [(path.name, path.read_text()) for path in other.iterdir()] == [("claims.yaml", "mine")]


@pytest.mark.parametrize(
    "text",
    [
        f"{DIGEST} tables/a.csv\n",  # one blank
        f"{DIGEST[:-1]}  tables/a.csv\n",
        f"{DIGEST}  ../a.csv\n",
        f"{DIGEST}  /etc/a.csv\n",
        f"{DIGEST}  b\n{DIGEST}  a\n",  # not sorted
        f"{DIGEST}  a\n{DIGEST}  a\n",
        f"{DIGEST}  a\n\n",
        "\udcff\udcfe",  # no UTF-8
    ],
)
def test_what_sha256sum_would_not_have_written_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, errors="surrogateescape")
    with pytest.raises(StudyError, match=r"MANIFEST\.sha256"):
        manifest.read(tmp_path / NAME)


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
        ("runs/a/snapshots.npy", True),
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
    for path in (samples, weights, f"runs/{BLOCK}/snapshots.npy"):
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
