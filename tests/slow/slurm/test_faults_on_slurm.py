"""Faults on a cluster: after each of them the study ends with the tables of an undisturbed run."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from dag_copy import CONFIGURATION, RESULTS, snakemake
from dag_processes import Head, contents, until
from fault_table import fault_log
from slurm.on_slurm import adapted_copy, start
from slurm.private_slurm import PrivateSlurm

pytestmark = pytest.mark.long

TARGET = str(RESULTS / "tables" / "summary.csv")
RUN = RESULTS / "runs" / "matched" / "ring" / "veegan" / "seeds-0-1"
STEPS = 6000  # some half a minute of training


def slow_copy(folder: Path, **changes: object) -> Path:
    """A clone whose training takes long enough to be hit, and whose checkpoints come every other second."""
    adapted_copy(folder, **{"steps": STEPS, "variants": ["veegan"]} | changes)
    loop = folder / "src" / "modecollapse" / "training" / "loop.py"
    text = loop.read_text(encoding="utf-8")
    assert text.count("SECONDS_BETWEEN_CHECKPOINTS = 60.0") == 1
    loop.write_text(text.replace("SECONDS_BETWEEN_CHECKPOINTS = 60.0", "SECONDS_BETWEEN_CHECKPOINTS = 2.0"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outputs of the study without Slurm and without faults."""
    folder = slow_copy(tmp_path_factory.mktemp("undisturbed"))
    run = snakemake(folder, TARGET, "--configfile", CONFIGURATION)
    assert run.returncode == 0, run.stderr[-3000:]
    return contents(folder)


def training_jobs(slurm: PrivateSlurm, folder: Path) -> list[dict[str, str]]:
    """Slurm's records of the training jobs of a clone, oldest first."""
    mine = [job for job in slurm.jobs().values() if job["WorkDir"] == str(folder)]
    return sorted((job for job in mine if job["Comment"].startswith("rule_train")), key=lambda job: int(job["JobId"]))


def begin(folder: Path, slurm: PrivateSlurm) -> Head:
    """Start the study and wait until its training has written a checkpoint."""
    head = start(folder, slurm, TARGET)
    until(lambda: list((folder / RUN).glob("checkpoint-*.sha256")), head)
    return head


def ended_alike(folder: Path, head: Head, expected: dict[str, str]) -> list[str]:
    """Wait for the end; the numbers are those of the undisturbed run. Returns the incidents in run.json."""
    assert head.end() == 0, head.text[-4000:]
    found = contents(folder)
    assert found.keys() == expected.keys()
    assert [name for name, content in expected.items() if found[name] != content] == []
    return json.loads((folder / RUN / "run.json").read_text())["incidents"]


def test_a_node_that_dies(slurm, tmp_path, undisturbed):
    folder = slow_copy(tmp_path / "clone")
    head = begin(folder, slurm)
    [job] = training_jobs(slurm, folder)
    node = job["NodeList"]
    died = time.monotonic()
    slurm.kill_node(node)
    try:
        until(lambda: training_jobs(slurm, folder)[-1]["NodeList"] not in (node, "(null)", ""), head)
        back = time.monotonic() - died
        incidents = ended_alike(folder, head, undisturbed)
    finally:
        slurm.start_node(node)
    again = training_jobs(slurm, folder)
    assert [job["Restarts"] for job in again] == ["1"]  # Slurm itself put it back into the queue
    assert incidents[-1].startswith("resumed at step ")
    fault_log("slurm node dies", "SIGKILL to slurmd, job steps and trainer", "requeued, resumed, equal bits", back)


def test_a_job_that_is_cancelled(slurm, tmp_path, undisturbed):
    folder = slow_copy(tmp_path / "clone")
    head = begin(folder, slurm)
    [job] = training_jobs(slurm, folder)
    stopped = time.monotonic()
    slurm.run("scancel", job["JobId"])
    until(lambda: len(training_jobs(slurm, folder)) == 2, head)
    until(lambda: training_jobs(slurm, folder)[1]["JobState"] == "RUNNING", head)
    back = time.monotonic() - stopped
    incidents = ended_alike(folder, head, undisturbed)
    first, second = training_jobs(slurm, folder)
    assert (first["MinMemoryNode"], first["TimeLimit"]) == ("4000M", "00:30:00")
    assert (second["MinMemoryNode"], second["TimeLimit"]) == ("8000M", "01:00:00")  # more with the second attempt
    stopped, resumed = incidents  # scancel sends SIGTERM first
    assert stopped.removeprefix("stopped by SIGTERM") == resumed.removeprefix("resumed")
    fault_log("slurm job cancelled", "scancel", "next attempt with more memory and time resumed, equal bits", back)


def test_a_time_limit(slurm, tmp_path, undisturbed):
    folder = slow_copy(tmp_path / "clone")
    profile = folder / "slurm" / "config.yaml"
    limited = profile.read_text().replace("    gpu: 1\n", '    gpu: 1\n    runtime: "1 if attempt == 1 else 60"\n')
    profile.write_text(limited)
    loop = folder / "src" / "modecollapse" / "training" / "loop.py"
    slower = loop.read_text().replace("        self.step += 1\n", "        self.step += 1\n        time.sleep(0.02)\n")
    loop.write_text(slower)  # two minutes of steps, which Slurm's limit of one must interrupt
    head = begin(folder, slurm)
    until(lambda: len(training_jobs(slurm, folder)) == 2, head)
    incidents = ended_alike(folder, head, undisturbed)
    first, second = training_jobs(slurm, folder)
    assert (first["JobState"], second["JobState"]) == ("TIMEOUT", "COMPLETED")
    stopped, resumed = incidents
    assert stopped.removeprefix("stopped by SIGTERM") == resumed.removeprefix("resumed")  # nothing was lost
    fault_log("16 time limit (slurm)", "Slurm's limit of a minute", "checkpoint, next attempt: equal bits", 0.0)


def test_a_head_that_is_killed_and_started_again_while_its_job_runs(slurm, tmp_path, undisturbed):
    folder = slow_copy(tmp_path / "clone")
    head = begin(folder, slurm)
    head.send(signal.SIGKILL, everyone=True)
    head.end()
    [job] = training_jobs(slurm, folder)
    assert job["JobState"] == "RUNNING"  # nobody waits for it any more
    killed = time.monotonic()
    unlocked = snakemake(folder, "--unlock", "--configfile", CONFIGURATION)
    assert unlocked.returncode == 0, unlocked.stderr
    head = start(folder, slurm, TARGET)
    until(lambda: len(training_jobs(slurm, folder)) == 2, head)
    back = time.monotonic() - killed
    ended_alike(folder, head, undisturbed)
    assert {job["JobState"] for job in training_jobs(slurm, folder)} == {"COMPLETED"}
    [log] = (folder / RESULTS / "logs" / "train").rglob("*.log")
    assert "waiting for process" in log.read_text()
    assert "there is nothing to do" in log.read_text()  # it did not train again
    fault_log(
        "18 head killed (slurm)", "SIGKILL to the head, its job continues", "second job waits for it, equal bits", back
    )
