"""Jobs that really run, as processes that fake commands start here; and jobs that never start, end or answer."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import modecollapse
from modecollapse.cluster.check import check
from modecollapse.cluster.jobs import Patience, environment
from modecollapse.cluster.rows import Row, Status

NO_LOCKS = """\
class FileLock:
    def __init__(self, path, timeout): pass
    def __enter__(self): return self
    def __exit__(self, *how): pass
"""


def _rows(site: Any, patience: Patience, **changed: object) -> dict[str, Row]:
    return {row.check: row for row in check(site.profile(**changed), patience=patience)}


def _problems(rows: dict[str, Row]) -> set[str]:
    return {name for name, row in rows.items() if row.status is Status.PROBLEM}


def test_a_good_site_runs_both_jobs_and_leaves_nothing(site: Any, quick: Callable[..., Patience]) -> None:
    for name in ("torch", "pandas", "snakemake"):  # the real versions are in the metadata, whatever is imported
        assert (site.modules / f"{name}.py").exists()
    rows = _rows(site, quick())
    assert {row.status for row in rows.values()} == {Status.OK}
    assert rows["GPU job: GPU"].found == "A100, CUDA 12.8: works"
    assert rows["CPU job: file locks"].found == "a lock held here is refused there"
    assert "there and back" in rows["GPU job: shared files"].found
    assert "GPU job: GPU" in rows
    assert "CPU job: GPU" not in rows
    assert list(Path("results").iterdir()) == []
    assert site.cancelled == []


def test_jobs_that_never_start_are_given_up_and_cancelled(site: Any, quick: Callable[..., Patience]) -> None:
    site.command("squeue", "echo 'PENDING|QOSMaxJobsPerUserLimit'")
    numbers = site.notes / "numbers"
    old = (site.bin / "sbatch").read_text().partition("\n")[2]
    site.command("sbatch", old.replace('cat > "$FAKE/$number.sh"', f"echo $$ >> {numbers}; echo $$; exit"))
    rows = _rows(site, quick(wait=0.5))
    assert _problems(rows) == {"CPU job", "GPU job"}
    assert "did not start in time" in rows["GPU job"].found
    assert "PENDING (QOSMaxJobsPerUserLimit)" in rows["GPU job"].found
    assert len(site.cancelled) == 2
    assert sorted(site.cancelled) == sorted(numbers.read_text().split())


def test_ctrl_c_cancels_the_jobs(site: Any) -> None:
    site.command("squeue", "echo 'PENDING|Resources'")
    text = (site.bin / "sbatch").read_text().partition("\n")[2]
    site.command("sbatch", text.replace('cat > "$FAKE/$number.sh"', "echo $$; exit"))
    site.profile()
    code = (
        "import logging; logging.basicConfig(level=logging.INFO)\n"
        "from modecollapse.cluster import check, profile\n"
        f"check.check(profile.read_profile({str(site.folder / 'profile.yaml')!r}))"
    )
    head = subprocess.Popen([sys.executable, "-c", code], env=environment(), stderr=subprocess.PIPE, text=True)
    assert head.stderr is not None
    said = head.stderr.readline()
    while "PENDING" not in said:
        assert said, "the check ended before its jobs were seen to wait"
        said = head.stderr.readline()
    head.send_signal(signal.SIGINT)
    rest = head.communicate(timeout=30)[1]
    assert "KeyboardInterrupt" in rest
    assert len(site.cancelled) == 2


def test_a_node_whose_python_lacks_the_packages(site: Any, quick: Callable[..., Patience]) -> None:
    """-S leaves out site-packages, as another Python on the node would."""
    for name in ("torch", "pandas", "snakemake"):
        (site.modules / f"{name}.py").unlink()
    site.command("python", f'exec {sys.executable} ${{SLURM_JOB_ID:+-S}} "$@"')
    rows = _rows(site, quick())
    assert {"CPU job: Python", "GPU job: Python"} <= _problems(rows)
    assert "activate the environment" in rows["GPU job: Python"].change
    assert rows["GPU job: GPU"].status is Status.SKIPPED


@pytest.mark.parametrize(
    ("python", "found", "change"),
    [
        ("echo 'No module named modecollapse' >&2; exit 1", "No module named modecollapse", "activate"),
        ("echo 'odd' >&2; exit 1", "it printed: odd", "on the left"),
    ],
)
def test_a_job_that_fails_shows_what_it_printed(
    site: Any, quick: Callable[..., Patience], python: str, found: str, change: str
) -> None:
    site.command("python", f'[ "$SLURM_JOB_ID" ] || exec {sys.executable} "$@"\n{python}')
    rows = _rows(site, quick(file=0.3))
    assert _problems(rows) == {"CPU job", "GPU job"}
    assert found in rows["CPU job"].found
    assert change in rows["CPU job"].change
    kept = list(Path("results").glob(".cluster-check-*/*/*/log.txt"))
    assert len(kept) == 2
    assert site.cancelled == []


def test_a_step_that_does_not_find_slurm(site: Any, quick: Callable[..., Patience], monkeypatch: Any) -> None:
    """The step gets no SLURM_CONF, as with the plugin, however it was set here."""
    monkeypatch.setenv("SLURM_CONF", "/somewhere/slurm.conf")
    lost = "srun: fatal: Could not establish a configuration source"
    run = 'while [ "${1#-}" != "$1" ]; do shift; done; exec "$@"'
    site.command("srun", f'[ "$SLURM_CONF" ] || {{ echo "{lost}" >&2; exit 1; }}\n{run}')
    rows = _rows(site, quick(file=0.3))
    assert "SLURM_CONF" in rows["CPU job"].change


def test_a_lock_that_does_not_work_between_nodes(site: Any, quick: Callable[..., Patience]) -> None:
    site.module("filelock", NO_LOCKS)
    rows = _rows(site, quick())
    assert _problems(rows) == {"CPU job: file locks", "GPU job: file locks"}
    assert "mount with flock" in rows["GPU job: file locks"].change


def test_a_file_system_without_locks(site: Any, quick: Callable[..., Patience]) -> None:
    site.module("filelock", "def FileLock(path, timeout): raise OSError(38, 'Function not implemented')")
    rows = _rows(site, quick())
    assert "Function not implemented" in rows["CPU job: file locks"].found


def test_a_folder_that_the_nodes_do_not_share(site: Any, quick: Callable[..., Patience]) -> None:
    text = (site.bin / "sbatch").read_text().partition("\n")[2]
    site.command("sbatch", text.replace('cat > "$FAKE/$number.sh"', ': > "$FAKE/$number.ended"; echo $$; exit'))
    rows = _rows(site, quick(file=0.2))
    assert _problems(rows) == {"CPU job", "GPU job"}
    assert "nothing that it wrote appears" in rows["CPU job"].found
    assert "file system that all nodes share" in rows["CPU job"].change


def test_a_node_without_the_temporary_folder(
    site: Any, quick: Callable[..., Patience], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/no/such/folder")
    rows = _rows(site, quick())
    assert _problems(rows) == {"CPU job: TMPDIR", "GPU job: TMPDIR"}
    assert rows["CPU job: TMPDIR"].found == "/no/such/folder: No such file or directory"


@pytest.mark.parametrize("printed", ["", "Welcome to the cluster!", "soon"])
def test_sbatch_that_gives_no_number(site: Any, quick: Callable[..., Patience], printed: str) -> None:
    site.command("sbatch", f'cat > /dev/null; echo "{printed}"')
    rows = _rows(site, quick())
    assert _problems(rows) == {"CPU job", "GPU job"}
    assert (printed or "nothing") in rows["CPU job"].found


def test_squeue_that_cannot_be_read_stops_nothing(site: Any, quick: Callable[..., Patience]) -> None:
    site.say("squeue", "!!! maintenance !!!\n", "slurm_load_jobs error: timed out\n", 1)
    assert _problems(_rows(site, quick())) == set()


@pytest.mark.parametrize("answer", ["no JSON", "[]", '{"token": "of another check"}'])
def test_an_answer_that_is_none(site: Any, quick: Callable[..., Patience], answer: str) -> None:
    writes = f"""[ "$SLURM_JOB_ID" ] || exec {sys.executable} "$@"\necho '{answer}' > "$3/answer.json" """
    site.command("python", writes)
    rows = _rows(site, quick())
    assert _problems(rows) == {"CPU job", "GPU job"}
    assert "its answer is broken" in rows["GPU job"].found


def test_an_answer_of_another_version(site: Any, quick: Callable[..., Patience]) -> None:
    """It bears the token, and lacks what this version wants to know."""
    code = "import json, sys; print(json.dumps({'token': json.load(open(sys.argv[1]))['token'], 'host': 'n1'}))"
    copies = f'{sys.executable} -c "{code}" "$3/question.json" > "$3/part"; mv "$3/part" "$3/answer.json"'
    site.command("python", f'[ "$SLURM_JOB_ID" ] || exec {sys.executable} "$@"\n{copies}')
    rows = _rows(site, quick())
    assert "its answer cannot be read: KeyError" in rows["CPU job"].found


def test_results_that_cannot_be_written(site: Any, quick: Callable[..., Patience]) -> None:
    Path("results").write_text("a file")
    assert "must be a folder" in _rows(site, quick())["jobs"].change


def test_a_request_that_slurm_refuses_is_not_submitted(site: Any, quick: Callable[..., Patience]) -> None:
    text = (site.bin / "sbatch").read_text().partition("\n")[2]
    refusal = 'case "$*" in *test-only*gpu*) echo "allocation failure: time limit" >&2; exit 1 ;; esac'
    site.command("sbatch", f"{refusal}\n{text}")
    rows = _rows(site, quick())
    assert _problems(rows) == {"sbatch --test-only, train, invert"}
    assert rows["sbatch --test-only, train, invert"].change.startswith("runtime:")
    assert "CPU job" in rows
    assert "GPU job" not in rows


def test_a_job_gets_this_package_first() -> None:
    assert environment()["PYTHONPATH"].startswith(str(Path(modecollapse.__file__).parents[1]))
