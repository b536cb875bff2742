"""A lock by which one process at a time trains in a run folder; the kernel frees it however its holder ends.

The lock is an flock on a file in the folder. Its holder removes the file at the end, so that a finished run folder
holds only the run's files. Removing is safe because a lock counts only while the locked file is the one at the path:
a process that has locked a removed file sees another file there, or none, and tries again.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from modecollapse.errors import StudyError
from modecollapse.training.interrupts import Interrupts

logger = logging.getLogger(__name__)
NAME = "training.lock"
SECONDS_BETWEEN_TRIES = 0.5
SECONDS_BETWEEN_LINES = 15.0


@contextmanager
def held(folder: Path, wait: bool, interrupts: Interrupts) -> Iterator[None]:
    """Hold the lock of a run folder, which is made where it is missing.

    While another process holds it: StudyError that names the holder or, with `wait`, a logged line every few seconds
    until it is free. Raises StudyError where the file system has no locks, Interrupted by a signal while waiting.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    descriptor = _locked(path)
    if descriptor is None and not wait:
        raise StudyError(
            f"{folder}: is being trained in by {_holder(path)}; allowed: one process at a time, so end that one, or "
            "wait for it with --wait"
        )
    descriptor = _wait(path, interrupts) if descriptor is None else descriptor
    try:
        _sign(descriptor)
        yield
    finally:
        if _is_at(descriptor, path):
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _wait(path: Path, interrupts: Interrupts) -> int:
    last_line = -SECONDS_BETWEEN_LINES
    while (descriptor := _locked(path)) is None:
        if time.monotonic() - last_line >= SECONDS_BETWEEN_LINES:
            last_line = time.monotonic()
            logger.info("%s: waiting for %s, which trains there", path.parent, _holder(path))
        time.sleep(SECONDS_BETWEEN_TRIES)
        if interrupts.asked:
            interrupts.stop(f"while waiting for another process to leave {path.parent}")
    return descriptor


def _locked(path: Path) -> int | None:
    """A descriptor of the file at `path` that holds its lock; None while another process does."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # some network file systems say the latter
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            if error.errno == errno.ESTALE:
                continue  # NFS: its holder, on another node, has removed it since it was opened
            raise StudyError(
                f"{path.parent}: its file system cannot lock files ({error.strerror}); allowed: a results folder on "
                "one that can (NFS 4; Lustre mounted with the option flock)"
            ) from None
        if _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is still the one at `path`, which is opened again because NFS asks its server only then."""
    try:
        there = os.open(path, os.O_RDONLY)
        try:
            return os.path.samestat(os.fstat(descriptor), os.fstat(there))
        finally:
            os.close(there)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ESTALE):  # it was removed; ESTALE is NFS's word for that
            return False
        raise


def _sign(descriptor: int) -> None:
    """Write into the locked file which process holds it, for the message to another one."""
    holder = {"host": socket.gethostname(), "pid": os.getpid(), "job": os.environ.get("SLURM_JOB_ID")}
    with suppress(OSError):  # a full disk: the lock holds all the same
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        job = f" (Slurm job {holder['job']})" if holder["job"] else ""
        return f"process {holder['pid']} on {holder['host']}{job}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"  # it has not signed yet, or could not
