"""What jobs may answer, and what is made of it: clocks, slow files, GPUs that torch does not see."""

from __future__ import annotations

import copy
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import modecollapse
from modecollapse.cluster import inside_job
from modecollapse.cluster.answers import job_rows
from modecollapse.cluster.gpus import fits
from modecollapse.cluster.jobs import Job
from modecollapse.cluster.request import Request
from modecollapse.cluster.rows import Row, Status

HEAD = {"python": "3.11.7", "modecollapse": "0.1.0", "torch": "2.13.0", "pandas": "3.1.1", "snakemake": "9.27.1"}
REPLIED = 1000.0  # of the head's clock
GOOD = {
    "host": "n1",
    "times": {"hello": REPLIED - 0.5, "reply": REPLIED + 0.5},
    "prefix": sys.prefix,
    "head_python": True,
    "package": str(Path(modecollapse.__file__).parent),
    "versions": HEAD,
    "errors": {},
    "cpus": 2,
    "cpus_of_slurm": "2",
    "temporary": {"folder": "/tmp", "error": ""},
    "locks": {inside_job.FREE: inside_job.GOT, inside_job.HELD: inside_job.REFUSED},
    "gpu": {
        "cuda": "12.8",
        "hip": None,
        "names": ["NVIDIA A100"],
        "capabilities": [[8, 0]],
        "architectures": ["sm_80", "sm_90"],
        "error": "",
    },
    "driver": "570.1",
    "visible": "0",
}
UNSEEN = {"names": [], "capabilities": [], "architectures": []}


def _rows(latency: float = 5.0, **changed: Any) -> dict[str, Row]:
    """The rows of a GPU job whose good answer is changed so."""
    answer = copy.deepcopy(GOOD)
    for key, value in changed.items():
        answer[key] = answer[key] | value if isinstance(value, dict) and isinstance(answer.get(key), dict) else value
    request = Request(("train",), {"gpu": 1, "cpus_per_task": 2})
    job = Job(request, Path("nowhere"), number="7", replied=REPLIED, answer=answer)
    return {row.check.removeprefix("GPU job: "): row for row in job_rows(job, latency, HEAD)}


def test_a_good_answer_is_ok_throughout() -> None:
    rows = _rows()
    assert {row.status for row in rows.values()} == {Status.OK}
    assert rows["GPU"].found == "NVIDIA A100, driver 570.1, CUDA 12.8: works"
    assert rows["clock"].found == "+0.0 s against here (to within 0.5 s)"


@pytest.mark.parametrize(
    ("ahead", "takes", "status"),
    [
        (0, 1, Status.OK),
        (5, 1, Status.OK),  # 4.5 at least
        (6, 1, Status.WARNING),
        (-6, 1, Status.WARNING),
        (6, 4, Status.OK),  # a slow answer bounds the clock less well
        (3600, 4, Status.WARNING),
    ],
)
def test_clocks_that_differ_by_more_than_the_exchange_can_hide(ahead: float, takes: float, status: Status) -> None:
    middle = REPLIED + ahead
    row = _rows(times={"hello": middle - takes / 2, "reply": middle + takes / 2})["clock"]
    assert row.status is status
    assert row.found.startswith(f"{ahead:+.1f} s")


def test_files_that_come_late_ask_for_a_longer_wait() -> None:
    slow = {"hello": REPLIED - 6, "reply": REPLIED + 6}
    row = _rows(times=slow)["shared files"]
    assert (row.status, row.change) == (Status.WARNING, "latency-wait: 29 in the profile")
    assert _rows(latency=30, times=slow)["shared files"].status is Status.OK


def test_a_reply_that_is_never_seen() -> None:
    rows = _rows(times={"reply": None})
    assert rows["shared files"].status is Status.PROBLEM
    assert rows["clock"].status is Status.SKIPPED


@pytest.mark.parametrize(
    ("changed", "status", "found"),
    [
        ({"prefix": "/usr"}, Status.PROBLEM, "/usr, not "),
        ({"head_python": False}, Status.PROBLEM, "is not on the node"),
        ({"errors": {"torch": "OSError: libcudart.so.12"}}, Status.PROBLEM, "cannot import torch: OSError: libcudart"),
        ({"versions": {"pandas": "2.0.0"}}, Status.PROBLEM, "pandas 2.0.0 (here 3.1.1)"),
        ({"versions": {"torch": ""}}, Status.PROBLEM, "torch missing (here 2.13.0)"),
        ({"package": "/other/modecollapse"}, Status.WARNING, "modecollapse of /other/modecollapse"),
    ],
)
def test_another_python_is_told_from_this_one(changed: dict[str, Any], status: Status, found: str) -> None:
    row = _rows(**changed)["Python"]
    assert row.status is status
    assert found in row.found


def test_fewer_cores_than_asked() -> None:
    assert _rows(cpus=1)["cores"].status is Status.WARNING


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"gpu": {"cuda": None, "error": "AssertionError: not compiled"}}, "is a CPU build: install the CUDA build"),
        ({"visible": None}, "Slurm gave no GPU"),
        ({"driver": ""}, "no NVIDIA driver"),
        ({"gpu": {"error": "RuntimeError: driver too old"}}, "driver 570.1 may be too old for CUDA 12.8"),
    ],
)
def test_a_gpu_that_torch_does_not_see_has_a_likely_reason(changed: dict[str, Any], reason: str) -> None:
    answer = changed | {"gpu": UNSEEN | changed.get("gpu", {})}
    row = _rows(**answer)["GPU"]
    assert row.status is Status.PROBLEM
    assert row.found.startswith("torch sees none")
    assert reason in row.change


def test_a_gpu_that_torch_is_not_built_for() -> None:
    no_kernel = {"capabilities": [[12, 0]], "error": "RuntimeError: no kernel image"}
    assert "not sm_120" in _rows(gpu=no_kernel)["GPU"].change
    assert "broken or full" in _rows(gpu={"error": "out of memory"})["GPU"].change


def test_a_gpu_without_torch_is_not_judged() -> None:
    assert _rows(gpu={"torch": "ModuleNotFoundError: torch"})["GPU"].status is Status.SKIPPED


@pytest.mark.parametrize(
    ("capability", "architectures", "fit"),
    [
        ((8, 0), ["sm_80"], True),
        ((8, 6), ["sm_80"], True),
        ((8, 0), ["sm_86"], False),
        ((9, 0), ["sm_80"], False),
        ((9, 0), ["sm_80", "compute_80"], True),
        ((7, 0), ["compute_80"], False),
        ((9, 0), ["sm_90a"], True),
        ((10, 0), ["sm_100"], True),
        ((9, 0), ["gfx90a"], False),
        ((9, 0), [], False),
    ],
)
def test_code_for_one_gpu_and_another(capability: tuple[int, int], architectures: list[str], fit: bool) -> None:
    assert fits(capability, architectures) is fit


def test_the_cpu_build_of_torch_says_so_here() -> None:
    torch = pytest.importorskip("torch")
    found = inside_job._gpu()
    assert found["cuda"] == torch.version.cuda
    assert bool(found["error"]) is not torch.cuda.is_available()


def test_the_environment_is_told_without_imports() -> None:
    assert inside_job.versions()["python"] == ".".join(map(str, sys.version_info[:3]))
    assert all(inside_job.versions()[name] for name in inside_job.PACKAGES)
    assert os.path.isdir(sys.prefix)
