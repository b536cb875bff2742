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
from functools import partial
from pathlib import Path

import pytest
from dag_copy import CONFIGURATION, RESULTS, environment, error_line

from modecollapse.study.load import load_study

pytestmark = pytest.mark.dag
# command -> a file of before that it would replace
FILES = {
    "summarise": "tables/measures.parquet",
    "compare": "tables/pairs.csv",
    "judge": "tables/verdicts.csv",
    "figures": "figures/density_matched_ring.svg",
    "report": "report.pdf",
}


def called(folder: Path, name: str, results: Path = RESULTS) -> list[str]:
    """A command of the workflow on the study of a copy."""
    study = load_study([folder / "config" / "config.yaml", folder / CONFIGURATION])
    (folder / "study.json").write_text(study.model_dump_json())
    claims = [] if name in ("figures", "report") else ["--claims", "config/claims.yaml"]
    return [sys.executable, "-m", "modecollapse", name, str(results), "--study", "study.json", *claims]


def run(folder: Path, command: list[str], **how: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=1800, **how
    )


def digests(results: Path) -> dict[str, str]:
    """The digests of all tables and figures and the PDF, and of temporary files if there are any."""
    found = [results / "report.pdf", *results.glob("tables/*"), *results.glob("figures/*"), *results.glob("*.tmp*")]
    return {str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def limited_files(folder: Path, name: str, tmp_path: Path) -> Path:
    """The results of the command where no file may grow beyond half of the one it writes."""
    size = (folder / RESULTS / FILES[name]).stat().st_size // 2
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size))
    failed = run(folder, called(folder, name), preexec_fn=limit)
    assert failed.returncode == 2
    line = error_line(failed.stderr)
    assert "File too large" in line
    assert str(RESULTS) in line
    return folder / RESULTS


def full_disk(folder: Path, name: str, tmp_path: Path) -> Path:
    """The results of the command on a disk in its view alone, which has no room for a second version of its file."""
    disk, after = tmp_path / "disk", tmp_path / "after"
    disk.mkdir()
    room = (folder / RESULTS / FILES[name]).stat().st_size // 2
    used = int(subprocess.check_output(["du", "-sk", str(folder / RESULTS)], text=True).split()[0])
    at, results, copy = (shlex.quote(str(path)) for path in (disk, folder / RESULTS, after))
    script = f"set -e; mount -t tmpfs -o size={used + 1024}k none {at}; cp -r {results}/. {at}\n"
    script += f"left=$(df -k --output=avail {at} | tail -n 1)\n"  # a folder takes less there than du says
    script += f"head -c $(( (left - {room // 1024}) * 1024 )) /dev/zero > {at}/filler; set +e\n"
    script += f"{shlex.join(called(folder, name, disk))}; echo status $?; cp -r {at} {copy}"
    full = run(folder, ["unshare", "-m", "sh", "-c", script])
    assert "status 2" in full.stdout, full.stdout + full.stderr
    line = error_line(full.stderr)
    assert "No space left on device" in line
    assert FILES[name].split("/")[0] in line  # of several figures, the first without room
    return after


def can_mount() -> bool:
    """Whether a child can have a small disk of its own; that takes root."""
    mount = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    can = os.geteuid() == 0 and shutil.which("unshare") is not None
    return can and subprocess.run(mount, capture_output=True).returncode == 0


long = pytest.mark.long
mounts = pytest.mark.skipif(not can_mount(), reason="mounting a small disk takes root")
CASES = [pytest.param(limited_files, name, marks=long) for name in ("summarise", "compare", "judge", "figures")]
CASES += [pytest.param(full_disk, "report", marks=mounts), pytest.param(full_disk, "figures", marks=[long, mounts])]


@pytest.mark.parametrize(("fault", "name"), CASES)
def test_without_room_the_files_of_before_stay(edited: Path, tmp_path: Path, fault: Callable, name: str) -> None:
    before = digests(edited / RESULTS)
    assert digests(fault(edited, name, tmp_path)) == before
    again = run(edited, called(edited, name))
    assert again.returncode == 0, again.stderr
    assert digests(edited / RESULTS) == before
