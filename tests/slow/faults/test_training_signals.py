"""Signals that ask to stop: a checkpoint at a step boundary, a line on the log, and an exit status that says which."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from faults.injected import (
    at_pretraining_step,
    at_step,
    at_write,
    ignore,
    processor_seconds,
    send,
    sleep_each_step,
    work_each_step,
)
from faults.outcomes import STEPS, Resumable

from modecollapse.training import checkpoint, loop
from modecollapse.training.interrupts import ASKING, Interrupted
from modecollapse.training.loop import train_block

GOES_ON = "the same command goes on from there"


@pytest.mark.parametrize("asking", ASKING)
def test_a_signal_stops_a_run_after_the_step_with_a_checkpoint(
    asking: signal.Signals, run: Resumable, fault_log: Callable
) -> None:
    status, text = run.train(partial(at_step, 8, partial(send, asking)))
    assert status == 128 + asking
    assert text.splitlines()[-1].endswith(f"stopped by {asking.name} at step 9 of {STEPS}: {GOES_ON}")
    assert not (run.folder / "training.lock").exists()
    assert run.finish() == [f"stopped by {asking.name} at step 9", "resumed at step 9"]
    fault_log("3", f"{asking.name} in a step", f"exit {status}; resumed, equal bits", run.lost)


def test_a_signal_before_the_first_step_is_obeyed_at_once(run: Resumable) -> None:
    status, _ = run.train(partial(at_pretraining_step, 5, partial(send, signal.SIGTERM)))
    assert status == 143
    assert run.finish() == ["stopped by SIGTERM at step 0", "resumed at step 0"]


def test_a_signal_in_the_pretraining_stops_it_with_nothing_to_save(run: Resumable, fault_log: Callable) -> None:
    status, text = run.train(partial(at_pretraining_step, 3, partial(send, signal.SIGTERM)))
    assert status == 143
    said = "stopped by SIGTERM at pretraining step 3 of 5: nothing saved, the same command begins anew"
    assert text.splitlines()[-1].endswith(said)
    assert list(run.folder.iterdir()) == []
    assert run.finish() == []
    fault_log("3", "SIGTERM in the pretraining", "exit 143; begun anew, equal bits", run.lost)


def test_a_signal_in_the_last_step_lets_the_run_end(run: Resumable, fault_log: Callable) -> None:
    assert run.finish(partial(at_step, STEPS - 1, partial(send, signal.SIGTERM))) == []
    fault_log("3", "SIGTERM in the last step", "finished, exit 0")


@pytest.mark.parametrize("moment", ["flushed", "renamed"])
def test_more_signals_while_the_checkpoint_is_written_tear_nothing(
    moment: str, run: Resumable, fault_log: Callable
) -> None:
    first = partial(at_step, 7, partial(send, signal.SIGTERM))
    more = partial(send, signal.SIGINT, signal.SIGTERM, signal.SIGTERM)
    status, _ = run.train(first, partial(at_write, checkpoint.SLOTS[0], 2, more, moment))
    assert status == 143
    saved, problems = checkpoint.load(run.folder, {})
    assert (saved[1]["step"], problems) == (8, [])
    assert run.finish() == ["stopped by SIGTERM at step 8", "resumed at step 8"]
    fault_log("3", f"three more signals in the checkpoint write ({moment})", "exit 143; resumed, equal bits", run.lost)


def test_a_signal_from_outside_at_any_moment(run: Resumable, fault_log: Callable) -> None:
    """As `timeout`, Slurm or a user sends it."""
    training = run.start(partial(sleep_each_step, 0.05))
    while not (run.folder / checkpoint.SLOTS[1]).exists():
        time.sleep(0.02)
    os.kill(training.process.pid, signal.SIGTERM)
    assert training.wait() == 143
    run.seconds += training.seconds
    stopped, resumed = run.finish()
    step = re.fullmatch(r"stopped by SIGTERM at step (\d+)", stopped)[1]
    assert resumed == f"resumed at step {step}"
    fault_log("16", "SIGTERM from outside, as at a time limit", "exit 143; resumed, equal bits", run.lost)


def test_a_limit_of_processor_time(run: Resumable, fault_log: Callable) -> None:
    """The kernel's own signal, and work enough to meet it."""
    status, text = run.train(partial(processor_seconds, 1), partial(work_each_step, 0.1))
    assert status == 128 + signal.SIGXCPU, text
    stopped, resumed = run.finish()
    assert re.fullmatch(r"stopped by SIGXCPU at step \d+", stopped)
    fault_log("16", "RLIMIT_CPU", f"exit {status}; resumed, equal bits", run.lost)


def test_a_signal_that_the_surroundings_ignore_stays_ignored(run: Resumable, fault_log: Callable) -> None:
    interrupt = partial(at_step, 8, partial(send, signal.SIGINT))
    assert run.finish(partial(ignore, signal.SIGINT), interrupt) == []
    fault_log("3", "SIGINT where it is ignored, as after nohup", "goes on")


def test_the_handlers_of_before_come_back(run: Resumable, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [signal.getsignal(asking) for asking in ASKING]
    advance = loop._Run.advance

    def interrupted(of: loop._Run) -> None:
        send(signal.SIGUSR1)
        advance(of)

    monkeypatch.setattr(loop._Run, "advance", interrupted)
    with pytest.raises(Interrupted, match="stopped by SIGUSR1") as stopped:
        train_block(run.block, run.data, run.folder)
    assert stopped.value.status == 138
    assert [signal.getsignal(asking) for asking in ASKING] == before
    monkeypatch.undo()
    train_block(run.block, run.data, run.folder)
    assert run.incidents == ["stopped by SIGUSR1 at step 1", "resumed at step 1"]
    assert [signal.getsignal(asking) for asking in ASKING] == before


def test_a_thread_that_may_not_handle_signals_trains_all_the_same(run: Resumable) -> None:
    thread = threading.Thread(target=train_block, args=(run.block, run.data, run.folder))
    thread.start()
    thread.join()
    run.check()
