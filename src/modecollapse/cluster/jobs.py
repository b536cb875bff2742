"""Two short jobs: submitted, waited for, answered where they say hello, and cancelled whatever happens."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock

import modecollapse
from modecollapse import files
from modecollapse.cluster import inside_job, slurm
from modecollapse.cluster.request import Request

log = logging.getLogger(__name__)

NAME = "modecollapse-cluster-check"
MINUTES = 10  # the time limit of a job
WAITING = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT")
GOING = ("RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "STAGE_OUT", "SIGNALING", "RESIZING")
# As the plugin's job step does: a step gets none of the job's settings but these, SLURM_CONF not among them.
KEPT = ("SLURM_JOB_ID", "SLURM_JOBID", "SLURM_SUBMIT_DIR", "SLURM_SUBMIT_HOST", "SLURM_CLUSTER_NAME")
SCRIPT = """\
#!/bin/sh
unset $(env | sed -n -E 's/^((SLURM|SRUN|SBATCH)_[A-Z0-9_]*)=.*/\\1/p' | grep -v -x {kept})
exec {command}
"""


@dataclass(frozen=True)
class Patience:
    """Seconds: for a job to start and end; for a file to be seen; between two looks; between two calls of squeue."""

    wait: float = 600
    file: float = 60
    look: float = 0.2
    squeue: float = 10


@dataclass
class Job:
    """A job and what is known of it; times are of the head's clock, in seconds."""

    request: Request
    folder: Path
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    number: str = ""
    refused: str = ""  # why sbatch took no job
    state: str = ""
    reason: str = ""
    replied: float | None = None
    ended: float | None = None  # by time.monotonic
    answer: dict[str, Any] | None = None
    broken: str = ""  # what is wrong with the answer

    @property
    def done(self) -> bool:
        return bool(self.refused or self.broken or self.answer)

    @property
    def last_words(self) -> str:
        """The end of what the job printed, in one line."""
        try:
            printed = (self.folder / "log.txt").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        said = [line.strip() for line in printed.splitlines() if line.strip()]
        return "; ".join(said[-2:])[-300:]


def run_jobs(requests: Sequence[Request], folder: Path, patience: Patience) -> list[Job]:
    """A job for each request, in folders below `folder`; returns when all have answered or time is up.

    The head holds a lock in each folder meanwhile. Jobs that are not known to have ended are cancelled, after Ctrl-C
    too. Raises OSError if the folder cannot be written.
    """
    jobs = [Job(request, folder / request.kind.lower() / str(i)) for i, request in enumerate(requests)]
    with ExitStack() as held, _cancelled(jobs):
        for job in jobs:
            job.folder.mkdir(parents=True)
            held.enter_context(filelock.FileLock(job.folder / inside_job.HELD, timeout=0))
            _submit(job, patience)
        _wait(jobs, patience)
    return jobs


def _submit(job: Job, patience: Patience) -> None:
    question = {"token": job.token, "executable": sys.executable, "gpus": job.request.gpus}
    files.write_json(job.folder / inside_job.QUESTION, question | {"reply_seconds": patience.file})
    where = [f"--job-name={NAME}", f"--output={(job.folder / 'log.txt').resolve()}", f"--chdir={Path.cwd()}"]
    argv = ["sbatch", "--parsable", "--export=ALL", *where, *job.request.options(MINUTES)]
    said = slurm.ask(*argv, stdin=_script(job), env=environment())
    number = said.out.strip().split(";")[0]
    if said.ok and number.isdecimal():
        job.number = number
        log.info("%s job %s is submitted (%s)", job.request.kind, number, job.request.partition or "default partition")
    else:
        job.refused = said.line


def _script(job: Job) -> str:
    resources = job.request.resources
    step = ["srun", "-n1", "--cpu-bind=q", "--nodes=1"]
    step += [f"--cpus-per-task={resources['cpus_per_task']}"] if resources.get("cpus_per_task") else []
    step += [f"--gpus={resources['gpu']}"] if resources.get("gpu") else []
    command = [*step, "python", "-m", inside_job.__name__, str(job.folder.resolve())]
    return SCRIPT.format(kept=" ".join(f"-e {name}" for name in KEPT), command=shlex.join(command))


def environment() -> dict[str, str]:
    """What a job inherits: as in the workflow, the package of this repository comes first."""
    sources = str(Path(modecollapse.__file__).parents[1])
    path = os.pathsep.join(filter(None, [sources, os.environ.get("PYTHONPATH")]))
    return os.environ | {"PYTHONPATH": path}


def _wait(jobs: Sequence[Job], patience: Patience) -> None:
    deadline, asked = time.monotonic() + patience.wait, -patience.squeue
    while (waiting := [job for job in jobs if not job.done]) and time.monotonic() < deadline:
        if time.monotonic() - asked >= patience.squeue:
            asked = time.monotonic()
            for job in waiting:
                _ask_state(job, deadline - asked)
        for job in waiting:
            _exchange(job)
        if all(job.ended and time.monotonic() - job.ended > patience.file for job in waiting if not job.done):
            return  # over, and what they wrote has had its time to appear
        time.sleep(patience.look)


def _ask_state(job: Job, left: float) -> None:
    """Without an answer that can be read the state stays as it was."""
    said = slurm.ask("squeue", "--noheader", "--states=all", f"--jobs={job.number}", "--format=%T|%r")
    state, _, reason = said.out.strip().partition("|")
    if not said.out.strip() and (said.ok or "Invalid job id" in said.err):
        state = "ended"  # Slurm has forgotten it
    if state.isidentifier() and (state, reason) != (job.state, job.reason):
        job.state, job.reason = state, reason
        log.info("%s job %s: %s (%s); %.0f s left", job.request.kind, job.number, state, reason, left)
    if job.state and job.state not in WAITING + GOING and job.ended is None:
        job.ended = time.monotonic()


def _exchange(job: Job) -> None:
    """Reply to a hello, and take the answer."""
    if job.replied is None and (job.folder / inside_job.HELLO).exists():
        job.replied = time.time()
        files.write_json(job.folder / inside_job.REPLY, {"time": job.replied})
    path = job.folder / inside_job.ANSWER
    if not path.exists():
        return
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
        mine = answer["token"] == job.token
    except OSError:
        return  # a shared disk's hiccup: look again
    except (ValueError, KeyError, TypeError) as error:
        job.broken = f"{type(error).__name__}: {error}"
        return
    job.answer, job.broken = (answer, "") if mine else (None, "the answer is to another question")


@contextmanager
def _cancelled(jobs: Sequence[Job]) -> Iterator[None]:
    """Afterwards no job is left in the queue, whatever was raised."""
    try:
        yield
    finally:
        left = [job.number for job in jobs if job.number and job.answer is None and job.ended is None]
        if left:
            said = slurm.ask("scancel", *left)
            log.info("cancelled: %s%s", " ".join(left), "" if said.ok else f" ({said.line})")
