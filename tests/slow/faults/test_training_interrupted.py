"""Kills, signals and full disks at every kind of moment: the same command ends at the bits of an undisturbed run."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from dag_processes import until
from faults.injected import (
    Fault,
    at_end,
    at_pretraining_step,
    at_step,
    at_write,
    fill_disk,
    ignore,
    kill,
    largest_file,
    processor_seconds,
    send,
    sleep_each_step,
    work_each_step,
)
from faults.outcomes import KILLED, STEPS, Resumable

from modecollapse.training import checkpoint, loop
from modecollapse.training.interrupts import ASKING, Interrupted
from modecollapse.training.loop import train_block

MEBIBYTE = 1 << 20
LARGEST = 16_000  # bytes: less than the samples, and than a checkpoint
term = partial(send, signal.SIGTERM)
# checkpoints: number 0 after the pretraining, then one every 5 steps; they take turns in two files
NEWER, OLDER = checkpoint.SLOTS
SUM = f"{NEWER}.sha256"
UNUSED = f"{NEWER} not used: its SHA-256 is not the one recorded when it was written"


class Case(NamedTuple):
    """A fault: its name, the exit status, the incidents of the run that then finishes."""

    name: str
    faults: tuple[Fault, ...]
    status: int
    incidents: list[str]
    said: str = ""  # a pattern of what the process prints
    long: bool = False


def killed(name: str, fault: Fault, *incidents: str, long: bool = False) -> Case:
    return Case(f"SIGKILL {name}", (fault,), KILLED, list(incidents), "", long)


def killed_in(name: str, file: str, count: int, moment: str, *incidents: str, long: bool = False) -> Case:
    """Killed in a write; unless that ends with the rename, a temporary file stays, which the next process removes."""
    litter = [] if moment == "renamed" else [f"{file}.tmp removed: its writer was killed"]
    return killed(name, partial(at_write, file, count, kill, moment), *litter, *incidents, long=long)


def stopped(name: str, step: int, *faults: Fault, by: str = "SIGTERM") -> Case:
    """Asked to stop: a checkpoint after the step, from which the next process resumes."""
    said = f"stopped by {by} at step {step} of {STEPS}: the same command goes on from there"
    incidents = [f"stopped by {by} at step {step}", f"resumed at step {step}"]
    return Case(name, faults, 128 + signal.Signals[by], incidents, said)


ANEW, LAST = "no intact checkpoint: began again from step 0", "resumed at step 20"
THREE_MORE = partial(send, signal.SIGINT, signal.SIGTERM, signal.SIGTERM)
INTERRUPTED = partial(at_step, 8, partial(send, signal.SIGINT))
LIMIT_AT_14 = partial(at_step, 14, partial(largest_file, LARGEST))
LIMIT_AT_END = partial(at_end, partial(largest_file, LARGEST))
TOO_LARGE = r"error: \[Errno \d+\] File too large, writing \d{5} bytes: '.*"
BEGUN_ANEW = "stopped by SIGTERM at pretraining step 3 of 5: nothing saved, the same command begins anew"
CASES = [
    killed("in the pretraining", partial(at_pretraining_step, 3, kill)),
    killed("before step 1", partial(at_step, 0, kill), "resumed at step 0"),
    killed("one step before a checkpoint", partial(at_step, 9, kill), "resumed at step 5", long=True),
    killed("at a checkpoint", partial(at_step, 10, kill), "resumed at step 10"),
    killed("one step after a checkpoint", partial(at_step, 11, kill), "resumed at step 10"),
    killed("at an evaluation, no step traced twice", partial(at_step, 12, kill), "resumed at step 10"),
    killed("at the last step", partial(at_step, STEPS - 1, kill), LAST, long=True),
    killed("after the last step", partial(at_end, kill), LAST),
    killed_in("first checkpoint half written", NEWER, 1, "half", ANEW),
    killed_in("checkpoint half written", NEWER, 2, "half", "resumed at step 5", long=True),
    killed_in("checkpoint between write and rename", NEWER, 2, "flushed", "resumed at step 5"),
    killed_in("checkpoint between rename and checksum", NEWER, 2, "renamed", UNUSED, "resumed at step 5"),
    killed_in("checksum before its rename", SUM, 2, "flushed", UNUSED, "resumed at step 5", long=True),
    killed_in("checksum after its rename", SUM, 2, "renamed", "resumed at step 10", long=True),
    killed_in("samples half written", "samples.npy", 1, "half", LAST, long=True),
    killed_in("between samples and trace", "samples.npy", 1, "renamed", LAST),
    killed_in("between trace and weights", "trace.parquet", 1, "renamed", LAST, long=True),
    killed_in("between weights and run.json", "weights.safetensors", 1, "renamed", LAST),
    killed_in("run.json before its rename", "run.json", 1, "flushed", LAST),
    *(stopped(f"{one.name} in a step", 9, partial(at_step, 8, partial(send, one)), by=one.name) for one in ASKING),
    stopped("SIGTERM before the first step", 0, partial(at_pretraining_step, 5, term)),
    *(
        stopped(
            f"three more signals in the checkpoint write ({moment})",
            8,
            partial(at_step, 7, term),
            partial(at_write, NEWER, 2, THREE_MORE, moment),
        )
        for moment in ("flushed", "renamed")
    ),
    Case("SIGTERM in the pretraining", (partial(at_pretraining_step, 3, term),), 143, [], BEGUN_ANEW),
    Case("SIGTERM in the last step", (partial(at_step, STEPS - 1, term),), 0, []),
    Case("SIGINT where it is ignored, as after nohup", (partial(ignore, signal.SIGINT), INTERRUPTED), 0, []),
    Case("RLIMIT_FSIZE in the checkpoint", (LIMIT_AT_14,), 2, ["resumed at step 10"], TOO_LARGE + OLDER),
    Case("RLIMIT_FSIZE in the outputs", (LIMIT_AT_END,), 2, [LAST], TOO_LARGE + "samples.npy"),
]
PARAMETERS = [pytest.param(case, id=case.name, marks=pytest.mark.long if case.long else ()) for case in CASES]


@pytest.mark.parametrize("case", PARAMETERS)
def test_an_interrupted_run_ends_at_the_same_bits(case: Case, run: Resumable) -> None:
    status, text = case.status, run.interrupted(*case.faults, status=case.status)
    assert re.search(case.said, text.splitlines()[-1] if case.said else ""), text
    if status in (0, KILLED):
        assert (run.folder / "run.json").exists() is (status == 0)
    else:
        check_intact(run, case.incidents)
    if status:
        run.interrupted(status=0)
    run.check()
    assert [re.sub(r"\.tmp\.\d+", ".tmp", line) for line in run.incidents] == case.incidents


def check_intact(run: Resumable, incidents: list[str]) -> None:
    """A process that ended by itself left whole checkpoints, of the step where the next one resumes, and no litter."""
    if not incidents:
        assert list(run.folder.iterdir()) == []
        return
    saved, problems = checkpoint.load(run.folder, {})
    assert (f"resumed at step {saved[1]['step']}", problems) == (incidents[-1], [])
    whole = [f"{slot}{end}" for slot in checkpoint.SLOTS for end in ("", ".sha256")]
    assert {path.name for path in run.folder.iterdir()} <= set(whole)


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


@pytest.mark.parametrize(("when", "name", "step"), [(partial(at_step, 14), OLDER, 10), (at_end, "samples.npy", 20)])
def test_a_disk_that_is_full(when: Callable, name: str, step: int, run: Resumable, small_disk: Path) -> None:
    filler, run.folder = small_disk / "filler", small_disk / "run"
    text = run.interrupted(partial(when, partial(fill_disk, filler)), status=2)
    said = r"error: \[Errno \d+\] No space left on device, writing \d{5} bytes: "
    assert re.fullmatch(said + re.escape(repr(str(run.folder / name))), text.splitlines()[-1])
    check_intact(run, [f"resumed at step {step}"])
    filler.unlink()
    assert run.finish() == [f"resumed at step {step}"]


def test_a_run_killed_when_its_record_is_written_is_finished(run: Resumable) -> None:
    run.interrupted(partial(at_write, "run.json", 1, kill, "renamed"))
    assert list(run.folder.glob("checkpoint-*"))
    written = (run.folder / "run.json").stat().st_mtime_ns
    assert "nothing to do" in run.interrupted(status=0)
    run.check()  # the checkpoints are gone too
    assert (run.folder / "run.json").stat().st_mtime_ns == written


def test_a_run_killed_three_times_in_a_row_ends_at_the_same_bits(run: Resumable) -> None:
    for fault in (partial(at_step, 11, kill), partial(at_write, NEWER, 1, kill, "flushed"), partial(at_step, 22, kill)):
        run.interrupted(fault)
    lines = run.finish()
    assert [line for line in lines if line.startswith("resumed")] == [f"resumed at step {s}" for s in (10, 15, 20)]
    assert len(lines) == 4  # and the litter of the second kill


RANDOM = [(6, 4), *(pytest.param(seed, 20, marks=pytest.mark.long) for seed in range(40))]


@pytest.mark.parametrize(("seed", "kills"), RANDOM)
def test_a_run_killed_at_random_moments_ends_at_the_same_bits(seed: int, kills: int, run: Resumable) -> None:
    rng, met = random.Random(seed), 0
    while met < kills and not (run.folder / "run.json").exists():
        training = run.start(partial(sleep_each_step, 0.05))
        time.sleep(rng.uniform(0.05, 0.9))
        training.process.kill()
        met += training.wait() == KILLED
    assert met >= 2
    run.finish()


def check_resumed_where_stopped(run: Resumable, by: str) -> None:
    stopped, resumed = run.finish()
    assert stopped.removeprefix(f"stopped by {by} at ") == resumed.removeprefix("resumed at ")


def test_a_signal_from_outside_at_any_moment(run: Resumable) -> None:
    """As `timeout`, Slurm or a user sends it."""
    training = run.start(partial(sleep_each_step, 0.05))
    until((run.folder / OLDER).exists, training)
    os.kill(training.process.pid, signal.SIGTERM)
    assert training.wait() == 143
    check_resumed_where_stopped(run, "SIGTERM")


def test_a_limit_of_processor_time(run: Resumable) -> None:
    """The kernel's own signal, and work enough to meet it."""
    run.interrupted(partial(processor_seconds, 1), partial(work_each_step, 0.1), status=128 + signal.SIGXCPU)
    check_resumed_where_stopped(run, "SIGXCPU")


def test_the_handlers_of_before_come_back(run: Resumable, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [signal.getsignal(asking) for asking in ASKING]
    advance = loop._Run.advance
    monkeypatch.setattr(loop._Run, "advance", lambda of: (send(signal.SIGUSR1), advance(of)))
    with pytest.raises(Interrupted, match="stopped by SIGUSR1") as stopped:
        train_block(run.block, run.data, run.folder)
    assert stopped.value.status == 138
    assert [signal.getsignal(asking) for asking in ASKING] == before
    monkeypatch.undo()
    train_block(run.block, run.data, run.folder)
    assert run.incidents == ["stopped by SIGUSR1 at step 1", "resumed at step 1"]
    assert [signal.getsignal(asking) for asking in ASKING] == before


def test_a_thread_that_may_not_handle_signals_trains_all_the_same(run: Resumable) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(train_block, run.block, run.data, run.folder).result()
    run.check()
    assert run.incidents == []
