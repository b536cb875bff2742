"""Training again: each block in a process of its own, several at a time, and none left behind however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from modecollapse import files
from modecollapse.study.catalogue import PACKAGE
from modecollapse.study.specs import Block, DatasetSpec

SECONDS_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit status (below zero: the signal), its wall time, and the last line it wrote."""

    status: int
    seconds: float
    said: str


def data_command(spec: DatasetSpec, out: Path) -> list[str]:
    """Make a data file; what is to be made goes through a file beside it, for it may be long."""
    files.write_text(out.with_suffix(".json"), spec.model_dump_json())
    return [*_program(), "data", str(out.with_suffix(".json")), "--out", str(out)]


def train_command(block: Block, data: Path, out: Path, device: str) -> list[str]:
    """Train a block into the folder `out`."""
    told = out.with_name(f"{out.name}.json")
    files.write_text(told, block.model_dump_json())
    return [*_program(), "train", str(told), "--data", str(data), "--out", str(out), "--device", device]


def run_all(commands: Mapping[str, list[str]], folder: Path) -> dict[str, Ended]:
    """Run commands, as many at a time as there are processors, to their ends; their logs go into `folder`.

    On a terminal what they write is shown. Whatever ends this early (Ctrl-C, an error) kills all of them.
    """
    waiting, ended = list(commands), {}
    running: dict[str, _Process] = {}
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                name = waiting.pop(0)
                running[name] = _Process(commands[name], folder / f"{len(waiting)}.log")
            for name in [name for name, process in running.items() if process.has_ended()]:
                ended[name] = running.pop(name).end()
            time.sleep(SECONDS_BETWEEN_LOOKS)
    finally:
        for process in running.values():
            process.kill()
    return {name: ended[name] for name in commands}


@contextmanager
def cleaning_up() -> Iterator[None]:
    """SIGTERM, which ends Python at once, raises here as Ctrl-C does, so that what must be cleaned up is."""
    if threading.current_thread() is not threading.main_thread():  # where Python handles no signals
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass
class _Process:
    command: list[str]
    log: Path
    began: float = field(default_factory=time.monotonic)
    shown: int = 0  # bytes of the log

    def __post_init__(self) -> None:
        with open(self.log, "wb") as stream:
            # A session of its own: Ctrl-C reaches the audit alone, and killing the group reaches whom it started.
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=_environment(),
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Whether it has; shows what it wrote meanwhile."""
        over = self.process.poll() is not None
        if sys.stderr.isatty():
            with open(self.log, "rb") as stream:
                stream.seek(self.shown)
                new = stream.read()
            self.shown += len(new)
            sys.stderr.write(new.decode(errors="replace"))
            sys.stderr.flush()
        return over

    def end(self) -> Ended:
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return Ended(self.process.returncode, time.monotonic() - self.began, said)

    def kill(self) -> None:
        """With all it started, and at once: nothing it could save is wanted."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _program() -> list[str]:
    """`modecollapse` of this Python; -P, so that a folder of that name where the audit is started is not run."""
    return [sys.executable, "-P", "-m", "modecollapse"]


def _environment() -> dict[str, str]:
    """With this package before any other that is installed."""
    paths = [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _stop(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)
