"""Case 8: a disk that is full while tables, figures or PDF are written leaves the files of before, and is named."""

from __future__ import annotations

import hashlib
import os
import resource
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dag_copy import CONFIGURATION, RESULTS, RING, copy_of, environment, finished_study

from modecollapse.study.load import load_study

pytestmark = pytest.mark.dag
PUBLISHED = ["--claims", "config/claims.yaml"]
# command -> its further arguments, a file of before that it would replace
COMMANDS = {
    "summarise": (PUBLISHED, "tables/measures.parquet"),
    "compare": (PUBLISHED, "tables/pairs.csv"),
    "judge": (PUBLISHED, "tables/verdicts.csv"),
    "figures": (PUBLISHED, "figures/density_matched_ring.svg"),
    "report": ([], "report.pdf"),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_study(tmp_path_factory, RING)


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    folder = copy_of(finished, tmp_path)
    study = load_study([folder / "config" / "config.yaml", folder / CONFIGURATION])
    (folder / "study.json").write_text(study.model_dump_json())
    return folder


def called(name: str, results: Path = RESULTS) -> list[str]:
    command = [sys.executable, "-m", "modecollapse", name, str(results), "--study", "study.json"]
    return [*command, *COMMANDS[name][0]]


def run(folder: Path, command: list[str], **how: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=1800, **how
    )


def digests(results: Path) -> dict[str, str]:
    """Of all tables and figures and the PDF, litter among them."""
    found = [results / "report.pdf", *results.glob("tables/*"), *results.glob("figures/*"), *results.glob("*.tmp*")]
    return {str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def no_more_than(size: int) -> Callable[[], None]:
    """What a child does to have no file of its own grow beyond `size` bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.long
@pytest.mark.parametrize("name", ["summarise", "compare", "judge", "figures"])
def test_a_limit_of_the_file_size(folder: Path, name: str, fault_log: Callable[..., None]) -> None:
    before, file = digests(folder / RESULTS), COMMANDS[name][1]
    size = (folder / RESULTS / file).stat().st_size // 2
    failed = run(folder, called(name), preexec_fn=no_more_than(size))
    assert failed.returncode == 2
    [line] = [line for line in failed.stderr.splitlines() if line.startswith("error: ")]
    assert "File too large" in line
    assert str(RESULTS) in line
    assert "Traceback" not in failed.stderr
    assert digests(folder / RESULTS) == before
    again = run(folder, called(name))
    assert again.returncode == 0, again.stderr
    assert digests(folder / RESULTS) == before
    fault_log("8 (DAG)", f"{name} with a limit of {size} bytes a file", "one line, files of before, rerun completes")


def can_mount() -> bool:
    """Whether a child can have a small disk of its own; that takes root."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    return (
        subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not can_mount(), reason="mounting a small disk takes root")
@pytest.mark.parametrize("name", ["report", *(pytest.param(name, marks=pytest.mark.long) for name in ("figures",))])
def test_a_full_disk(folder: Path, tmp_path: Path, name: str, fault_log: Callable[..., None]) -> None:
    """The results lie on a disk of their own, in the child's view alone, which has no room for a second version."""
    disk, file = tmp_path / "disk", COMMANDS[name][1]
    disk.mkdir()
    room = (folder / RESULTS / file).stat().st_size // 2
    used = int(subprocess.check_output(["du", "-sk", str(folder / RESULTS)], text=True).split()[0])
    script = "\n".join(
        [
            "set -e",
            f"mount -t tmpfs -o size={used + room // 1024}k none {shlex.quote(str(disk))}",
            f"cp -r {shlex.quote(str(folder / RESULTS))}/. {shlex.quote(str(disk))}",
            "set +e",
            f"{shlex.join(called(name, disk))}; echo status $?",
            f"cp -r {shlex.quote(str(disk))} {shlex.quote(str(tmp_path / 'after'))}",
        ]
    )
    full = run(folder, ["unshare", "-m", "sh", "-c", script])
    assert "status 2" in full.stdout, full.stdout + full.stderr
    [line] = [line for line in full.stderr.splitlines() if line.startswith("error: ")]
    assert "No space left on device" in line
    assert file in line
    assert digests(tmp_path / "after") == digests(folder / RESULTS)
    again = run(folder, called(name))
    assert again.returncode == 0, again.stderr
    assert digests(folder / RESULTS) == digests(tmp_path / "after")
    fault_log("8 (DAG)", f"{name} on a full disk", "one line, files of before, rerun completes")
