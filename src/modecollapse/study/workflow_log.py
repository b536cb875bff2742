"""What Snakemake says on the terminal: the time that is left, and one line for a job that did not end well.

Snakemake prints the whole command of such a job, twice, and its log; its own log file below .snakemake/log keeps them.
"""

from __future__ import annotations

import logging
import re
import threading
from pathlib import Path

from snakemake_interface_logger_plugins.common import LogEvent

from modecollapse.reading import printable
from modecollapse.study.time_left import TimeLeft, in_words

MOST = 300  # characters of a line
ENDED = re.compile(r"returned non-zero (exit status \d+)|died with <Signals\.(\w+)")
ASKING = ("SIGINT", "SIGTERM")  # a shell that one of these ends does not wait for what its command says of it
STOPPING = "Terminating processes on user request"
REMOTE = "For further error details"  # what follows tells of the logs, which the line names


class Terminal(logging.Formatter):
    """Formats what this module is about, and hands all other records to `usual`, the formatter that was there.

    Without `time_left` nothing is said about the time.
    """

    def __init__(self, usual: logging.Formatter, time_left: TimeLeft | None) -> None:
        super().__init__()
        self._usual, self._time_left = usual, time_left
        self._stopping = False
        self._ended: dict[int, str] = {}  # by thread: how the command of the job ended that is about to be told of

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
        elif event == LogEvent.ERROR and self._is_told(record):
            return ""
        elif STOPPING in record.getMessage():
            self._stopping = True
            return "Stopping: a job that trains saves where it is."
        return self._usual.format(record)

    def _is_told(self, record: logging.LogRecord) -> bool:
        """Whether the record says no more than the line of a job does."""
        told = record.getMessage()
        if "CalledProcessError" in told:
            ended = ENDED.search(told)
            self._ended[threading.get_ident()] = next(filter(None, ended.groups())) if ended else ""
            return True
        return self._stopping and "At least one job did not complete" in told

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
    """The last line of a log that says anything; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
