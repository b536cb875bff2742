"""The trainer's settings hold whatever was set before, and a record tells them and the device."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from modecollapse.training import arithmetic
from modecollapse.training.arithmetic import configure, describe

# What a surrounding program may have set: torch's older switches, its newer ones, or one for everything.
BEFORE = {
    "older": "m.allow_tf32 = True; c.allow_tf32 = True; torch.set_float32_matmul_precision('medium')",
    "newer": "m.fp32_precision = 'tf32'; c.conv.fp32_precision = 'tf32'; c.rnn.fp32_precision = 'tf32'",
    "newer, for all of cuDNN": "c.fp32_precision = 'tf32'; m.fp32_precision = 'tf32'",
    "newer, for all": "torch.backends.fp32_precision = 'tf32'; m.fp32_precision = 'tf32'",
    "both": "m.allow_tf32 = True; m.fp32_precision = 'tf32'; torch.backends.fp32_precision = 'tf32'",
}
# Where the older and the newer settings disagree, torch raises when an older one is read.
SCRIPT = """
import json, sys, torch
from modecollapse.training import arithmetic
m, c = torch.backends.cuda.matmul, torch.backends.cudnn
described = [arithmetic._flags()]
for setting in json.loads(sys.argv[1]):
    c.benchmark, c.deterministic = True, False
    exec(setting)
    before = arithmetic._flags()
    arithmetic.configure()
    older = [m.allow_tf32, c.allow_tf32, torch.get_float32_matmul_precision()]
    described.append([before, older, arithmetic.describe("cpu")])
print(json.dumps(described))
"""


@pytest.mark.parametrize("site", [{}, {"TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1"}])
def test_tf32_is_off_whatever_was_set_before(site: dict[str, str]) -> None:
    source = str(Path(arithmetic.__file__).parents[2])
    command = [sys.executable, "-W", "error", "-c", SCRIPT, json.dumps(list(BEFORE.values()))]
    environment = os.environ | {"PYTHONPATH": source} | site
    found = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, timeout=120).stdout
    untouched, *found = json.loads(found)
    assert untouched["tf32_convolution"]  # torch's own default, which a run must not have
    assert untouched["tf32_matmul"] == bool(site)
    for before, older, after in found:
        assert before["tf32_matmul"]
        assert older == [False, False, "highest"]
        assert after["deterministic"]
        assert after["flags"] == {
            "tf32_matmul": False,
            "tf32_convolution": False,
            "tf32_recurrent": False,
            "cudnn_deterministic": True,
            "cudnn_benchmark": False,
            "cublas_workspace": ":4096:8",
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        }


def test_a_processor_has_no_gpu_and_a_slurm_job_is_in_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in arithmetic.SLURM:
        monkeypatch.delenv(name, raising=False)
    configure()
    described = describe("cpu")
    expected = {"device": "cpu", "gpu": None, "slurm": None, "host": platform.node()}
    assert {key: described[key] for key in expected} == expected
    json.dumps(described, allow_nan=False)
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    monkeypatch.setenv("SLURMD_NODENAME", "gpu-03")
    assert describe("cpu")["slurm"] == {"slurm_job_id": "4711", "slurmd_nodename": "gpu-03"}


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch as it answers on a machine with two GPUs, of which the second is the current one."""
    names = ["NVIDIA A100-SXM4-80GB", "NVIDIA H200"]
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: names[index])
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: [(8, 0), (9, 0)][index])
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.backends.cudnn, "version", lambda: 91002)


def nvidia_smi(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program of that name that does what `script` says, first on the path."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.usefixtures("two_gpus")
def test_a_gpu_is_described_and_its_driver_is_none_where_nvidia_smi_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for device, index, name, capability in (
        ("cuda", 1, "NVIDIA H200", "9.0"),
        ("cuda:0", 0, "NVIDIA A100-SXM4-80GB", "8.0"),
    ):
        nvidia_smi(tmp_path, monkeypatch, "echo 570.124.06; echo 570.124.06")
        described = describe(device)
        assert described["device"] == name
        expected = {"name": name, "index": index, "visible": 2, "capability": capability, "driver": "570.124.06"}
        assert described["gpu"] == expected | {"cuda": "12.8", "cudnn": 91002}
    for script in ("exit 9", "exit 0"):
        nvidia_smi(tmp_path, monkeypatch, script)
        assert describe("cuda")["gpu"]["driver"] is None
    monkeypatch.setenv("PATH", str(tmp_path / "without such a program"))
    assert describe("cuda")["gpu"]["driver"] is None
