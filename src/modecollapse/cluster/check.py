"""`cluster-check`: what is known before a job is submitted, then the rule `cluster_smoke` under the real profile."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from modecollapse import files
from modecollapse.cluster import site_checks, smoke
from modecollapse.cluster.findings import Finding, problem, warning
from modecollapse.cluster.profile import Expressions, Profile
from modecollapse.cluster.slurm import ask

FOLDER = Path("results", ".cluster-check")  # as in workflow/rules/smoke.smk
ANSWER = FOLDER / "smoke.json"
CLOCK_SECONDS = 5  # Snakemake compares the times of files that were written on different machines
# A part of what is printed where the job fails, and what to change.
ADVICE = {
    "configuration source": "a job's step does not find slurm.conf (the plugin drops SLURM_CONF): put it in /etc/slurm",
    "No module named": "activate the environment before snakemake, and keep it on a disk that all nodes share",
    "No such file or directory": "keep this folder and the environment on disks that all nodes share",
    "MissingOutputException": "latency-wait: 120, or a file system whose files are seen sooner (NFS: actimeo)",
    "invalid account": "slurm_account: one of yours",
    "submission failed": "set-resources, train: what Slurm names, such as constraint, qos or cpus_per_task",
}


def check(profile: Profile, rules: Expressions, configfiles: Sequence[Path], wait: float) -> Iterator[Finding]:
    """Every finding, as it is found; the job is waited for `wait` seconds, 0 submits none. StudyError without Slurm."""
    stopped = "" if wait else "--no-jobs"
    for finding in site_checks.before_submission(profile, rules):
        stopped = "after a PROBLEM" if finding.status == "PROBLEM" else stopped
        yield finding
    if stopped:
        yield warning("smoke job", f"not submitted ({stopped})")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / smoke.LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # waits for another cluster-check, if one runs here
        yield from _smoke(profile, configfiles, wait)


def _smoke(profile: Profile, configfiles: Sequence[Path], wait: float) -> Iterator[Finding]:
    """Run the rule with the resources of training, and judge what it wrote."""
    ANSWER.unlink(missing_ok=True)
    as_training = [f"cluster_smoke:{one}" for one in profile.by_rule.get("train", []) if not one.startswith("runtime")]
    command = [sys.executable, "-m", "snakemake", "cluster_smoke", "--cores", "1", "--profile", str(profile.path)]
    command += ["--nolock", "--retries", "0", "--slurm-init-seconds-before-status-checks", "5"]
    command += ["--set-resources", *as_training] if as_training else []
    command += ["--configfile", *map(str, configfiles)] if configfiles else []
    with (FOLDER / "snakemake.log").open("wb") as log:
        head = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        seen = _answer_seen(head, wait)
        waiting = _queue() if head.poll() is None else ""
    finally:
        head.send_signal(signal.SIGINT)  # as Ctrl-C: if Snakemake still runs, it cancels its job
        with suppress(subprocess.TimeoutExpired):
            head.wait(60)
        head.kill()
        head.wait()
    if seen:
        answer = json.loads(ANSWER.read_text(encoding="utf-8"))
        yield Finding("smoke job", f"job {answer['slurm_job']} ran on {answer['host']}")
        yield from (Finding(*finding) for finding in answer["findings"])
        yield from sharing(answer["beat"], answer["written"], seen, float(profile.content.get("latency-wait", 5)))
    if waiting and not seen:
        found = f"did not end in {wait:.0f} s; Slurm says: {waiting}"
        yield problem("smoke job", found, "--wait MINUTES, or slurm_partition: another one")
    elif head.returncode:
        yield _failure()


def _answer_seen(head: subprocess.Popen[bytes], wait: float) -> float | None:
    """Write the time twice a second until Snakemake ends or time is up; when the answer was first seen here."""
    versions, seen, end = smoke.versions(), None, time.monotonic() + wait
    while head.poll() is None and time.monotonic() < end:
        files.write_json(FOLDER / smoke.HEAD, {"time": time.time(), "versions": versions})
        for _ in range(10):
            time.sleep(0.05)
            seen = seen or (time.time() if ANSWER.exists() else None)
    return seen


def _queue() -> str:
    """What Slurm says of the smoke job that has not ended."""
    _, said = ask("squeue", "--noheader", f"--user={getpass.getuser()}", "--format=job %i, %T (%r) %k")
    lines = [line.rpartition(" ")[0] for line in said.splitlines() if "cluster_smoke" in line]
    return lines[0] if lines else "nothing of it"


def sharing(beat: dict[str, float] | None, written: float, seen: float, latency_wait: float) -> Iterator[Finding]:
    """How late files are seen there (`beat`) and here: the clocks' difference cancels in the sum, which bounds it."""
    if beat is None:
        write = "another file system, or shorter caching of attributes (NFS: actimeo)"
        yield problem("shared files", "the job never saw what was written here", write)
        return
    there, here = beat["seen"] - beat["written"], seen - written
    both, ahead = there + here, (there - here) / 2
    found, write = f"seen, there and back, in {both:.1f} s", f"latency-wait: {2 * round(both) + 5}"
    yield warning("shared files", found, write) if both > latency_wait else Finding("shared files", found)
    found, differ = f"the job's is {ahead:+.1f} s ahead (to within {both / 2:.1f} s)", abs(ahead) - both / 2
    yield warning("clock", found, "have the clocks set (NTP)") if differ > CLOCK_SECONDS else Finding("clock", found)


def _failure() -> Finding:
    """Why the job or its submission failed: the line that is known, or else the last ones that were printed."""
    logs = [FOLDER / "snakemake.log", *Path(".snakemake", "slurm_logs", "rule_cluster_smoke").rglob("*.log")]
    begun = os.path.getmtime(FOLDER / smoke.LOCK)
    printed = [log.read_text(errors="replace") for log in logs if os.path.getmtime(log) >= begun]
    lines = [line.strip() for line in "\n".join(printed).splitlines() if line.strip()] or ["nothing was printed"]
    for words, write in ADVICE.items():
        for line in lines:
            if words.lower() in line.lower():
                return problem("smoke job", line[:300], write)
    reason = next((line for line in lines if line.startswith("error")), "; ".join(lines[-2:]))
    return problem("smoke job", reason[:300], f"see {FOLDER}/snakemake.log")
