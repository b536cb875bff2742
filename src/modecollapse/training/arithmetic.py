"""The trainer owns its arithmetic: threads, determinism and precision never come from the surroundings."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch

THREADS = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc's mallopt(3)
_ONE_GIBIBYTE = 1 << 30


def configure() -> None:
    """Fix everything that changes numbers, whatever OMP_NUM_THREADS says (Snakemake derives it from --cores)."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    torch.set_flush_denormal(True)
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    _keep_freed_memory()


def describe(device: str) -> dict[str, Any]:
    """Where and how numbers are made: versions, device, processor, threads and flags."""
    return {
        "versions": {
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else "cpu",
        "cpu": _processor(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "matmul_precision": torch.get_float32_matmul_precision(),
    }


def _keep_freed_memory() -> None:
    """Let glibc reuse the megabytes freed after each step: without this a third of a step is page faults."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return  # not glibc: slower, not different
    mallopt(_M_TRIM_THRESHOLD, _ONE_GIBIBYTE)
    mallopt(_M_MMAP_THRESHOLD, _ONE_GIBIBYTE)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
