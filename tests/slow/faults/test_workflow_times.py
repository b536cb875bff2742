"""Case 19: times of files decide nothing. What has another content reruns what depends on it, and no more."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from dag_copy import REPOSITORY, RESULTS, RING, copy_of, finished_study, planned

pytestmark = pytest.mark.dag
YEAR = 365 * 24 * 3600.0
CLAIMS = Path("config", "claims.yaml")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_study(tmp_path_factory, RING)


@pytest.fixture
def edited(finished: Path, tmp_path: Path) -> Path:
    return copy_of(finished, tmp_path)


def read_by_jobs(folder: Path) -> Iterator[Path]:
    """Every file that some job of the finished study read."""
    yield folder / CLAIMS
    for part in ("data", "runs", "measures", "tables", "figures"):
        found = [path for path in (folder / RESULTS / part).rglob("*") if path.is_file()]
        assert found, part
        yield from found


def set_times(folder: Path, seconds: Callable[[int], float]) -> None:
    """The n-th file that jobs read gets the time `seconds(n)` from now."""
    for index, path in enumerate(read_by_jobs(folder)):
        at = time.time() + seconds(index)
        os.utime(path, (at, at))


@pytest.mark.parametrize(
    ("jump", "seconds"),
    [
        ("a year ahead", lambda index: YEAR + index),
        pytest.param("a year ahead, in reverse order", lambda index: YEAR - index, marks=pytest.mark.long),
        pytest.param("a year back", lambda index: index - YEAR, marks=pytest.mark.long),
        pytest.param("every other one a year ahead", lambda index: YEAR * (index % 2), marks=pytest.mark.long),
    ],
)
def test_other_times_alone_rerun_nothing(edited: Path, fault_log: Callable[..., None], jump: str, seconds) -> None:
    set_times(edited, seconds)
    assert planned(edited) == {}
    fault_log("19", f"times of all inputs {jump}", "nothing to do")


@pytest.mark.long
def test_a_copy_without_the_times_of_its_files_reruns_nothing(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "copy", copy_function=shutil.copyfile)
    assert planned(tmp_path / "copy") == {}


def test_without_the_profiles_limit_a_time_alone_trains_again(edited: Path) -> None:
    """The control: it is the comparison of contents, and its limit, that keep the jobs above from running."""
    set_times(edited, lambda index: YEAR + index)
    assert planned(edited, "--max-checksum-file-size", "10")["train"] == 2


@pytest.mark.parametrize(
    ("changed", "rerun", "kept"),
    [
        (RESULTS / "data/ring.npz", {"calibrate", "train", "measure", "figures", "typeset"}, {"data"}),
        (RESULTS / "runs/matched/ring/veegan/seeds-0-1/samples.npy", {"measure", "summarise", "typeset"}, {"train"}),
        pytest.param(
            RESULTS / "runs/matched/ring/veegan/seeds-0-1/run.json",
            {"measure", "figures", "typeset"},
            {"train"},
            marks=pytest.mark.long,
        ),
        pytest.param(
            RESULTS / "measures/matched/ring/runs.parquet",
            {"summarise", "judge", "typeset"},
            {"train", "measure"},
            marks=pytest.mark.long,
        ),
        (CLAIMS, {"summarise", "compare", "judge", "typeset"}, {"data", "calibrate", "train", "measure"}),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_another_content_reruns_what_depends_on_it(edited: Path, changed: Path, rerun: set, kept: set) -> None:
    with open(edited / changed, "ab") as stream:
        stream.write(b"\n")
    stages = set(planned(edited))
    assert rerun <= stages
    assert not kept & stages


def test_the_limit_is_above_every_file_of_the_studies() -> None:
    """CIFAR-10's data file has 0.2 GB, ten seeds' samples of the stacked digits 1.2 GB."""
    profile = yaml.safe_load((REPOSITORY / "workflow/profiles/default/config.yaml").read_text())
    assert profile["max-checksum-file-size"] > 2e9
    # These would replace what another profile says, key by key.
    assert not {"executor", "jobs", "default-resources", "set-resources"} & profile.keys()
