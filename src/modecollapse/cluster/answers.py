"""What the jobs of the check found, judged."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import modecollapse
from modecollapse.cluster import inside_job
from modecollapse.cluster.gpus import gpu_rows
from modecollapse.cluster.jobs import WAITING, Job
from modecollapse.cluster.rows import Row, Status

CLOCK_SECONDS = 5  # Snakemake compares the times of files written on different machines
# What a job that never answers may have printed (a part of it) and what to change.
WORDS = {
    "configuration source": "a job's step does not find slurm.conf (the plugin drops SLURM_CONF): use /etc/slurm",
    "No module named": "the node's `python` is another one: activate the environment, on a shared disk, first",
    "python: No such file": "`python` is not on the node: install the environment on a disk that all nodes share",
    "srun: not found": "the node needs Slurm's commands (srun) on its PATH",
    "can't open": "the node does not see this folder: run from a file system that all nodes share",
    "FileNotFoundError": "the node does not see this folder: run from a file system that all nodes share",
}


def job_rows(job: Job, latency_wait: float, head: dict[str, str] | None = None) -> Iterator[Row]:
    """The rows of one job; `head` are the versions to be the same, this process's by default."""
    title = f"{job.request.kind} job"
    if job.answer is None:
        yield _silent(title, job)
        return
    try:
        yield from _answered(title, job, job.answer, latency_wait, head or inside_job.versions())
    except (KeyError, TypeError, ValueError) as error:
        found = f"its answer cannot be read: {type(error).__name__}: {error}"
        yield Row(title, found, Status.PROBLEM, "the node runs another version of modecollapse")


def _silent(title: str, job: Job) -> Row:
    """A job that gave no answer."""
    if job.refused:
        return Row(title, f"sbatch: {job.refused}", Status.PROBLEM, "as for `sbatch --test-only` above")
    if job.broken:
        return Row(title, f"its answer is broken: {job.broken}", Status.PROBLEM, "the disk of this folder is not sound")
    state = f"job {job.number}: {job.state or 'unknown to squeue'}{f' ({job.reason})' if job.reason else ''}"
    words = job.last_words
    if job.state in (*WAITING, "") and job.replied is None:
        change = "not tested: the partition is busy, or the reason on the left never ends; wait longer or name another"
        return Row(title, f"did not start in time; {state}", Status.PROBLEM, change)
    if words:
        change = next((advice for said, advice in WORDS.items() if said in words), "see what it printed, on the left")
        return Row(title, f"{state}, no answer; it printed: {words}", Status.PROBLEM, change)
    change = "the node does not see this folder: run from a file system that all nodes share"
    return Row(title, f"{state}, but nothing that it wrote appears in {job.folder}", Status.PROBLEM, change)


def _answered(title: str, job: Job, answer: dict[str, Any], latency: float, head: dict[str, str]) -> Iterator[Row]:
    yield Row(title, f"job {job.number} ran on {answer['host']}")
    yield _python(title, answer, head)
    if job.request.gpus:
        yield from gpu_rows(title, answer)
    yield _cores(title, job, answer)
    yield _temporary(title, answer["temporary"])
    yield from _sharing(title, job, answer["times"], latency)
    yield _locks(title, answer["locks"])


def _python(title: str, answer: dict[str, Any], head: dict[str, str]) -> Row:
    title, package, found = f"{title}: Python", str(Path(modecollapse.__file__).parent), answer["versions"]
    activate = "activate the environment before snakemake, and keep it on a disk that all nodes share"
    wrong = [] if answer["head_python"] else [f"{sys.executable} is not on the node"]
    if os.path.realpath(answer["prefix"]) != os.path.realpath(sys.prefix):
        wrong.append(f"{answer['prefix']}, not {sys.prefix}")
    wrong += [f"cannot import {name}: {said[:200]}" for name, said in answer["errors"].items()]
    differ = {name: version for name, version in head.items() if found.get(name) != version}
    wrong += [f"{name} {found.get(name) or 'missing'} (here {version})" for name, version in differ.items()]
    if wrong:
        return Row(title, "; ".join(wrong), Status.PROBLEM, activate)
    if answer["package"] != package:
        return Row(title, f"modecollapse of {answer['package']}, not {package}", Status.WARNING, activate)
    return Row(title, ", ".join(f"{name} {version}" for name, version in found.items()))


def _cores(title: str, job: Job, answer: dict[str, Any]) -> Row:
    asked, has = int(job.request.resources.get("cpus_per_task") or 1), int(answer["cpus"])
    found = f"asked {asked}; may use {has}; Slurm says {answer['cpus_of_slurm'] or 'nothing'}"
    if has < asked:
        return Row(f"{title}: cores", found, Status.WARNING, "the job gets fewer cores than asked: try cpus_per_task")
    return Row(f"{title}: cores", found)


def _temporary(title: str, found: dict[str, str]) -> Row:
    title = f"{title}: TMPDIR"
    if found["error"]:
        change = "`unset TMPDIR` before snakemake, or name a folder that every node has"
        return Row(title, f"{found['folder']}: {found['error']}", Status.PROBLEM, change)
    return Row(title, f"{found['folder']} can be written")


def _sharing(title: str, job: Job, times: dict[str, float | None], latency: float) -> Iterator[Row]:
    """How long a file takes there and back, and what the clocks differ by.

    The node's hello and its sight of the reply enclose the moment of the reply, which the head's clock gives: that
    bounds the difference by half of what lies between them.
    """
    hello, reply = times["hello"], times["reply"]
    files, clock = f"{title}: shared files", f"{title}: clock"
    if hello is None or reply is None or job.replied is None:
        change = (
            "the node does not see in time what is written here: shorter attribute caching (NFS: actimeo), other disk"
        )
        yield Row(files, "the node never saw the reply to its hello", Status.PROBLEM, change)
        yield Row(clock, "not known without a reply", Status.SKIPPED)
        return
    both = reply - hello
    if both > latency:
        change = f"latency-wait: {2 * round(both) + 5} in the profile"
        yield Row(files, f"seen, there and back in {both:.1f} s; latency-wait is {latency:.0f}", Status.WARNING, change)
    else:
        yield Row(files, f"seen, there and back in {both:.1f} s")
    ahead = (hello + reply) / 2 - job.replied
    found = f"{ahead:+.1f} s against here (to within {both / 2:.1f} s)"
    if abs(ahead) - both / 2 > CLOCK_SECONDS:
        yield Row(clock, found, Status.WARNING, "have the clocks set (NTP): Snakemake compares times of files")
    else:
        yield Row(clock, found)


def _locks(title: str, locks: dict[str, str]) -> Row:
    title, free, held = f"{title}: file locks", locks[inside_job.FREE], locks[inside_job.HELD]
    change = "mount with flock (Lustre: -o flock, NFS: lockd running), or give results/ another file system"
    if free != inside_job.GOT:
        return Row(title, f"a free lock: {free}", Status.PROBLEM, change)
    if held == inside_job.GOT:
        found = "the job got a lock that is held here: two jobs could write one run"
        return Row(title, found, Status.PROBLEM, change)
    if held != inside_job.REFUSED:
        return Row(title, f"a lock held here: {held}", Status.PROBLEM, change)
    return Row(title, "a lock held here is refused there")
