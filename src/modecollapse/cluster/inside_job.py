"""What runs inside a job of the check: `python -m modecollapse.cluster.inside_job FOLDER`.

FOLDER holds the question that the head wrote; what the job finds goes there too. Imports little, so that a Python
that lacks what the study needs can still say so.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import modecollapse
from modecollapse import files

PACKAGES = ("torch", "pandas", "snakemake")
QUESTION, HELLO, REPLY, ANSWER = "question.json", "hello.json", "reply.json", "answer.json"
HELD, FREE = "held.lock", "free.lock"  # a lock that the head holds, and one that nobody holds
GOT, REFUSED = "got", "refused"


def main(folder: Path) -> None:
    """Answer the question in `folder`; OSError or ValueError where it cannot be read."""
    question = json.loads((folder / QUESTION).read_text(encoding="utf-8"))
    times = _exchange(folder, question["reply_seconds"])
    answer = {"token": question["token"], "host": socket.gethostname(), "times": times} | _python(question)
    answer |= {"cpus": len(os.sched_getaffinity(0)), "cpus_of_slurm": os.environ.get("SLURM_CPUS_PER_TASK")}
    answer |= {"temporary": _temporary(), "locks": {name: _lock(folder / name) for name in (FREE, HELD)}}
    if question["gpus"]:
        answer |= {"gpu": _gpu(), "driver": _driver(), "visible": os.environ.get("CUDA_VISIBLE_DEVICES")}
    files.write_json(folder / ANSWER, answer)


def versions() -> dict[str, str]:
    """The versions of what the study needs, "" where one is missing; nothing is imported."""
    found = {"python": ".".join(map(str, sys.version_info[:3])), "modecollapse": modecollapse.__version__}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def _exchange(folder: Path, seconds: float) -> dict[str, float | None]:
    """Say hello and wait for the head's reply: two times of this node's clock, None if no reply is seen."""
    begun = time.time()
    files.write_json(folder / HELLO, {"time": begun})
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (folder / REPLY).exists():
            return {"hello": begun, "reply": time.time()}
        time.sleep(0.1)
    return {"hello": begun, "reply": None}


def _python(question: dict[str, Any]) -> dict[str, Any]:
    """Which Python the rules' commands get here, and what it cannot import, with the reason."""
    errors = {}
    for name in PACKAGES:
        try:
            importlib.import_module(name)
        except Exception as error:  # a broken library raises what it likes
            errors[name] = f"{type(error).__name__}: {error}"
    return {
        "prefix": sys.prefix,
        "head_python": os.access(question["executable"], os.X_OK),
        "package": str(Path(modecollapse.__file__).parent),
        "versions": versions(),
        "errors": errors,
    }


def _temporary() -> dict[str, str]:
    """Where temporary files go, and why they cannot."""
    folder = os.environ.get("TMPDIR") or tempfile.gettempdir()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0")
    except OSError as error:
        return {"folder": folder, "error": str(error.strerror)}
    return {"folder": folder, "error": ""}


def _lock(path: Path) -> str:
    """GOT, REFUSED, or what went wrong."""
    try:
        import filelock

        with filelock.FileLock(path, timeout=0):
            return GOT
    except Exception as error:
        return REFUSED if type(error).__name__ == "Timeout" else f"{type(error).__name__}: {error}"


def _gpu() -> dict[str, Any]:
    """What torch sees of the GPUs, and whether it can work on one."""
    try:
        import torch
    except Exception as error:
        return {"torch": f"{type(error).__name__}: {error}"}
    built = {"cuda": torch.version.cuda, "hip": getattr(torch.version, "hip", None)}
    try:
        torch.cuda.init()
        devices = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
        names = [device.name for device in devices]
        capabilities = [[device.major, device.minor] for device in devices]
        built |= {"names": names, "capabilities": capabilities, "architectures": torch.cuda.get_arch_list()}
        work = float((torch.ones(64, 64, device="cuda") @ torch.ones(64, 64, device="cuda")).sum())
        return built | {"error": "" if work == 64**3 else f"a product of matrices gives {work}"}
    except Exception as error:
        return built | {"error": f"{type(error).__name__}: {error}"}


def _driver() -> str:
    """The NVIDIA driver's version; "" where it does not say."""
    command = shutil.which("nvidia-smi")
    if not command:
        return ""
    try:
        argv = [command, "--query-gpu=driver_version", "--format=csv,noheader"]
        said = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip().split("\n")[0] if said.returncode == 0 else ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
