"""What a simulated run shows: makespan against the ideal, use of the GPUs, and what a job costs beside its work."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from statistics import median

STAMP = re.compile(r"^\[(\w{3} \w{3} +\d+ [\d:]+ \d{4})\]$")
SUBMITTED = re.compile(r"Job (\d+) has been submitted with SLURM jobid (\d+)")
FINISHED = re.compile(r"^Finished jobid: (\d+) ")
PARTS = 20  # of the time, in the course of the use


def figures(place: Path) -> str:
    """The figures of the run in a folder, as lines of text."""
    facts = json.loads((place / "facts.json").read_text())
    jobs = json.loads((place / "jobs.json").read_text())
    trainings = [json.loads(line) for line in (place / "trainings.jsonl").read_text().splitlines()]
    log = (place / "head.log").read_text().splitlines()
    work, longest = sum(facts["seconds"].values()), max(facts["seconds"].values())
    begun, ended = min(one["begun"] for one in trainings), max(one["ended"] for one in trainings)
    done = {one["name"] for one in trainings if not one["failed"]}
    failed = sum(one["failed"] for one in trainings)
    slept = sum(one["ended"] - one["begun"] for one in trainings)
    span = ended - begun
    lines = [
        f"head: status {facts['status']}, {facts['ended'] - facts['begun']:.0f} s in all, {facts['head']:.0f} s of a "
        f"processor with its squeue and sbatch, {facts['head_mb']:.0f} MB",
        f"blocks: {len(done)} of {len(facts['seconds'])} trained in {len(trainings)} attempts, {failed} failed; "
        f"{len(jobs)} Slurm jobs; most attempts of one block {max(one['attempt'] for one in trainings)}",
        f"training: {span:.0f} s from the first to the last; ideal {work / facts['slots']:.0f} s (work / "
        f"{facts['slots']} GPUs) and {longest:.0f} s (the longest block), with what failed "
        f"{slept / facts['slots']:.0f} s; the same order of starts with nothing beside the work "
        f"{packed(trainings, facts['slots']):.0f} s",
        f"GPUs: asleep in training {slept / facts['slots'] / span:.0%} of that time, held by Slurm "
        f"{sum(held(job) for job in of(trainings, jobs)) / facts['slots'] / span:.0%}",
        f"in training, in each twentieth of the time: {course(trainings, begun, ended)}",
        *overheads(trainings, jobs, log),
        f"order: {order(trainings)}",
    ]
    return "\n".join(lines)


def overheads(trainings: list[dict], jobs: dict[str, dict[str, str]], log: list[str]) -> list[str]:
    """Seconds that a training job takes beside its work, Slurm's times being whole seconds."""
    seen = detected(log)
    pairs = [(one, jobs[one["SLURM_JOB_ID"]]) for one in trainings if one["SLURM_JOB_ID"] in jobs]
    found = [(one, job, seen[one["SLURM_JOB_ID"]]) for one, job in pairs if one["SLURM_JOB_ID"] in seen]
    submissions = sorted(at(job["SubmitTime"]) for job in of(trainings, jobs))
    first = submissions[: min(len(submissions), 64)]
    rate = (first[-1] - first[0]) / max(1, len(first) - 1)
    return [
        f"submission: {rate:.2f} s a job over the first {len(first)}",
        f"start (allocated to working): {spread(one['begun'] - at(job['StartTime']) for one, job in pairs)}",
        f"end (worked to freed): {spread(at(job['EndTime']) - one['ended'] for one, job in pairs)}",
        f"seen by the head (freed to finished): {spread(end - at(job['EndTime']) for _, job, end in found)}",
    ]


def detected(log: list[str]) -> dict[str, float]:
    """When the head said that a Slurm job was finished, by the id that Slurm gave it."""
    slurm_id: dict[str, str] = {}
    when: dict[str, float] = {}
    stamp = 0.0
    for line in log:
        if match := STAMP.match(line):
            stamp = datetime.strptime(match[1], "%a %b %d %H:%M:%S %Y").timestamp()
        elif match := SUBMITTED.search(line):
            slurm_id[match[1]] = match[2]
        elif (match := FINISHED.match(line)) and match[1] in slurm_id:
            when[slurm_id[match[1]]] = stamp
    return when


def of(trainings: list[dict], jobs: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """What Slurm knows of the training jobs."""
    return [jobs[one["SLURM_JOB_ID"]] for one in trainings if one["SLURM_JOB_ID"] in jobs]


def held(job: dict[str, str]) -> float:
    """Seconds that a job held its GPU."""
    return at(job["EndTime"]) - at(job["StartTime"])


def at(text: str) -> float:
    """Slurm's local time in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def course(trainings: list[dict], begun: float, ended: float) -> str:
    """How many train at a time, on average, in each twentieth of the time."""
    width = (ended - begun) / PARTS
    edges = [(begun + i * width, begun + (i + 1) * width) for i in range(PARTS)]
    busy = [
        sum(max(0.0, min(one["ended"], right) - max(one["begun"], left)) for one in trainings) for left, right in edges
    ]
    return " ".join(f"{seconds / width:.0f}" for seconds in busy)


def packed(trainings: list[dict], slots: int) -> float:
    """Seconds until all are done if each starts, in the order of the run, on the first GPU that is free."""
    free = [0.0] * slots
    for one in sorted(trainings, key=lambda one: one["begun"]):
        heapq.heappush(free, heapq.heappop(free) + one["ended"] - one["begun"])
    return max(free)


def order(trainings: list[dict]) -> str:
    """Where in the order of starts the ten longest blocks are."""
    starts = sorted(trainings, key=lambda one: one["begun"])
    longest = sorted(range(len(starts)), key=lambda place: starts[place]["begun"] - starts[place]["ended"])[:10]
    return f"the ten longest were started as number {', '.join(str(place + 1) for place in sorted(longest))}"


def spread(values: Iterable[float]) -> str:
    """Median and range of seconds."""
    listed = sorted(values)
    if not listed:
        return "none"
    tenth = listed[int(0.9 * (len(listed) - 1))]
    return f"median {median(listed):.1f} s, nine tenths below {tenth:.1f} s, most {listed[-1]:.1f} s (n={len(listed)})"
