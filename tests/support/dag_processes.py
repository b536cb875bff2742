"""A workflow that runs beside the test, its training jobs caught in the middle, and its results compared."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
from dag_copy import CONFIGURATION, RESULTS, SECONDS, command, environment

from modecollapse.training import lock

TABLES = ("summarise", "compare", "judge")  # rules that lead to all tables, without figures and PDF
RUN_FILES = ("samples.npy", "snapshots.npy", "trace.parquet", "weights.safetensors")


class Head:
    """A `snakemake` that runs in a copy of the repository, in a session of its own, and what it printed."""

    def __init__(self, folder: Path, called: list[str], surroundings: dict[str, str]) -> None:
        self._printed = folder / f"head-{time.monotonic_ns()}.log"
        with open(self._printed, "wb") as stream:
            self._process = subprocess.Popen(
                called, cwd=folder, env=surroundings, stdout=stream, stderr=stream, start_new_session=True
            )

    def send(self, sent: signal.Signals, everyone: bool = False) -> None:
        """A signal to the head alone, or to all of its processes as a terminal's Ctrl-C does."""
        (os.killpg if everyone else os.kill)(self._process.pid, sent)

    def end(self) -> int:
        """Its exit status; negative where a signal ended it."""
        return self._process.wait(SECONDS)

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def text(self) -> str:
        return self._printed.read_text(errors="replace")


@contextmanager
def head(folder: Path, *arguments: str, cores: int = 2) -> Iterator[Head]:
    """A running `snakemake`; whatever of its session is still there afterwards is killed.

    Targets go before options, which may take them for their values.
    """
    running = Head(folder, command(*arguments, "--configfile", CONFIGURATION, cores=cores), environment(folder))
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            running.send(signal.SIGKILL, everyone=True)
        running.end()


def without_runs(folder: Path) -> Path:
    """The finished study without its runs and what was made of them, so that all of it is made again."""
    for part in ("runs", "measures/matched", "tables"):
        shutil.rmtree(folder / RESULTS / part)
    return folder


def until(happened: Callable[[], object], running: Any, every: float = 0.02) -> None:
    """Wait for something that happens while a process, which `has_ended` or not and has printed a `text`, runs."""
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert not running.has_ended, running.text
        assert time.monotonic() < deadline, running.text
        time.sleep(every)


def trainers(folder: Path, running: Head, count: int) -> list[int]:
    """The processes of `count` training jobs, stopped as soon as each has the lock of its run folder."""
    caught: dict[Path, int] = {}

    def stopped() -> bool:
        for path in set((folder / RESULTS / "runs").glob(f"*/*/*/*/{lock.NAME}")) - caught.keys():
            pid = _holder(path)
            if pid:
                os.kill(pid, signal.SIGSTOP)
                caught[path] = pid
        return len(caught) >= count

    until(stopped, running, every=0.002)
    for path in caught:
        assert path.exists(), f"{path}: training was over before it could be stopped"
        assert not (path.parent / "run.json").exists()
    return list(caught.values())


def is_alive(pid: int) -> bool:
    """Whether a process runs or is stopped; one that has ended and was not asked for its status is not alive."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def contents(folder: Path) -> dict[str, str]:
    """Path and digest of what must be the same whatever happened on the way: tables, measures, what runs wrote.

    The measures and tables in Parquet are read, so that it is their rows that are compared.
    """
    results = folder / RESULTS
    found = {path: _digest(path.read_bytes()) for path in results.glob("tables/*.csv")}
    found |= {path: _rows(path) for part in ("tables", "measures") for path in (results / part).rglob("*.parquet")}
    found |= {path: _digest(path.read_bytes()) for name in RUN_FILES for path in (results / "runs").rglob(name)}
    return {str(path.relative_to(results)): digest for path, digest in found.items()}


def litter(folder: Path) -> list[str]:
    """Files of run folders that a finished run does not have: locks, checkpoints, half-written files."""
    kept = {*RUN_FILES, "run.json"}
    return [str(path) for path in (folder / RESULTS / "runs").rglob("*") if path.is_file() and path.name not in kept]


def _rows(path: Path) -> str:
    return _digest(pd.read_parquet(path).to_csv(index=False, float_format="%.17g").encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _holder(path: Path) -> int | None:
    """Who has a lock; None where it is gone again or not signed yet."""
    try:
        return json.loads(path.read_text())["pid"]
    except (OSError, ValueError):
        return None
