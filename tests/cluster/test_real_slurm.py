"""The check against a real Slurm: two nodes on this machine, whose GPUs lead nowhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from slurm.private_slurm import PrivateSlurm, missing

from modecollapse.cluster.check import check
from modecollapse.cluster.jobs import Patience
from modecollapse.cluster.profile import read_profile
from modecollapse.cluster.rows import Row, Status

GPU = {"slurm_partition": "gpu", "gpu": 1, "cpus_per_task": 2, "mem_mb": "2000 * attempt", "runtime": 60}
PATIENCE = Patience(wait=240, file=60, look=0.1, squeue=1)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateSlurm]:
    """Two nodes with two fake GPUs each."""
    if missing():
        pytest.skip(missing())
    with PrivateSlurm(tmp_path_factory.mktemp("slurm") / "c") as started:
        yield started


@pytest.fixture
def environment(cluster: PrivateSlurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run the study in, the cluster's commands, and this Python first on the PATH."""
    monkeypatch.chdir(tmp_path)
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{cluster.environment['PATH']}")
    return tmp_path


def _rows(folder: Path, jobs: bool = True, **changed: Any) -> dict[str, Row]:
    content = {"executor": "slurm", "jobs": 8, "retries": 1, "slurm-status-command": "squeue"}
    content |= {"default-resources": {"slurm_partition": "cpu", "runtime": 30, "mem_mb": 1000}}
    content |= {"set-resources": {"train": GPU | changed, "invert": GPU | changed}}
    (folder / "slurm.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return {row.check: row for row in check(read_profile("slurm.yaml"), None, jobs, patience=PATIENCE)}


def _problems(rows: dict[str, Row]) -> set[str]:
    return {name for name, row in rows.items() if row.status is Status.PROBLEM}


@pytest.mark.skipif(torch.cuda.is_available(), reason="the fake GPUs' numbers mean real ones here")
def test_all_is_well_but_for_the_fake_gpu(cluster: PrivateSlurm, environment: Path) -> None:
    rows = _rows(environment)
    assert _problems(rows) == {"GPU job: GPU"}
    if torch.version.cuda is None:
        assert "is a CPU build" in rows["GPU job: GPU"].change
    assert rows["GPU job: GPU"].found == "torch sees none (CUDA_VISIBLE_DEVICES=0)"
    assert rows["GPU job: cores"].found.endswith("Slurm says 2")
    assert rows["CPU job: file locks"].status is Status.OK
    partitions = {job["Partition"]: job for job in cluster.jobs().values() if job["JobName"].startswith("modecollapse")}
    assert set(partitions) == {"cpu", "gpu"}
    assert partitions["gpu"]["TresPerJob"] == "gres:gpu:1"
    assert "TresPerJob" not in partitions["cpu"]


def test_real_refusals_are_understood(environment: Path) -> None:
    assert _problems(_rows(environment, jobs=False)) == set()
    misspelt = _rows(environment, jobs=False, slurm_partition="gqu")
    assert misspelt["partition of train, invert"].change.endswith("allowed: cpu, gpu")
    assert misspelt["sbatch --test-only, train, invert"].change.startswith("set slurm_partition")
    greedy = _rows(environment, jobs=False, gpu=3)
    assert "GPUs for train, invert" in _problems(greedy)
    large = _rows(environment, jobs=False, mem_mb=30_000)
    assert "mem_mb of train, invert" in _problems(large)
    assert large["sbatch --test-only, train, invert"].change
    account = _rows(environment, jobs=False, slurm_account="proj")
    assert account["slurm_account"].status is Status.WARNING  # without accounting it is not to be found out


def test_jobs_that_wait_are_cancelled(
    cluster: PrivateSlurm, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.run("scontrol", "update", "PartitionName=gpu", "State=DOWN")
    try:
        monkeypatch.setattr(sys.modules[__name__], "PATIENCE", Patience(wait=4, file=60, look=0.1, squeue=0.5))
        rows = _rows(environment)
        assert rows["partition of train, invert"].found == "gpu is not up"
        assert "PENDING (PartitionDown)" in rows["GPU job"].found
        left = [job for job in cluster.jobs().values() if job["JobState"] in ("PENDING", "RUNNING")]
        assert [job for job in left if job["Partition"] == "gpu"] == []
    finally:
        cluster.run("scontrol", "update", "PartitionName=gpu", "State=UP")
