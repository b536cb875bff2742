"""Training again: each block in a process of its own, several at a time, and none left behind however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from modecollapse import files
from modecollapse.study.catalogue import PACKAGE
from modecollapse.study.specs import Block, DatasetSpec

# `modecollapse` of this Python; -P, so that a folder of that name in the working directory is not run.
PROGRAM = (sys.executable, "-P", "-m", "modecollapse")


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit status (below zero: the signal), its wall time, and the last line it wrote."""

    status: int
    seconds: float
    last_line: str


def data_command(spec: DatasetSpec, out: Path) -> list[str]:
    """The command that makes a data file, from a specification that is written beside it."""
    files.write_text(out.with_suffix(".json"), spec.model_dump_json())
    return [*PROGRAM, "data", str(out.with_suffix(".json")), "--out", str(out)]


def train_command(block: Block, data: Path, out: Path, device: str, execution: str) -> list[str]:
    """The command that trains a block into the folder `out`, from a specification that is written beside it."""
    specification = out.with_name(f"{out.name}.json")
    files.write_text(specification, block.model_dump_json())
    how = ["--device", device, "--execution", execution]
    return [*PROGRAM, "train", str(specification), "--data", str(data), "--out", str(out), *how]


def run_all(commands: Mapping[str, list[str]]) -> dict[str, Ended]:
    """Run commands to their ends, as many at a time as there are processors; on a terminal their output is shown.

    Whatever ends this early (Ctrl-C, an error) kills all of them and the processes that they started.
    """
    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH", ""))))
    started: list[subprocess.Popen[str]] = []
    stopping = threading.Event()

    def run(command: list[str]) -> Ended:
        began, last_line = time.monotonic(), ""
        # A session of its own: Ctrl-C reaches the audit alone, and killing the group reaches whatever it started.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )
        started.append(process)
        if stopping.is_set():
            _kill(process)
        with process:
            for line in process.stdout or ():
                last_line = line.strip() or last_line
                if sys.stderr.isatty():
                    print(line, end="", file=sys.stderr)
        return Ended(process.returncode, time.monotonic() - began, last_line)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            return dict(zip(commands, pool.map(run, commands.values()), strict=True))
        finally:
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            for process in started:
                _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a process with all that it started, at once: nothing that it could save is wanted."""
    if process.returncode is None:
        with suppress(ProcessLookupError):  # it has just ended
            os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def cleaning_up() -> Iterator[None]:
    """SIGTERM, which ends Python at once, raises here as Ctrl-C does, so that temporary files are removed."""
    if threading.current_thread() is not threading.main_thread():  # where Python handles no signals
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
