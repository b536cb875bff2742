"""`modecollapse train` as a real process with a fault at an exact point.

A process is forked from a server that has imported torch (a start takes milliseconds), arms its faults, and runs the
command line. A fault is a function of this file with its arguments, such as `partial(at_step, 20, kill)`.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas  # noqa: F401  # this one and torch._inductor would be loaded in each process, for seconds
import pytest
import torch
import torch._inductor

from modecollapse import cli, files
from modecollapse.study.specs import Block
from modecollapse.training import checkpoint, lock, loop
from modecollapse.training.draws import BatchSampler
from modecollapse.training.engine import Engine
from modecollapse.training.trace import Trace
from modecollapse.training.window import Window

Fault = Callable[[], None]
OUTPUTS = ("samples.npy", "snapshots.npy", "trace.parquet", "weights.safetensors")
CHECKPOINT_EVERY = 5
_IMPORTED_BY = os.getpid()
_server = multiprocessing.get_context("forkserver")
_started: list[Any] = []
_server.set_forkserver_preload(["faults.injected"])


def start_server() -> None:
    """Have torch imported before anything is timed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # which the server does not take over by itself
        process = _server.Process(target=_is_warm)
        process.start()
        process.join(120)
    assert process.exitcode == 0, "the server has not imported this file before it forks"


def _is_warm() -> None:
    sys.exit(os.getpid() == _IMPORTED_BY)


@dataclass
class Training:
    """A process that trains, or did."""

    process: Any
    log: Path
    started: float
    seconds: float = 0.0

    def wait(self) -> int:
        """The exit status; minus the signal's number where one ended the process."""
        self.process.join(120)
        assert self.process.exitcode is not None, f"still running after two minutes:\n{self.text}"
        self.seconds = time.monotonic() - self.started
        return self.process.exitcode

    @property
    def has_ended(self) -> bool:
        return self.process.exitcode is not None

    @property
    def text(self) -> str:
        """What it has written on stderr and stdout."""
        return self.log.read_text(encoding="utf-8")


def start(block: Block, data: Path, folder: Path, *faults: Fault, options: Sequence[str] = ()) -> Training:
    """Start `modecollapse train` on a block, with a checkpoint every five steps and with faults."""
    log = data.parent / f"{time.monotonic_ns()}.log"  # not beside the folder, whose disk may be full
    arguments = ["train", block.model_dump_json(), "--data", str(data), "--out", str(folder), *options]
    log.touch()
    process = _server.Process(target=_child, args=(arguments, log, faults))
    started = time.monotonic()
    process.start()
    _started.append(process)
    return Training(process, log, started)


def kill_all() -> None:
    """End what a failed test has left behind."""
    while _started:
        process = _started.pop()
        process.kill()
        process.join()


def train(block: Block, data: Path, folder: Path, *faults: Fault, options: Sequence[str] = ()) -> tuple[int, Training]:
    """`start`, and wait for the exit status."""
    training = start(block, data, folder, *faults, options=options)
    return training.wait(), training


def _child(arguments: list[str], log: Path, faults: Sequence[Fault]) -> None:
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    sys.argv = ["modecollapse", *arguments]
    checkpoint_every(CHECKPOINT_EVERY)
    for fault in faults:
        fault()
    cli.main()


# --- when ---


def checkpoint_every(steps: int) -> None:
    """Checkpoints are due after so many steps, whatever the clock says."""

    def before(run: loop._Run) -> None:
        run._last_checkpoint = -math.inf if (run.step + 1) % steps == 0 else math.inf

    _before(loop._Run, "advance", before)


def at_step(step: int, act: Fault) -> None:
    """When so many steps are done and the next one is about to begin."""
    _before(loop._Run, "advance", lambda run: act() if run.step == step else None)


def at_pretraining_step(step: int, act: Fault) -> None:
    """Before the so many-th step of the pretraining, counted from 1."""
    calls = count(1)
    _before(Engine, "step", lambda _: act() if next(calls) == step else None)


def at_end(act: Fault) -> None:
    """When all steps are done, before the first file is written."""
    _before(loop._Run, "finish", lambda _: act())


def at_write(name: str, nth: int, act: Fault, moment: str) -> None:
    """At the `nth` write of a file: its temporary file is on the disk (`flushed`), or has the name (`renamed`)."""
    write, seen, place, replace = files.write_bytes, [], os.fsync, os.replace

    def counted(path: Path, data: bytes) -> str:
        seen.append(Path(path).name)
        return write(path, data)

    def due(target: Path) -> bool:
        return Path(target).name == name and seen.count(name) == nth

    def renaming(source: Path, target: Path) -> None:
        if due(target) and moment == "flushed":
            act()
        replace(source, target)
        if due(target) and moment == "renamed":
            act()

    def flushing(descriptor: int) -> None:
        if moment == "half" and seen and due(Path(seen[-1])):
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
            act()
        place(descriptor)

    files.write_bytes, os.replace, os.fsync = counted, renaming, flushing


