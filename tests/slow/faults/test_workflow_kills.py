"""Case 18: the head process or a job of the workflow is killed, and the same command finishes the study."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from dag_copy import CONFIGURATION, RESULTS, RING, finish, snakemake
from dag_processes import TABLES, contents, head, is_alive, litter, trainers, until

pytestmark = pytest.mark.dag
JOBS = 2  # a cell for each variant, a block for each cell
LOGS = RESULTS / "logs" / "train" / "matched" / "ring"


def finished_as_before(untrained: Path, finished: Path, *remaining: str) -> None:
    """Make what remains; the folder then has the contents of the finished study, and nothing that was interrupted."""
    if remaining:
        finish(untrained, *remaining)
    assert contents(untrained) == contents(finished)
    assert litter(untrained) == []


def send(sent: signal.Signals, *pids: int) -> None:
    for pid in pids:
        os.kill(pid, sent)


def test_the_head_is_killed_while_jobs_train_and_started_again(untrained: Path, finished: Path) -> None:
    """The orphans go on; the jobs of the second head wait for them in the same run folders, and then need not train."""
    with head(untrained, *TABLES) as first:
        orphans = trainers(untrained, first, JOBS)
        first.send(signal.SIGKILL)
        assert first.end() == -signal.SIGKILL
        refused = snakemake(untrained, *TABLES, "--configfile", CONFIGURATION)
        assert refused.returncode != 0
        assert "--unlock" in refused.stdout + refused.stderr
        finish(untrained, "--unlock")
        with head(untrained, *TABLES) as second:
            for log in (untrained / LOGS / variant / "seeds-0-1.log" for variant in RING["variants"]):
                until(lambda log=log: log.exists() and "waiting for process" in log.read_text(), second)
            assert all(is_alive(pid) for pid in orphans)
            assert not list((untrained / RESULTS / "runs").rglob("run.json"))
            send(signal.SIGCONT, *orphans)
            assert second.end() == 0, second.text
    finished_as_before(untrained, finished)


@pytest.mark.long
def test_a_killed_job_is_started_again(untrained: Path, finished: Path) -> None:
    """On one core, where the undisturbed study had two."""
    with head(untrained, *TABLES, "--retries", "1", cores=1) as running:
        send(signal.SIGKILL, *trainers(untrained, running, 1))
        assert running.end() == 0, running.text
        assert "restart" in running.text
    finished_as_before(untrained, finished)


@pytest.mark.long
def test_without_another_attempt_a_killed_job_fails_the_study(untrained: Path, finished: Path) -> None:
    """The control of the test above: the kill is one that Snakemake sees."""
    with head(untrained, *TABLES, "--retries", "0") as running:
        killed, other = trainers(untrained, running, JOBS)
        send(signal.SIGKILL, killed)
        send(signal.SIGCONT, other)
        assert running.end() != 0
    assert len(list((untrained / RESULTS / "runs").rglob("run.json"))) == JOBS - 1
    finished_as_before(untrained, finished, *TABLES)


@pytest.mark.long
def test_without_waiting_the_second_head_meets_the_orphans_lock(untrained: Path) -> None:
    """The control of the first test: both heads really want to train in the same folders."""
    rules = untrained / "workflow" / "rules" / "train.smk"
    assert " --wait" in rules.read_text()
    rules.write_text(rules.read_text().replace(" --wait", ""))
    with head(untrained, *TABLES) as first:
        orphans = trainers(untrained, first, JOBS)
        first.send(signal.SIGKILL)
        first.end()
        finish(untrained, "--unlock")
        second = snakemake(untrained, *TABLES, "--configfile", CONFIGURATION)
        assert second.returncode != 0
        assert "is being trained in by process" in second.stdout + second.stderr
        send(signal.SIGKILL, *orphans)


@pytest.mark.long
@pytest.mark.parametrize("everyone", [False, True], ids=["head alone", "all processes"])
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=lambda sent: sent.name)
def test_a_head_that_is_asked_to_stop_is_started_again(
    untrained: Path, finished: Path, sent: signal.Signals, everyone: bool
) -> None:
    with head(untrained, *TABLES) as first:
        pids = trainers(untrained, first, JOBS)
        first.send(sent, everyone)
        send(signal.SIGCONT, *pids)
        assert first.end() != 0, first.text
        if sent == signal.SIGINT and everyone:
            assert first.text.count(": stopped by SIGINT at step") == JOBS
            assert first.text.count("the same command goes on from there") == JOBS
            assert not any(noise in first.text for noise in ("RuleException", "message: None", "python -m", "Error"))
    finished_as_before(untrained, finished, *TABLES)
