"""What a job's torch saw of its GPUs, judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from modecollapse.cluster.rows import Row, Status


def gpu_rows(title: str, answer: dict[str, Any]) -> Iterator[Row]:
    """Rows on the GPU of a job's answer: whether torch sees it and can work on it."""
    title, found = f"{title}: GPU", answer["gpu"]
    if "torch" in found:
        yield Row(title, f"torch cannot be imported: {found['torch']}", Status.SKIPPED, "see the Python row")
        return
    if not found.get("names"):
        given = f"CUDA_VISIBLE_DEVICES={answer['visible']}" if answer["visible"] else "no CUDA_VISIBLE_DEVICES"
        yield Row(title, f"torch sees none ({given})", Status.PROBLEM, _reason(answer))
        return
    build = f"CUDA {found['cuda']}" if found["cuda"] else f"ROCm {found['hip']}"
    driver = f", driver {answer['driver']}" if answer["driver"] else ""
    listed = ", ".join(found["names"])
    if found["error"]:
        yield Row(title, f"{listed}{driver}, {build}: {found['error']}", Status.PROBLEM, _misfit(found))
    else:
        yield Row(title, f"{listed}{driver}, {build}: works")


def _reason(answer: dict[str, Any]) -> str:
    """Why torch may see no GPU, the likeliest reason alone."""
    found = answer["gpu"]
    if not found["cuda"] and not found["hip"]:
        version = answer["versions"].get("torch", "")
        return f"torch {version} is a CPU build: install the CUDA build (pytorch.org, Get Started)"
    if not answer["visible"]:
        return "Slurm gave no GPU: gpu: 1 in the profile; GresTypes=gpu and gres.conf on the node"
    if found["cuda"] and not answer["driver"]:
        return "the node has no NVIDIA driver (nvidia-smi does not answer): name another partition, tell the site"
    return (
        f"driver {answer['driver'] or 'unknown'} may be too old for CUDA {found['cuda']}: a newer driver, or a torch"
        f" for an older CUDA (torch says: {found['error'] or 'nothing'})"
    )


def _misfit(found: dict[str, Any]) -> str:
    for capability in found["capabilities"]:
        if not fits(capability, found["architectures"]):
            listed = ", ".join(found["architectures"])
            return f"torch is built for {listed}, not sm_{capability[0]}{capability[1]}: another build of torch, or GPU"
    return "what torch says on the left; the GPU may be broken or full"


def fits(capability: Sequence[int], architectures: Sequence[str]) -> bool:
    """Whether code for such architectures runs on a GPU of a compute capability (major, minor).

    sm_ code runs on the same major and a minor not below its own; compute_ code on everything newer.
    """
    major, minor = capability
    for name in architectures:
        named = re.fullmatch(r"(sm|compute)_(\d+)(\d)[af]?", name)
        if named:
            built = (int(named[2]), int(named[3]))
            if built <= (major, minor) and (named[1] == "compute" or built[0] == major):
                return True
    return False
