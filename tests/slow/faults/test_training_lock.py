"""Two processes and one run folder: only one trains, and however it ends, the bits are those of one process alone."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dag_processes import until
from faults.injected import OUTPUTS, Training, at_step, at_write, no_locks, pause
from faults.outcomes import KILLED, Resumable

from modecollapse.errors import StudyError
from modecollapse.training import lock
from modecollapse.training.interrupts import Interrupts


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    """A file that is there while the first process stays at its point."""
    return tmp_path / "flag"


def first_at_step(run: Resumable, flag: Path, step: int = 12) -> Training:
    """A process that trains in the folder and stays before a step."""
    training = run.start(partial(at_step, step, partial(pause, flag)))
    until(flag.exists, training)
    return training


def waiting(run: Resumable, first: Training) -> Training:
    """A second process, which has said that it waits for the first."""
    second = run.start(options=("--wait",))
    said = f"{run.folder}: waiting for process {first.process.pid} on {socket.gethostname()}, which trains there"
    until(lambda: said in second.text, second)
    return second


def check_finished(run: Resumable, *incidents: str) -> None:
    """The folder holds the bits of one process alone, and the record these incidents."""
    run.check()
    assert run.incidents == [*incidents]


def test_a_second_process_is_refused_and_told_who_trains(run: Resumable, flag: Path) -> None:
    first = first_at_step(run, flag)
    before = {path: path.read_bytes() for path in run.folder.iterdir()}
    assert run.interrupted(status=2).splitlines() == [
        f"error: {run.folder}: is being trained in by process {first.process.pid} on {socket.gethostname()}; allowed: "
        "one process at a time, so end that one, or wait for it with --wait"
    ]
    assert {path: path.read_bytes() for path in run.folder.iterdir()} == before
    flag.unlink()
    assert first.wait() == 0
    check_finished(run)


def test_a_process_that_waits_finds_nothing_left_to_do(run: Resumable, flag: Path) -> None:
    first = first_at_step(run, flag)
    second = waiting(run, first)
    flag.unlink()
    assert first.wait() == 0
    written = (run.folder / "run.json").read_bytes()
    assert second.wait() == 0
    assert second.text.count("\n") == 2, second.text  # it waits, and it has nothing to do
    assert "is finished and its files are intact, so there is nothing to do" in second.text
    assert (run.folder / "run.json").read_bytes() == written
    check_finished(run)


STOPS = [(signal.SIGKILL, KILLED, ["resumed at step 10"])]
STOPS += [(signal.SIGTERM, 143, ["stopped by SIGTERM at step 13", "resumed at step 13"])]


@pytest.mark.parametrize(("sent", "status", "incidents"), STOPS)
def test_a_process_that_waits_takes_over(
    sent: signal.Signals, status: int, incidents: list[str], run: Resumable, flag: Path
) -> None:
    """So a killed holder's lock is free at once, although its file is still there."""
    first = first_at_step(run, flag)
    second = waiting(run, first)
    os.kill(first.process.pid, sent)
    flag.unlink()
    assert (first.wait(), second.wait()) == (status, 0), second.text
    check_finished(run, *incidents)


def test_a_process_that_waits_heals_what_the_workflow_removed_under_the_first(run: Resumable, flag: Path) -> None:
    """A restarted head removes outputs of the incomplete job while its orphan still writes them."""
    first = run.start(partial(at_write, "trace.parquet", 1, partial(pause, flag), "renamed"))
    until(flag.exists, first)
    second = waiting(run, first)
    for name in OUTPUTS:
        (run.folder / name).unlink(missing_ok=True)
    flag.unlink()
    assert (first.wait(), second.wait()) == (2, 0), second.text
    check_finished(run, "resumed at step 20")


def test_a_signal_ends_the_waiting(run: Resumable, flag: Path) -> None:
    first = first_at_step(run, flag)
    second = waiting(run, first)
    os.kill(second.process.pid, signal.SIGTERM)
    assert second.wait() == 143
    said = f"stopped by SIGTERM while waiting for another process to leave {run.folder}"
    assert second.text.splitlines()[-1].endswith(said)
    flag.unlink()
    assert first.wait() == 0
    check_finished(run)


def test_processes_that_start_at_once_train_once(run: Resumable) -> None:
    """Whoever comes first trains; nobody is lost and nothing is written twice."""
    every = [run.start(options=("--wait",)) for _ in range(4)]
    assert [training.wait() for training in every] == [0] * 4
    assert sum("step 24 of 24" in training.text for training in every) == 1
    assert sum("nothing to do" in training.text for training in every) == 3
    check_finished(run)


@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_refused_in_one_line(error: int, run: Resumable) -> None:
    assert run.interrupted(partial(no_locks, error), status=2).splitlines() == [
        f"error: {run.folder}: its file system cannot lock files ({os.strerror(error)}); allowed: a results folder on "
        "one that can (NFS 4; Lustre mounted with the option flock)"
    ]


def test_a_lock_file_that_nobody_signed_is_no_obstacle(run: Resumable) -> None:
    """A holder killed between its lock and its signature leaves an empty file."""
    run.folder.mkdir()
    (run.folder / lock.NAME).touch()
    assert lock._holder(run.folder / lock.NAME) == "another process"
    assert run.finish() == []


def test_a_lock_names_the_slurm_job_and_leaves_a_file_alone_that_somebody_has_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    raised = pytest.raises(StudyError, match=rf"by process {os.getpid()} on \S+ \(Slurm job 4711\); allowed")
    with Interrupts() as interrupts, lock.held(tmp_path, False, interrupts):
        with raised, lock.held(tmp_path, False, interrupts):
            pytest.fail("two hold the lock")
        (tmp_path / lock.NAME).unlink()
        (tmp_path / lock.NAME).write_text("another's")
    assert (tmp_path / lock.NAME).read_text() == "another's"


# What happens between the opening and the locking of the file here: its holder, perhaps on another node, removes it.
@pytest.mark.parametrize("race", ["removed and made anew", "stale at flock", "stale at fstat"])
def test_a_lock_on_a_file_that_was_removed_does_not_count(
    race: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race that makes removing lock files unsafe elsewhere, and how NFS reports it."""
    where, call = (lock.os, "fstat") if race == "stale at fstat" else (lock.fcntl, "flock")
    real, met = getattr(where, call), []

    def once(*arguments: Any) -> Any:
        if not met:
            met.append(os.stat(tmp_path / lock.NAME).st_ino)
            if race.startswith("stale"):
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
            (tmp_path / lock.NAME).rename(tmp_path / "removed")  # so that its number is not given again
            (tmp_path / lock.NAME).touch()
        return real(*arguments)

    monkeypatch.setattr(where, call, once)
    with Interrupts() as interrupts, lock.held(tmp_path, False, interrupts):
        assert race.startswith("stale") or (tmp_path / lock.NAME).stat().st_ino != met[0]
        assert met
        assert json.loads((tmp_path / lock.NAME).read_text())["pid"] == os.getpid()
    assert not (tmp_path / lock.NAME).exists()
