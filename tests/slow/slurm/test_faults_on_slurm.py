"""Faults on a cluster: after each of them the study ends with the tables of an undisturbed run."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from dag_copy import RESULTS, finish
from dag_processes import contents, until
from slurm.on_slurm import adapted_copy, start
from slurm.private_slurm import PrivateSlurm

pytestmark = pytest.mark.long

TARGET = str(RESULTS / "tables" / "summary.csv")
RUN = RESULTS / "runs" / "matched" / "ring" / "veegan" / "seeds-0-1"
LOOP = Path("src", "modecollapse", "training", "loop.py")
STEPS = 6000  # some half a minute of training


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def slow_copy(folder: Path) -> Path:
    """A clone whose training takes long enough to be hit, and whose checkpoints come every other second."""
    adapted_copy(folder, steps=STEPS, variants=["veegan"])
    replaced(folder / LOOP, "SECONDS_BETWEEN_CHECKPOINTS = 60.0", "SECONDS_BETWEEN_CHECKPOINTS = 2.0")
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outputs of the study without Slurm and without faults."""
    folder = slow_copy(tmp_path_factory.mktemp("undisturbed"))
    finish(folder, TARGET)
    return contents(folder)


class Study:
    """The study in a clone on a private Slurm, from its start to the end that an undisturbed one has."""

    def __init__(self, folder: Path, slurm: PrivateSlurm, undisturbed: dict[str, str]) -> None:
        self.folder, self.slurm, self.undisturbed = slow_copy(folder), slurm, undisturbed

    def begin(self) -> dict[str, str]:
        """Start, and wait until training has written a checkpoint; returns its job as it is then."""
        self.head = start(self.folder, self.slurm, TARGET)
        until(lambda: list((self.folder / RUN).glob("checkpoint-*.sha256")), self.head)
        return self.jobs()[0]

    def jobs(self) -> list[dict[str, str]]:
        """Slurm's records of the training jobs, oldest first."""
        mine = [job for job in self.slurm.jobs().values() if job["WorkDir"] == str(self.folder)]
        mine = [job for job in mine if job["Comment"].startswith("rule_train")]
        return sorted(mine, key=lambda job: int(job["JobId"]))

    def wait_for_second_job(self, state: str = "") -> None:
        until(lambda: len(self.jobs()) == 2 and state in self.jobs()[1]["JobState"], self.head)

    def end(self) -> list[str]:
        """Wait for the end; the numbers are those of the undisturbed run. Returns the incidents in run.json."""
        assert self.head.end() == 0, self.head.text[-4000:]
        found, expected = contents(self.folder), self.undisturbed
        assert found.keys() == expected.keys()
        assert [name for name, content in expected.items() if found[name] != content] == []
        return json.loads((self.folder / RUN / "run.json").read_text())["incidents"]


@pytest.fixture
def study(tmp_path: Path, slurm: PrivateSlurm, undisturbed: dict[str, str]) -> Study:
    return Study(tmp_path / "clone", slurm, undisturbed)


def check_nothing_was_lost(incidents: list[str]) -> None:
    """Slurm sends SIGTERM first, so that the next attempt resumes where the first one stopped."""
    stopped, resumed = incidents
    assert stopped.removeprefix("stopped by SIGTERM") == resumed.removeprefix("resumed")


def test_a_node_that_dies(study: Study, slurm: PrivateSlurm) -> None:
    node = study.begin()["NodeList"]
    slurm.kill_node(node)
    try:
        until(lambda: study.jobs()[-1]["NodeList"] not in (node, "(null)", ""), study.head)
        incidents = study.end()
    finally:
        slurm.start_node(node)
    assert [job["Restarts"] for job in study.jobs()] == ["1"]  # Slurm itself put it back into the queue
    assert incidents[-1].startswith("resumed at step ")


def test_a_job_that_is_cancelled(study: Study, slurm: PrivateSlurm) -> None:
    job = study.begin()
    slurm.run("scancel", job["JobId"])
    study.wait_for_second_job("RUNNING")
    check_nothing_was_lost(study.end())
    asked = [(job["MinMemoryNode"], job["TimeLimit"]) for job in study.jobs()]
    assert asked == [("4000M", "00:30:00"), ("8000M", "01:00:00")]  # more with the second attempt


def test_a_time_limit(study: Study) -> None:
    limit = '    gpu: 1\n    runtime: "1 if attempt == 1 else 60"\n'
    replaced(study.folder / "slurm" / "config.yaml", "    gpu: 1\n", limit)
    # two minutes of steps, which Slurm's limit of one must interrupt
    step = "        self.step += 1\n"
    replaced(study.folder / LOOP, step, f"{step}        time.sleep(0.02)\n")
    study.begin()
    study.wait_for_second_job()
    check_nothing_was_lost(study.end())
    assert [job["JobState"] for job in study.jobs()] == ["TIMEOUT", "COMPLETED"]


def test_a_head_that_is_killed_and_started_again_while_its_job_runs(study: Study, slurm: PrivateSlurm) -> None:
    study.begin()
    study.head.send(signal.SIGKILL, everyone=True)
    study.head.end()
    assert [job["JobState"] for job in study.jobs()] == ["RUNNING"]  # nobody waits for it any more
    finish(study.folder, "--unlock")
    study.head = start(study.folder, slurm, TARGET)
    study.wait_for_second_job()
    study.end()
    assert {job["JobState"] for job in study.jobs()} == {"COMPLETED"}
    [log] = (study.folder / RESULTS / "logs" / "train").rglob("*.log")
    assert "waiting for process" in log.read_text()
    assert "there is nothing to do" in log.read_text()  # it did not train again
