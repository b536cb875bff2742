"""A disk that is full, in a checkpoint and in the last files: one line, nothing torn, and with room it goes on."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from faults.injected import Fault, at_end, at_step, fill_disk, largest_file
from faults.outcomes import Resumable

from modecollapse.training import checkpoint

MEBIBYTE = 1 << 20
LARGEST = 16_000  # bytes: less than the samples, and than a checkpoint
# when the disk fills up, the file that is then too much, and where the next process goes on
PLACES = {
    "checkpoint": (partial(at_step, 14), "checkpoint-1.safetensors", 10),
    "outputs": (at_end, "samples.npy", 20),
}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of one mebibyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEBIBYTE}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only an administrator who may mount can make a disk that is full")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def stop(run: Resumable, where: str, fault: Fault, problem: str) -> int:
    """Train into the fault; all that was there before is intact. Returns the step of the newest checkpoint."""
    when, name, _ = PLACES[where]
    status, text = run.train(partial(when, fault))
    assert status == 2, text
    said = re.escape(str(run.folder / name))
    assert re.fullmatch(rf"error: \[Errno \d+\] {problem}, writing \d{{5}} bytes: '{said}'", text.splitlines()[-1])
    assert "Traceback" not in text
    saved, problems = checkpoint.load(run.folder, {})
    assert problems == []
    expected = [f"{slot}{end}" for slot in checkpoint.SLOTS for end in ("", ".sha256")]
    assert sorted(path.name for path in run.folder.iterdir()) == sorted(expected)
    return saved[1]["step"]


@pytest.mark.parametrize("where", PLACES)
def test_a_file_that_is_too_large_for_the_disk(where: str, run: Resumable, fault_log: Callable) -> None:
    step = PLACES[where][2]
    assert stop(run, where, partial(largest_file, LARGEST), "File too large") == step
    assert run.finish() == [f"resumed at step {step}"]
    fault_log("8", f"RLIMIT_FSIZE in the {where}", "exit 2, path and bytes named; resumed, equal bits", run.lost)


@pytest.mark.parametrize("where", PLACES)
def test_a_disk_that_is_full(where: str, run: Resumable, small_disk: Path, fault_log: Callable) -> None:
    step, filler = PLACES[where][2], small_disk / "filler"
    run.folder = small_disk / "run"
    assert stop(run, where, partial(fill_disk, filler), "No space left on device") == step
    filler.unlink()
    assert run.finish() == [f"resumed at step {step}"]
    fault_log("8", f"full file system in the {where}", "exit 2, path and bytes named; resumed, equal bits", run.lost)