# --- what ---


def send(*signals: signal.Signals) -> None:
    """Signals to the process itself."""
    for number in signals:
        os.kill(os.getpid(), number)


kill = partial(send, signal.SIGKILL)


def pause(flag: Path) -> None:
    """Say by a file that the point is reached, and stay there until it is gone; two minutes at most."""
    flag.touch()
    end = time.monotonic() + 120
    while flag.exists() and time.monotonic() < end:
        time.sleep(0.02)


def sleep_each_step(seconds: float) -> None:
    """Slower steps, so that a signal at a random moment finds one."""
    _before(loop._Run, "advance", lambda _: time.sleep(seconds))


def work_each_step(seconds: float) -> None:
    """Steps that cost more processor time."""

    def work(_: loop._Run) -> None:
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    _before(loop._Run, "advance", work)


def ignore(number: signal.Signals) -> None:
    """As `nohup` and shells do for their background jobs."""
    signal.signal(number, signal.SIG_IGN)


def largest_file(size: int) -> None:
    """A disk that takes files of so many bytes and no larger ones."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def fill_disk(filler: Path) -> None:
    """Write zeros until the disk has no room for another page."""
    with open(filler, "wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(4096))


def more_memory(size: int) -> None:
    """So many bytes of address space on top of what is used now, and no more."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + size, used + size))


def processor_seconds(seconds: int) -> None:
    """The kernel's own SIGXCPU after so many seconds of processor time."""
    used = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, used + seconds + 60))


def no_locks(error: int) -> None:
    """A file system whose flock fails."""

    def refuse(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    lock.fcntl.flock = refuse


def draw_from_global_generators(seed: int) -> None:
    """Other libraries' randomness, seeded otherwise and read at every step."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    _before(loop._Run, "advance", lambda _: (random.random(), np.random.rand(), torch.rand(seed % 7 + 1)))


def unstorable_facts() -> None:
    """From now on the facts of a checkpoint hold an object that JSON has no word for."""
    loop._Run._seconds = lambda run: {"wall": object()}


def another_torch() -> None:
    """torch says that it has another version."""
    torch.__version__ = "1.0.0"


def more_threads() -> None:
    """torch says that it uses another number of threads."""
    torch.get_num_threads = lambda: 2


def infinite_gradient(step: int, seed_index: int) -> None:
    """One infinite gradient of the generator of one seed, in one step."""
    move, calls = Engine._move, count(1)

    def spoilt(engine: Engine, update: Any) -> None:
        if next(calls) == step * 2:  # D, then G
            next(iter(engine.parameters["G"].values())).grad[seed_index].view(-1)[0] = math.inf
        move(engine, update)

    Engine._move = spoilt


def nan_loss(step: int, seed_index: int) -> None:
    """A loss of one seed that is NaN in one step, and gradients with it."""
    losses, calls = Engine._losses, count(1)

    def spoilt(engine: Engine, *arguments: Any) -> tuple[torch.Tensor, dict]:
        found, aux = losses(engine, *arguments)
        if next(calls) == step * 2:
            found = found * torch.ones(len(found)).index_fill(0, torch.tensor(seed_index), math.nan)
        return found, aux

    Engine._losses = spoilt


# --- a checkpoint that lacks a part of the state, as the negative controls need it ---


def forget(start: str) -> None:
    """The tensors whose names begin so are zero."""
    load = checkpoint.load

    def changed(*arguments: Any) -> Any:
        (tensors, facts), problems = load(*arguments)
        zeroed = {name: 0 * value if name.startswith(start) else value for name, value in tensors.items()}
        return (zeroed, facts), problems

    checkpoint.load = changed


def forget_streams() -> None:
    """Every stream of random numbers starts anew."""
    BatchSampler.restore = lambda sampler, state: None


def forget_window() -> None:
    """The means since the last evaluation lose their steps."""
    Window.restore = lambda window, state: None


def forget_trace() -> None:
    """The rows of the last evaluation are lost."""
    read = Trace.from_bytes

    def shorter(data: bytes) -> Trace:
        trace = read(data)
        last = trace._rows[-1]["step"]
        trace._rows = [row for row in trace._rows if row["step"] < last]
        return trace

    Trace.from_bytes = shorter


def _before(owner: Any, name: str, act: Callable[[Any], None]) -> None:
    original = getattr(owner, name)

    def wrapped(self: Any, *arguments: Any) -> Any:
        act(self)
        return original(self, *arguments)

    setattr(owner, name, wrapped)
