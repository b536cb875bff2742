"""What Snakemake prints on the terminal: the time that is left, and one line for a job that failed or was stopped.

Snakemake prints the whole command of such a job, twice, and its log; its own log file below .snakemake/log keeps them.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from snakemake_interface_logger_plugins.common import LogEvent

from modecollapse.reading import printable

STARTING = 3.0  # seconds that any job needs until Python and its libraries are loaded
# Seconds that a job of a rule takes besides, and for each run that it is about; measured on one core of 2024.
OTHERS = {
    "data": (3.0, 0.0), "calibrate": (20.0, 0.0), "measure": (1.0, 0.15), "invert_controls": (20.0, 0.0),
    "summarise": (1.0, 0.05), "compare": (0.0, 0.1), "judge": (0.0, 0.1), "figures": (1.0, 0.06), "seal": (0.0, 0.03),
    "typeset": (0.0, 0.03),
}  # fmt: skip
IN_A_ROW = ("summarise", "seal", "typeset")  # rules whose jobs run beside no other
RULES = ("train", "invert", *OTHERS)
BELIEVED = 60.0  # after so many seconds of finished jobs their pace counts as much as the estimates
MOST = 300  # characters of a line
ENDED = re.compile(r"returned non-zero (exit status \d+)|died with <Signals\.(\w+)")
ASKING = ("SIGINT", "SIGTERM")  # a shell that one of these ends does not wait for the last message of its command
STOPPING = "Terminating processes on user request"
REMOTE = "For further error details"  # after these words Snakemake names the logs, which our line names as well


@dataclass
class TimeLeft:
    """The jobs of a workflow by number: the estimated seconds of each, and whether it runs beside others."""

    seconds: dict[int, float]
    alone: set[int]
    at_once: int  # how many of the others run beside each other
    clock: Callable[[], float] = time.monotonic
    _begun: dict[int, float] = field(default_factory=dict)
    _planned: float = BELIEVED
    _took: float = BELIEVED

    def started(self, job: int) -> None:
        """A job begins, or begins again."""
        self._begun[job] = self.clock()

    def finished(self, job: int) -> None:
        """A job has ended well."""
        if job in self._begun and job in self.seconds:
            self._planned += self.seconds.pop(job)
            self._took += self.clock() - self._begun.pop(job)

    def left(self) -> float:
        """Seconds until the last job ends."""
        pace, now = self._took / self._planned, self.clock()
        left = {job: pace * seconds - (now - self._begun.get(job, now)) for job, seconds in self.seconds.items()}
        beside = [max(0.0, seconds) for job, seconds in left.items() if job not in self.alone]
        in_a_row = sum(max(0.0, seconds) for job, seconds in left.items() if job in self.alone)
        return max(sum(beside) / self.at_once, max(beside, default=0.0)) + in_a_row


def stage_of(rule: str) -> str:
    """The stage that a rule's jobs call: that of its name, but `figures` has a rule for each data set."""
    return "figures" if rule.startswith("figures_") else rule


def rule_seconds(rule: str, runs: int) -> float:
    """The estimated seconds of a job that neither trains nor inverts and is about this many runs."""
    fixed, of_a_run = OTHERS.get(rule, (0.0, 0.0))
    return STARTING + fixed + of_a_run * runs


def in_words(seconds: float) -> str:
    """Such as "about 12 minutes"."""
    if seconds < 90:
        return "about a minute" if seconds > 30 else "less than a minute"
    return f"about {seconds / 60:.0f} minutes" if seconds < 2 * 3600 else f"about {seconds / 3600:.1f} hours"


class Terminal(logging.Formatter):
    """Formats progress and failures, and hands all other records to `usual`, Snakemake's own formatter.

    Without `time_left` it prints no time.
    """

    def __init__(self, usual: logging.Formatter, time_left: TimeLeft | None) -> None:
        super().__init__()
        self._usual, self._time_left = usual, time_left
        self._stopping = False
        self._ended: dict[int, str] = {}  # by thread: how the command of the job ended that is reported next

    def format(self, record: logging.LogRecord) -> str:
        """The lines to print; the empty text prints none."""
        event = getattr(record, "event", None)
        left = self._time_left
        if left and event == LogEvent.JOB_STARTED:
            for job in record.jobs:
                left.started(job)
        elif left and event == LogEvent.JOB_FINISHED:
            left.finished(record.job_id)
        elif left and event == LogEvent.PROGRESS and record.done < record.total:
            return f"{self._usual.format(record)}, {in_words(left.left())} left"
        elif event == LogEvent.JOB_ERROR:
            return self._failed(record)
        elif event == LogEvent.ERROR and self._is_repeated(record):
            return ""
        elif STOPPING in record.getMessage():
            self._stopping = True
            return "Stopping: a job that trains saves where it is."
        return self._usual.format(record)

    def _is_repeated(self, record: logging.LogRecord) -> bool:
        """Whether the record only repeats what the line of a job says."""
        message = record.getMessage()
        if "CalledProcessError" in message:
            ended = ENDED.search(message)
            self._ended[threading.get_ident()] = next(filter(None, ended.groups())) if ended else ""
            return True
        return self._stopping and "At least one job did not complete" in message

    def _failed(self, record: logging.LogRecord) -> str:
        ended = self._ended.pop(threading.get_ident(), "")
        where = f"{record.rule_name} ({record.log[0]})" if record.log else record.rule_name
        said = next(filter(None, map(last_line, map(Path, record.log))), "")
        stopped = said.find("stopped by SIG")
        if stopped >= 0 or self._stopping or ended in ASKING:
            saved = said[stopped:] if stopped >= 0 else "stopped; the same command takes it up again"
            return printable(f"{where}: {saved}")[:MOST]
        remote = " ".join((record.rule_msg or "").split(REMOTE)[0].split())
        reasons = filter(None, (said.removeprefix("error: ") or "it left no message", ended, remote))
        return printable(f"error in {where}: {'; '.join(reasons)}")[:MOST]


def last_line(path: Path) -> str:
    """The last line of a log that is not blank; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
