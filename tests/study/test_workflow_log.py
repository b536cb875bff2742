"""What the terminal shows of Snakemake's records: those that Snakemake 9.27 makes, written down here."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from snakemake.logging import DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent

from modecollapse.study.time_left import TimeLeft
from modecollapse.study.workflow_log import MOST, Terminal

COMMAND = "python -m modecollapse train '{\"cell\": ...}'"
RAISED = f"RuleException:\nCalledProcessError in file \"train.smk\", line 34:\nCommand '{COMMAND}' "
STOPPED = "18:35:05 stopped by SIGINT at step 1337 of 4000: the same command goes on from there\n"
UNSAID = "WorkflowError:\nAt least one job did not complete successfully."


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


def test_a_job_that_is_stopped_alone_is_told_as_stopped(terminal: Terminal, log: Path) -> None:
    log.write_text(STOPPED.replace("SIGINT", "SIGTERM"))
    assert terminal.format(error(log)).startswith(f"train ({log}): stopped by SIGTERM at step 1337")
    assert terminal.format(record(UNSAID, LogEvent.ERROR)) == UNSAID


def test_a_job_whose_shell_was_stopped_first_is_told_as_stopped(terminal: Terminal, log: Path) -> None:
    log.write_text("18:35:00 step 927 of 4000\n")
    terminal.format(record(RAISED + "died with <Signals.SIGTERM: 15>.", LogEvent.ERROR))
    assert terminal.format(error(log)) == f"train ({log}): stopped; the same command takes it up again"


def test_a_failure_is_one_line_with_its_reason(terminal: Terminal, log: Path) -> None:
    log.write_text("loading\nerror: ring.npz: is of other options; allowed: a data file of ring\n\n")
    assert terminal.format(record(RAISED + "returned non-zero exit status 2.", LogEvent.ERROR)) == ""
    reason = "ring.npz: is of other options; allowed: a data file of ring; exit status 2"
    assert terminal.format(error(log)) == f"error in train ({log}): {reason}"


def test_a_kill_is_named_though_the_job_said_nothing(terminal: Terminal, log: Path) -> None:
    terminal.format(record(RAISED + "died with <Signals.SIGKILL: 9>.", LogEvent.ERROR))
    assert terminal.format(error(log)) == f"error in train ({log}): it left no message; SIGKILL"
    assert terminal.format(error(None)) == "error in train: it left no message"


def test_what_slurm_says_is_kept(terminal: Terminal, log: Path) -> None:
    said = "SLURM-job '5' failed, SLURM status is: 'TIMEOUT'. For further error details see the cluster/cloud log and"
    assert terminal.format(error(log, said)).endswith(
        "it left no message; SLURM-job '5' failed, SLURM status is: 'TIMEOUT'."
    )


def test_a_line_is_short_and_printable(terminal: Terminal, log: Path) -> None:
    log.write_bytes(b"\x1b[2J\xff" + b"x" * 1000)
    line = terminal.format(error(log))
    assert line.isprintable()
    assert len(line) == MOST


def test_other_errors_are_snakemake_s_own(terminal: Terminal) -> None:
    for told in (UNSAID, "MissingOutputException in rule train"):
        assert terminal.format(record(told, LogEvent.ERROR)) == told


def test_the_time_that_is_left(terminal: Terminal) -> None:
    terminal.format(record("Execute 2 jobs...", LogEvent.JOB_STARTED, jobs=[1, 2]))
    terminal.format(record("Finished", LogEvent.JOB_FINISHED, job_id=1))
    shown = terminal.format(record("", LogEvent.PROGRESS, done=1, total=2))
    assert shown == "1 of 2 steps (50%) done, about a minute left"  # the first took no time at all
    assert terminal.format(record("", LogEvent.PROGRESS, done=2, total=2)) == "2 of 2 steps (100%) done"
    silent = Terminal(DefaultFormatter(), None)
    assert silent.format(record("", LogEvent.PROGRESS, done=1, total=2)) == "1 of 2 steps (50%) done"
