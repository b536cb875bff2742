"""`modecollapse cluster-check` as a user runs it, on a real Slurm of two nodes on this machine, whose GPUs are fake."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from dag_copy import CONFIGURATION, RESULTS
from slurm.on_slurm import adapted_copy, surroundings
from slurm.private_slurm import PrivateSlurm, missing

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="the fake GPUs' numbers mean real ones here")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateSlurm]:
    if missing():
        pytest.skip(missing())
    with PrivateSlurm(tmp_path_factory.mktemp("slurm") / "c") as started:
        yield started


def _lines(folder: Path, cluster: PrivateSlurm, *options: str) -> tuple[int, list[str]]:
    called = [sys.executable, "-m", "modecollapse", "cluster-check", "--configfile", CONFIGURATION, *options]
    done = subprocess.run(called, cwd=folder, env=surroundings(folder, cluster), capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def test_all_is_well_but_for_the_fake_gpu(cluster: PrivateSlurm, tmp_path: Path) -> None:
    folder = adapted_copy(tmp_path / "clone", device="cuda")
    status, lines = _lines(folder, cluster)
    assert status == 1
    [gpu] = [line for line in lines if not line.startswith("OK ")]
    assert gpu.startswith("PROBLEM  GPU: CUDA_VISIBLE_DEVICES=0: ")
    assert torch.version.cuda or gpu.endswith("install a build of torch with CUDA (pytorch.org, Get Started)")
    names = [line.split(":")[0].split(maxsplit=1)[1] for line in lines if "partition of" not in line]
    assert names == ["Slurm", "executor plugin", "smoke job", "Python", "file lock", "GPU", "shared files", "clock"]
    [job] = cluster.jobs().values()
    assert (job["Partition"], job["TresPerJob"], job["TimeLimit"]) == ("gpu", "gres:gpu:1", "00:10:00")
    assert not (folder / RESULTS).exists()  # no plan is declared


@pytest.mark.long
def test_a_real_refusal_and_a_job_that_never_starts(cluster: PrivateSlurm, tmp_path: Path) -> None:
    folder = adapted_copy(tmp_path / "clone")
    profile = folder / "slurm" / "config.yaml"
    text = profile.read_text()
    profile.write_text(text.replace("    gpu: 1\n", "    gpu: 1\n    constraint: none\n", 1))
    status, lines = _lines(folder, cluster)
    assert (status, "Invalid feature specification" in lines[-1]) == (1, True), lines
    profile.write_text(text)
    for node in cluster.nodes:
        cluster.run("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=test")
    status, lines = _lines(folder, cluster, "--wait", "0.3")
    assert "did not end in 18 s; Slurm says: job " in lines[-1]
    assert {job["JobState"] for job in cluster.jobs().values()} <= {"COMPLETED", "CANCELLED"}
