"""The time that is left, by a clock of our own, and what the terminal shows of the records of Snakemake 9.27."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snakemake.logging import DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent

from modecollapse.study.progress import BELIEVED, MOST, STARTING, Terminal, TimeLeft, in_words, rule_seconds, stage_of

COMMAND = "python -m modecollapse train '{\"cell\": ...}'"
RAISED = f"RuleException:\nCalledProcessError in file \"train.smk\", line 34:\nCommand '{COMMAND}' "
STOPPED = "18:35:05 stopped by SIGINT at step 1337 of 4000: the same command goes on from there\n"
UNSAID = "WorkflowError:\nAt least one job did not complete successfully."


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_jobs_beside_each_other_share_the_cores_and_the_last_ones_wait() -> None:
    assert TimeLeft({1: 100, 2: 50, 3: 50, 9: 10}, alone={9}, at_once=2).left() == 110
    assert TimeLeft({1: 100, 2: 10}, alone=set(), at_once=4).left() == 100  # the longest has to end
    assert TimeLeft({}, alone=set(), at_once=2).left() == 0
    assert STARTING <= rule_seconds("seal", 10) < rule_seconds("seal", 1000)
    assert list(map(stage_of, ("figures_ring", "invert_controls"))) == ["figures", "invert_controls"]


def test_a_running_job_needs_less_and_a_finished_one_nothing() -> None:
    clock = Clock()
    left = TimeLeft({1: 100, 2: 100}, alone=set(), at_once=1, clock=clock)
    left.started(1)
    clock.now = 40
    assert left.left() == 160
    left.started(1)  # it begins again
    assert left.left() == 200
    clock.now = 140
    left.finished(1)
    assert left.left() == 100
    left.finished(7)  # one of another rule
    assert left.left() == 100


def test_jobs_that_take_longer_than_estimated_raise_what_is_left() -> None:
    clock = Clock()
    left = TimeLeft({1: 60, 2: 100}, alone=set(), at_once=1, clock=clock)
    left.started(1)
    clock.now = 180
    assert left.left() == 100  # over its estimate, but never less than nothing
    left.finished(1)
    assert left.left() == pytest.approx(100 * (BELIEVED + 180) / (BELIEVED + 60))


@given(st.dictionaries(st.integers(0, 20), st.floats(0, 1e6), max_size=8), st.integers(1, 8))
def test_more_cores_never_take_longer(seconds: dict[int, float], at_once: int) -> None:
    alone = {job for job in seconds if job % 3 == 0}
    slow, fast = (TimeLeft(dict(seconds), alone, cores).left() for cores in (at_once, at_once + 1))
    assert 0 <= fast <= slow <= sum(seconds.values()) * (1 + 1e-9)


WORDS = {0: "less than a minute", 45: "about a minute", 120: "about 2 minutes", 6000: "about 100 minutes"}


def test_the_time_in_words() -> None:
    assert {seconds: in_words(seconds) for seconds in [*WORDS, 9000]} == WORDS | {9000: "about 2.5 hours"}


def record(message: str, event: LogEvent | None = None, **facts: Any) -> logging.LogRecord:
    made = logging.LogRecord("snakemake", logging.ERROR, "", 0, message, None, None)
    made.__dict__.update(facts, event=event)
    return made


def error(log: Path | None, said: str | None = None) -> logging.LogRecord:
    facts = {"rule_name": "train", "rule_msg": said, "jobid": 8, "input": ["ring.npz"], "output": ["run.json"]}
    facts |= {"log": [str(log)] if log else [], "conda_env": None, "shellcmd": COMMAND, "aux": {}, "indent": False}
    return record("Error in rule train, jobid: 8", LogEvent.JOB_ERROR, **facts)


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(DefaultFormatter(show_failed_logs=True), TimeLeft({1: 600.0, 2: 600.0}, set(), 2))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "seeds-0-1.log"


def test_ctrl_c_is_one_line_a_job(terminal: Terminal, log: Path) -> None:
    log.write_text("18:35:00 step 927 of 4000\n" + STOPPED)
    said = terminal.format(record("Terminating processes on user request, this might take some time."))
    assert said == "Stopping: a job that trains saves where it is."
    assert terminal.format(record(RAISED + "returned non-zero exit status 130.", LogEvent.ERROR)) == ""
    line = "stopped by SIGINT at step 1337 of 4000: the same command goes on from there"
    assert terminal.format(error(log)) == f"train ({log}): {line}"
    assert terminal.format(record(UNSAID, LogEvent.ERROR)) == ""


@pytest.mark.parametrize("content", ["", "Aborted.\n", "  File x\nKeyboardInterrupt\n", None])
def test_ctrl_c_where_nothing_is_saved(terminal: Terminal, log: Path, content: str | None) -> None:
    if content is not None:
        log.write_text(content)
    terminal.format(record("Terminating processes on user request, this might take some time."))
    assert terminal.format(error(log)) == f"train ({log}): stopped; the same command takes it up again"


def test_a_job_that_is_stopped_alone_or_by_its_shell_is_told_as_stopped(terminal: Terminal, log: Path) -> None:
    log.write_text(STOPPED.replace("SIGINT", "SIGTERM"))
    assert terminal.format(error(log)).startswith(f"train ({log}): stopped by SIGTERM at step 1337")
    assert terminal.format(record(UNSAID, LogEvent.ERROR)) == UNSAID  # an error of Snakemake's own stays as it is
    log.write_text("18:35:00 step 927 of 4000\n")
    terminal.format(record(RAISED + "died with <Signals.SIGTERM: 15>.", LogEvent.ERROR))
    assert terminal.format(error(log)) == f"train ({log}): stopped; the same command takes it up again"


def test_a_failure_is_one_line_with_its_reason(terminal: Terminal, log: Path) -> None:
    log.write_text("loading\nerror: ring.npz: is of other options; allowed: a data file of ring\n\n")
    assert terminal.format(record(RAISED + "returned non-zero exit status 2.", LogEvent.ERROR)) == ""
    reason = "ring.npz: is of other options; allowed: a data file of ring; exit status 2"
    assert terminal.format(error(log)) == f"error in train ({log}): {reason}"
    log.unlink()
    terminal.format(record(RAISED + "died with <Signals.SIGKILL: 9>.", LogEvent.ERROR))
    assert terminal.format(error(log)) == f"error in train ({log}): it left no message; SIGKILL"
    assert terminal.format(error(None)) == "error in train: it left no message"
    log.write_bytes(b"\x1b[2J\xff" + b"x" * 1000)
    assert terminal.format(error(log)).isprintable()
    assert len(terminal.format(error(log))) == MOST
    said = "SLURM-job '5' failed, SLURM status is: 'TIMEOUT'. For further error details see the cluster/cloud log and"
    assert terminal.format(error(None, said)).endswith("no message; SLURM-job '5' failed, SLURM status is: 'TIMEOUT'.")


def test_the_time_that_is_left(terminal: Terminal) -> None:
    terminal.format(record("Execute 2 jobs...", LogEvent.JOB_STARTED, jobs=[1, 2]))
    terminal.format(record("Finished", LogEvent.JOB_FINISHED, job_id=1))
    shown = terminal.format(record("", LogEvent.PROGRESS, done=1, total=2))
    assert shown == "1 of 2 steps (50%) done, about a minute left"  # the first took no time at all
    assert terminal.format(record("", LogEvent.PROGRESS, done=2, total=2)) == "2 of 2 steps (100%) done"
    silent = Terminal(DefaultFormatter(), None)
    assert silent.format(record("", LogEvent.PROGRESS, done=1, total=2)) == "1 of 2 steps (50%) done"
