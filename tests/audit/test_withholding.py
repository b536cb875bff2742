"""What a release may lack: the largest files of their kind, with the bytes that the plan gives them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from audited_study import BLOCK, OTHER, copy_of, finished

from modecollapse import manifest
from modecollapse.audit.bundle import Bundle
from modecollapse.audit.withholding import may_be_withheld, planned_bytes, problems

WEIGHTS, SAMPLES = f"runs/{BLOCK}/weights.safetensors", f"runs/{BLOCK}/samples.npy"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory)


@pytest.fixture
def folder(study: Path, tmp_path: Path) -> Path:
    return copy_of(study, tmp_path)


def told(folder: Path, *paths: str, size: int | None = None) -> list[str]:
    """The files of which something is wrong, when these are withheld."""
    sizes = {path: size or (folder / path).stat().st_size for path in paths}
    for path in paths:
        (folder / path).unlink()
    (folder / "withheld.json").write_text(json.dumps(sizes))
    return [finding.where for finding in problems(Bundle(folder), manifest.read(folder / "MANIFEST.sha256"))]


@pytest.mark.parametrize(
    ("path", "may"),
    [
        (SAMPLES, True),
        (WEIGHTS, True),
        ("data/ring.npz", True),
        ("measures/matched/ring/runs.parquet", True),
        (f"runs/{BLOCK}/trace.parquet", False),
        (f"runs/{BLOCK}/run.json", False),
        ("tables/measures.parquet", False),
        ("figures/final_matched_ring.svg", False),
    ],
)
def test_what_may_be_withheld(path: str, may: bool) -> None:
    assert may_be_withheld(path) == may


def test_the_plan_tells_the_bytes_of_samples_and_weights(study: Path) -> None:
    bundle = Bundle(study)
    assert planned_bytes(bundle, SAMPLES) == 2 * 2500 * 2 * 4
    for path in (SAMPLES, WEIGHTS):
        right = planned_bytes(bundle, path)
        assert right
        assert 0 < (study / path).stat().st_size - right < 4096  # headers
    for path in ("data/ring.npz", "runs/a/b/c/seeds-0-1/samples.npy", "samples.npy"):
        assert planned_bytes(bundle, path) is None


def test_the_largest_may_go_and_no_other(folder: Path) -> None:
    assert told(folder, WEIGHTS) == []


def test_of_equal_ones_nobody_chooses(folder: Path) -> None:
    second = f"runs/{OTHER}/weights.safetensors"
    assert told(folder, second) == [second]


def test_samples_do_not_go_before_larger_weights(folder: Path) -> None:
    assert told(folder, SAMPLES) == [SAMPLES]


def test_a_size_that_the_plan_does_not_give(folder: Path) -> None:
    assert told(folder, WEIGHTS, size=600_000_000) == [WEIGHTS]


def test_what_is_no_file_of_the_study_or_is_there(folder: Path) -> None:
    (folder / "withheld.json").write_text(json.dumps({"runs/other/samples.npy": 10**9, WEIGHTS: 10**9}))
    found = problems(Bundle(folder), manifest.read(folder / "MANIFEST.sha256"))
    assert [finding.where for finding in found][:2] == ["runs/other/samples.npy", WEIGHTS]
