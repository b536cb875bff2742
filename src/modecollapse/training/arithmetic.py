"""The arithmetic of every stage: threads, determinism and precision are set here, never by the surroundings."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

THREADS = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc's mallopt(3)
_ONE_GIBIBYTE = 1 << 30
CPU = "cpu"
FULL_PRECISION, TF32 = "ieee", "tf32"  # as torch calls them
SLURM = ("SLURM_JOB_ID", "SLURMD_NODENAME", "SLURM_JOB_PARTITION", "SLURM_RESTART_COUNT")


def configure() -> None:
    """Fix everything that changes numbers, whatever OMP_NUM_THREADS says (Snakemake derives it from --cores).

    Determinism is set by torch's debug interface: `use_deterministic_algorithms` sets the same flag, and one of torch's
    compiler, for which it imports the compiler (see `start_compiler`). Memory is not filled before it is used, since
    all of it is written before it is read; a test fills it with NaN.
    """
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    torch.set_num_threads(THREADS)
    torch.set_deterministic_debug_mode("error")
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.set_flush_denormal(True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    _switch_tf32_off()
    _keep_freed_memory()


def start_compiler() -> str | None:
    """Make torch's compiler ready, whose import takes seconds; the C++ compiler that it uses, as that names itself.

    None where it cannot compile: there is no C++ compiler, or Python's headers are missing.
    """
    import torch._inductor.config

    torch.use_deterministic_algorithms(True)
    torch._inductor.config.compile_threads = 1
    command = [os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++"), "--version"]
    try:
        torch.compile(torch.sin)(torch.ones(2))
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()[0]
    except Exception:  # whatever stops it stops it for our functions too
        return None


def describe(device: str) -> dict[str, Any]:
    """What decides the numbers of a run: versions, device, processor, threads and flags; also host and Slurm job.

    `device` is a torch device; the returned `device` is "cpu" or the name of the GPU. `gpu` and `slurm` are None where
    there is none.
    """
    gpu = _gpu(torch.device(device)) if torch.device(device).type == "cuda" else None
    return {
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__), "numpy": np.__version__},
        "device": gpu["name"] if gpu else CPU,
        "gpu": gpu,
        "cpu": processor(),
        "platform": f"{platform.system()} {platform.machine()}",
        "host": platform.node(),
        "slurm": {name.lower(): os.environ[name] for name in SLURM if name in os.environ} or None,
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "matmul_precision": torch.get_float32_matmul_precision(),
        "flags": _flags(),
    }


def name_of(device: str) -> str:
    """What run.json calls a torch device: "cpu", or the name of the GPU."""
    return CPU if torch.device(device).type == "cpu" else torch.cuda.get_device_name(device)


def _gpu(device: torch.device) -> dict[str, Any]:
    """What decides a GPU's numbers, and which of the visible GPUs it is."""
    index = torch.cuda.current_device() if device.index is None else device.index
    return {
        "name": torch.cuda.get_device_name(index),
        "index": index,
        "visible": torch.cuda.device_count(),
        "capability": ".".join(map(str, torch.cuda.get_device_capability(index))),
        "driver": _driver(),
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }


def _driver() -> str | None:
    """The version of NVIDIA's driver, one for all GPUs of a machine; None where nvidia-smi does not print it."""
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(printed), None)


def _flags() -> dict[str, Any]:
    """The settings that numbers depend on: a GPU's, and which instructions of the processor torch uses."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    return {
        "tf32_matmul": matmul.fp32_precision == TF32,
        "tf32_convolution": cudnn.conv.fp32_precision == TF32,
        "tf32_recurrent": cudnn.rnn.fp32_precision == TF32,
        "cudnn_deterministic": cudnn.deterministic,
        "cudnn_benchmark": cudnn.benchmark,
        "cublas_workspace": os.environ.get("CUBLAS_WORKSPACE_CONFIG"),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
    }


def _switch_tf32_off() -> None:
    """Switch off TF32, which keeps 10 of a number's 23 binary digits.

    torch has older and newer settings for it, and a surrounding program may have set either. The older ones come first:
    alone they do not cover convolutions, and torch raises when they are read while the newer ones disagree with them.
    """
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    for newer in (torch.backends.cuda.matmul, torch.backends.cudnn.conv, torch.backends.cudnn.rnn):
        newer.fp32_precision = FULL_PRECISION


def _keep_freed_memory() -> None:
    """Let glibc reuse the memory freed after each step: otherwise a third of a step's time is page faults."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return  # not glibc: slower, not different
    mallopt(_M_TRIM_THRESHOLD, _ONE_GIBIBYTE)
    mallopt(_M_MMAP_THRESHOLD, _ONE_GIBIBYTE)


def processor() -> str:
    """The model of the processor, as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
