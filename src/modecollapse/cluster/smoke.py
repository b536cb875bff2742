"""The smoke job of `cluster-check`: it runs where training runs, and writes what it finds there as one JSON file."""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import socket
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import modecollapse
from modecollapse import files
from modecollapse.cluster.findings import Finding, problem

PACKAGES = ("torch", "pandas", "snakemake")
HEAD, LOCK = "head.json", "head.lock"  # the login node's versions and time, rewritten twice a second, and its lock
SECONDS = 60.0  # within which a change of HEAD has to be seen


def smoke(folder: Path, device: str, out: Path) -> None:
    """Look at this machine, for a study on `device`, and write the findings and times of this clock to `out`."""
    beat = _next_beat(folder)
    findings = [_python(_head(folder)), _lock(folder), *([_gpu()] if device.startswith("cuda") else [])]
    job = {"host": socket.gethostname(), "slurm_job": os.environ.get("SLURM_JOB_ID"), "findings": findings}
    files.write_json(out, job | {"beat": beat, "written": time.time()})


def versions() -> dict[str, str]:
    """This Python and the versions of what the study needs; nothing is imported."""
    installed = {one.name.lower(): one.version for one in metadata.distributions()}
    found = {"environment": os.path.realpath(sys.prefix), "python": sys.version.split()[0]}
    found["modecollapse"] = str(Path(modecollapse.__file__).parent)
    return found | {name: installed.get(name, "missing") for name in PACKAGES}


def _head(folder: Path) -> dict[str, Any]:
    """What the login node wrote; empty if nothing is seen here."""
    try:
        return json.loads((folder / HEAD).read_text(encoding="utf-8"))
    except OSError:
        return {}


def _next_beat(folder: Path) -> dict[str, float] | None:
    """When the next change of HEAD was written (its clock) and seen (this clock); None if none is seen."""
    before, end = _head(folder).get("time"), time.monotonic() + SECONDS
    while time.monotonic() < end:
        now = _head(folder).get("time")
        if now not in (None, before):
            return {"written": now, "seen": time.time()}
        time.sleep(0.05)
    return None


def _python(head: dict[str, Any]) -> Finding:
    """Whether this Python is the login node's, with the same packages, and imports them."""
    wrong, here = [], versions()
    for name in PACKAGES:
        try:
            importlib.import_module(name)
        except Exception as error:  # a broken library raises what it likes
            wrong.append(f"cannot import {name}: {type(error).__name__}: {error}"[:200])
    there = head.get("versions", here)
    wrong += [f"{name} {here[name]}, not {there[name]}" for name in here if here[name] != there[name]]
    if wrong:
        write = "activate the environment before snakemake, and keep it on a disk that all nodes share"
        return problem("Python", "; ".join(wrong), write)
    return Finding("Python", ", ".join(f"{name} {version}" for name, version in here.items()))


def _lock(folder: Path) -> Finding:
    """Whether a lock that the login node holds is refused here, as `training.lock` needs it."""
    write = "mount with flock (Lustre: -o flock, NFS: lockd running), or give results/ another file system"
    with open(folder / LOCK, "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # some network file systems say the latter
            return Finding("file lock", "a lock that the login node holds is refused here")
        except OSError as error:
            return problem("file lock", f"{folder}: {error.strerror}", write)
    return problem("file lock", "this job got a lock that the login node holds: two jobs could write one run", write)


def _gpu() -> Finding:
    """Whether torch sees a GPU and computes on it, and the likeliest reason if not."""
    visible, built = os.environ.get("CUDA_VISIBLE_DEVICES"), None
    try:
        import torch

        built = torch.version.cuda or torch.version.hip
        square = torch.ones(64, 64, device="cuda")
        if float((square @ square).sum()) == 64**3:
            return Finding("GPU", f"{torch.cuda.get_device_name()}, torch built with {built}: computes")
        said = "a product of matrices is wrong"
    except Exception as error:  # torch raises AssertionError, RuntimeError, ImportError
        said = f"{type(error).__name__}: {error}"[:200]
    write = f"a driver that knows CUDA {built}, or a torch built for this node's driver and GPU"
    if not visible:
        write = "gpu: 1 (set-resources, train); if it is there, Slurm needs GresTypes=gpu, and gres.conf on the node"
    if not built:
        write = "install a build of torch with CUDA (pytorch.org, Get Started)"
    return problem("GPU", f"CUDA_VISIBLE_DEVICES={visible}: {said}", write)
