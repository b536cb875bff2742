"""The manifest, integrity and withheld files, on a folder in which every planned file holds its own path."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from audit.changes import Change
from audited_study import BLOCK

from modecollapse import manifest, stages
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.checks import integrity
from modecollapse.audit.withholding import may_be_withheld, planned_bytes, problems
from modecollapse.errors import StudyError
from modecollapse.report.layout import planned_files
from modecollapse.study.load import load_study

SAMPLES, SUMMARY = "runs/matched/ring/veegan/seeds-0-2/samples.npy", "tables/summary.csv"
DIGEST, CLAIMS, NAME, WITHHELD = "ab" * 32, Path("config/claims.yaml"), "MANIFEST.sha256", "withheld.json"
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
    assert not [path for path in listed if path.endswith("weights.safetensors")]
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
    listed = manifest.read(folder / NAME)
    del listed[SUMMARY]
    (folder / NAME).write_text(manifest.text(listed))


def append(file: str) -> Change:
    return lambda folder: (folder / file).write_bytes((folder / file).read_bytes() + b" ")


def beside(folder: Path) -> None:
    for name in ("logs/train.log", "audit.json", "audit.html", "declared/ab.json", "report.pdf"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")


def withheld(sizes: dict[str, int], remove: bool = True) -> Change:
    """These files are not shown, and are said to have so many bytes."""

    def apply(folder: Path) -> None:
        for file in sizes if remove else ():
            (folder / file).unlink(missing_ok=True)
        (folder / "withheld.json").write_text(json.dumps(sizes))

    return apply


def smaller_than_one_that_was_kept(folder: Path) -> None:
    withheld({SAMPLES: SAMPLES_BYTES})(folder)
    (folder / "data" / "ring.npz").write_bytes(bytes(200_000))


PROTECTED = {SUMMARY, "tables/measures.parquet", SAMPLES.replace("samples.npy", "trace.parquet"), "runs/a/samples.npy"}
# A change, and the (file, place) of each finding, or with "..." of some: a file that is not planned is one more.
CHANGES: dict[str, tuple[Change, list[Any]]] = {
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
    "a line less": (unlisted, [(NAME, SUMMARY), (SUMMARY, "")]),
    "no manifest": (lambda f: (f / NAME).write_bytes(b"\xff"), [(NAME, "")]),
    "withheld samples": (withheld({SAMPLES: SAMPLES_BYTES}), []),
    "withheld samples of fewer bytes than planned": (withheld({SAMPLES: SAMPLES_BYTES // 2}), [(WITHHELD, SAMPLES)]),
    "withheld samples of more bytes than planned": (withheld({SAMPLES: 600_000_000}), [(WITHHELD, SAMPLES)]),
    "withheld samples that are smaller than kept data": (
        smaller_than_one_that_was_kept,
        [(WITHHELD, SAMPLES), ("data/ring.npz", "")],
    ),
    "withheld samples that are there": (withheld({SAMPLES: SAMPLES_BYTES}, remove=False), [(WITHHELD, SAMPLES)]),
    "tables and traces withheld": (
        withheld(dict.fromkeys(PROTECTED, 10**9)),
        [*((WITHHELD, file) for file in PROTECTED), ...],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_where_it_was_made(sealed: Path, name: str) -> None:
    change, places = CHANGES[name]
    change(sealed)
    result = integrity.check(Bundle(sealed))
    found = {(finding.file, finding.where) for finding in result.findings}
    assert found >= {*places[:-1]} if ... in places else found == {*places}
    if not places:
        hidden = 1 if name == "withheld samples" else 0
        assert result.looked_at == len(manifest.read(sealed / NAME)) - hidden
        assert result.notes == ["1 files are not in this release; the manifest has their SHA-256"] * hidden


def test_changed_line_endings_are_called_so(sealed: Path) -> None:
    for file in ("claims.yaml", NAME):
        (sealed / file).write_bytes((sealed / file).read_bytes().replace(b"\n", b"\r\n"))
    found = {finding.file: finding.problem for finding in integrity.check(Bundle(sealed)).findings}
    assert found == dict.fromkeys(("claims.yaml", NAME), integrity.CONVERTED)
    append("claims.yaml")(sealed)
    found = {finding.file: finding.problem for finding in integrity.check(Bundle(sealed)).findings}
    assert found["claims.yaml"].startswith("its SHA-256 is")


def test_what_may_be_withheld() -> None:
    may = [f"runs/a/{name}" for name in ("samples.npy", "snapshots.npy")]
    may += ["data/ring.npz", "measures/matched/ring/runs.parquet"]
    must_stay = ["runs/a/trace.parquet", "runs/a/run.json", "tables/measures.parquet", "figures/claims.svg"]
    assert [path for path in may + must_stay if may_be_withheld(path)] == may


def test_the_plan_gives_the_bytes_of_samples_and_snapshots(audited: Path) -> None:
    bundle, samples = Bundle(audited), f"runs/{BLOCK}/samples.npy"
    assert planned_bytes(bundle, samples) == 2 * 2500 * 2 * 4
    for path in (samples, f"runs/{BLOCK}/snapshots.npy"):
        assert 0 < (audited / path).stat().st_size - (planned_bytes(bundle, path) or 0) < 4096  # headers
    for path in ("data/ring.npz", "runs/a/b/c/seeds-0-1/samples.npy", "samples.npy"):
        assert planned_bytes(bundle, path) is None


FIRST = "matched/ring/gan-nonsaturating/seeds-0-1"


@pytest.mark.parametrize(
    ("name", "block", "found"),
    [("samples.npy", FIRST, False), ("samples.npy", BLOCK, True), ("snapshots.npy", FIRST, True)],
)
def test_the_largest_go_first_and_of_equal_ones_the_first(folder: Path, name: str, block: str, found: bool) -> None:
    path = folder / "runs" / block / name
    (folder / "withheld.json").write_text(json.dumps({f"runs/{block}/{name}": path.stat().st_size}))
    path.unlink()
    places = [finding.where for finding in problems(Bundle(folder), manifest.read(folder / "MANIFEST.sha256"))]
    assert places == [f"runs/{block}/{name}"] * found
