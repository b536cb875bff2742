"""The smoke job, run here by a head process in Snakemake's place, and what the login node makes of it."""

from __future__ import annotations

import fcntl
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from modecollapse.cluster import check, smoke
from modecollapse.cluster.findings import Finding
from modecollapse.cluster.profile import OTHERS

# A Python that imports nothing slow plays the job; the real one runs in test_real_slurm.py.
QUICK = "import modecollapse.cluster.smoke as s; from pathlib import Path; s.PACKAGES = ('yaml',); "
RUN = "s.smoke(Path('results/.cluster-check'), 'cpu', Path('results/.cluster-check/smoke.json'))"
JOB = f'exec "$PYTHON" -c "{QUICK}{RUN}"'


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "PACKAGES", ("yaml",))
    monkeypatch.setattr(smoke, "SECONDS", 0.3)


def _findings(site: Any, wait: float = 60) -> dict[str, Finding]:
    found = check.check(site.profile(), {OTHERS: [], "train": []}, [Path("a.yaml")], wait)
    return {one.check: one for one in found if not one.check.startswith("partition")}


def test_a_good_site_runs_the_job_as_training(site: Any, head: Callable[[str], None]) -> None:
    head(f'echo "$@" > {site.folder}/arguments; {JOB}')
    found = _findings(site)
    assert {one.status for one in found.values()} == {"OK"}
    assert found["file lock"].found == "a lock that the login node holds is refused here"
    said = (site.folder / "arguments").read_text()
    assert said.startswith("-m snakemake cluster_smoke ")
    resources = "slurm_partition=gpu cluster_smoke:gpu=1 cluster_smoke:mem_mb=4000 * attempt --configfile a.yaml"
    assert said.strip().endswith(f"--set-resources cluster_smoke:{resources}")  # training's, but for its time


def test_a_lock_that_does_not_work_between_machines(site: Any, head: Callable[[str], None]) -> None:
    head(f'exec "$PYTHON" -c "{QUICK}s.LOCK = \'another.lock\'; {RUN}"')
    found = _findings(site)["file lock"]
    assert "two jobs could write one run" in found.found
    assert found.write.startswith("mount with flock")


LOGS = ".snakemake/slurm_logs/rule_cluster_smoke"


@pytest.mark.parametrize(
    ("script", "found", "write"),
    [
        ("echo 'No module named modecollapse' >&2", "No module named modecollapse", "activate the environment"),
        (f"({JOB}); echo something; echo odd", "something; odd", ""),  # Snakemake did not see the answer
        ("true", "nothing was printed", ""),
        (f"echo 'srun: fatal: Could not establish a configuration source' > {LOGS}/7.log", "", "SLURM_CONF"),
    ],
)
def test_a_job_that_fails_says_why(site: Any, head: Callable[[str], None], script: str, found: str, write: str) -> None:
    Path(LOGS).mkdir(parents=True)
    head(f"{script}; exit 1")
    finding = _findings(site)["smoke job"]
    assert finding.status == "PROBLEM"
    assert finding.found == found or not found
    assert write in finding.write


def test_a_job_that_never_starts_is_cancelled(site: Any, head: Callable[[str], None]) -> None:
    """By what Ctrl-C does to Snakemake, which then cancels its jobs."""
    head(f"trap 'echo cancelled > {site.folder}/cancelled; exit 1' INT\nwhile :; do sleep 0.1; done")
    found = _findings(site, wait=2)["smoke job"]
    assert found.found == "did not end in 2 s; Slurm says: job 7, PENDING (Resources)"
    assert (site.folder / "cancelled").exists()
    site.say("squeue")
    assert "Slurm says: nothing of it" in _findings(site, wait=0.5)["smoke job"].found


def test_nothing_is_submitted_after_a_problem(site: Any, head: Callable[[str], None]) -> None:
    site.say("sinfo", "")
    head("exit 1")
    assert "not submitted (after a PROBLEM)" in _findings(site)["smoke job"].found


@pytest.mark.parametrize(
    ("ahead", "takes", "status"),  # slow files bound the difference less well
    [(5, 1, "OK"), (6, 1, "WARNING"), (-6, 1, "WARNING"), (6, 4, "OK"), (3600, 4, "WARNING")],
)
def test_clocks_that_differ_by_more_than_slow_files_can_hide(ahead: float, takes: float, status: str) -> None:
    beat = {"written": 1000.0, "seen": 1000.0 + takes / 2 + ahead}
    files, clock = check.sharing(beat, written=1010.0 + ahead, seen=1010.0 + takes / 2, latency_wait=5)
    assert (files.status, clock.status) == ("OK", status)
    assert clock.found.startswith(f"the job's is {ahead:+.1f} s ahead (to within {takes / 2:.1f} s)")


def test_files_that_come_late_or_never() -> None:
    late, _ = check.sharing({"written": 0.0, "seen": 4.0}, written=10.0, seen=18.0, latency_wait=11)
    assert (late.status, late.write) == ("WARNING", "latency-wait: 29")
    assert next(check.sharing({"written": 0.0, "seen": 4.0}, 10.0, 18.0, 12)).status == "OK"
    [never] = check.sharing(None, 0.0, 0.0, 5)
    assert never.status == "PROBLEM"


def test_another_python_and_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job by hand, without a login node beside it."""

    def refuse(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(smoke, "PACKAGES", ("yaml", "no_such_package"))
    head = {"time": 0.0, "versions": smoke.versions() | {"python": "3.99.1", "yaml": "0.1"}}
    (tmp_path / smoke.HEAD).write_text(json.dumps(head))
    smoke.smoke(tmp_path, "cpu", tmp_path / "smoke.json")
    answer = json.loads((tmp_path / "smoke.json").read_text())
    python, lock = (Finding(*one) for one in answer["findings"])
    assert answer["beat"] is None
    assert "cannot import no_such_package: ModuleNotFoundError" in python.found
    assert f"python {sys.version.split()[0]}, not 3.99.1; yaml missing, not 0.1" in python.found
    assert "Function not implemented" in lock.found


@pytest.mark.parametrize(
    ("built", "total", "visible", "said"),
    [
        ("12.8", 64.0**3, "0", "H200, torch built with 12.8: computes"),
        ("12.8", 7.0, "0", "a product of matrices is wrong"),
        ("12.8", None, "0", "a driver that knows CUDA 12.8"),
        ("12.8", None, "", "gpu: 1 (set-resources, train)"),
        (None, None, "0", "a build of torch with CUDA"),
    ],
)
def test_a_gpu_computes_or_the_likeliest_reason_is_named(
    built: str | None, total: float | None, visible: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`total` is what the GPU makes of a product of ones, None where there is no GPU."""
    ones = MagicMock(side_effect=RuntimeError("no GPU") if total is None else None)
    ones.return_value.__matmul__.return_value.sum.return_value = total
    cuda = SimpleNamespace(get_device_name=lambda: "H200")
    torch = SimpleNamespace(version=SimpleNamespace(cuda=built, hip=None), ones=ones, cuda=cuda)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert said in smoke._gpu().line
