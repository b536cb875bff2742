"""The literal command on a real Slurm: what is asked for each job, what comes out, and what works without Slurm."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from dag_copy import CONFIGURATION, RESULTS
from pypdf import PdfReader
from slurm.on_slurm import LITERAL, adapted_copy, start, without_slurm
from slurm.private_slurm import PrivateSlurm


@pytest.fixture(scope="module")
def finished(slurm: PrivateSlurm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which the literal command has ended."""
    folder = adapted_copy(tmp_path_factory.mktemp("clone"))
    head = start(folder, slurm)
    assert head.end() == 0, head.text[-4000:]
    return folder


@pytest.fixture(scope="module")
def jobs(finished: Path, slurm: PrivateSlurm) -> dict[str, list[dict[str, str]]]:
    """What Slurm knows of the jobs of the study, by their rule."""
    found: dict[str, list[dict[str, str]]] = {}
    for job in slurm.jobs().values():
        if job["WorkDir"] == str(finished):
            rule = job["Comment"].removeprefix("rule_").partition("_wildcards_")[0]
            found.setdefault(rule, []).append(job)
    return found


def test_every_job_but_figures_and_report_ran_on_the_cluster_and_it_ends_with_the_pdf(finished, jobs):
    counts = {rule: len(of_rule) for rule, of_rule in jobs.items()}
    expected = {"data": 1, "calibrate": 1, "train": 2, "measure": 1, "summarise": 1, "compare": 1, "judge": 1}
    assert counts == expected
    text = " ".join(page.extract_text() for page in PdfReader(finished / RESULTS / "report.pdf").pages)
    assert "VEEGAN" in text


def test_what_is_asked_for_each_job_reaches_slurm_and_each_leaves_its_logs(finished, jobs):
    """Training asks for a GPU of the GPU partition, the rest for none."""
    for rule, of_rule in jobs.items():
        asked = ("gpu", "gres:gpu:1") if rule == "train" else ("cpu", None)
        for job in of_rule:
            assert (job["JobState"], job["Partition"], job.get("TresPerJob")) == ("COMPLETED", *asked), rule
        logs = list((finished / ".snakemake" / "slurm_logs" / f"rule_{rule}").rglob("*.log"))
        assert {log.stem for log in logs} == {job["JobId"] for job in of_rule}
    assert len(list((finished / RESULTS / "logs" / "train").rglob("*.log"))) == 2
    [data] = jobs["data"]
    assert (data["MinMemoryNode"], data["TimeLimit"]) == ("4000M", "00:10:00")
    for job in jobs["train"]:
        assert (job["MinMemoryNode"], job["TimeLimit"], job["Requeue"]) == ("4000M", "00:30:00", "1")
    records = [json.loads(path.read_text()) for path in (finished / RESULTS / "runs").rglob("run.json")]
    assert {str(one["slurm"]["slurm_job_id"]) for one in records} == {job["JobId"] for job in jobs["train"]}


def run_without_slurm(folder, programs):
    """The literal command on a machine on which no command of Slurm is to be found."""
    command = [*LITERAL, "--configfile", CONFIGURATION]
    called = {"cwd": folder, "env": without_slurm(folder, programs), "timeout": 300}
    return subprocess.run(command, **called, capture_output=True, text=True)


def test_the_report_is_made_anew_where_there_is_no_slurm(finished, tmp_path):
    pdf = finished / RESULTS / "report.pdf"
    before = pdf.read_bytes()
    pdf.unlink()
    run = run_without_slurm(finished, tmp_path / "programs")
    assert run.returncode == 0, run.stderr[-3000:]
    assert pdf.read_bytes() == before


def test_training_without_slurm_is_refused_in_one_line(tmp_path):
    folder = adapted_copy(tmp_path / "clone")
    run = run_without_slurm(folder, tmp_path / "programs")
    assert run.returncode == 2
    [line] = [line for line in run.stderr.splitlines() if "error" in line.lower()]
    assert line.startswith("error: no sbatch here to submit ")
    assert "2 train" in line
    assert "--executor local" in line
    assert not (folder / "results").exists()
