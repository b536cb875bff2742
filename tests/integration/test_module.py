"""The workflow as a Snakemake module of another repository, and Snakemake's own report."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from dag_copy import RING, command, copy_repository, environment

from modecollapse import reading

pytestmark = pytest.mark.dag
SNAKEFILE = """
configfile: "config/ours.yaml"


module study:
    snakefile:
        "{repository}/workflow/Snakefile"
    config:
        config["mode_collapse"]


use rule * from study exclude all


rule ours:
    default_target: True
    input:
        "results/ring-only/report.pdf",
"""


@pytest.fixture
def outer(tmp_path: Path) -> tuple[Path, Path]:
    """Another repository, and the copy of this one that it uses."""
    repository, folder = copy_repository(tmp_path / "study"), tmp_path / "outer"
    (folder / "workflow").mkdir(parents=True)
    (folder / "config").mkdir()
    (folder / "workflow" / "Snakefile").write_text(SNAKEFILE.format(repository=repository))
    return folder, repository


def run(outer: tuple[Path, Path], study: dict, *arguments: str) -> subprocess.CompletedProcess:
    folder, repository = outer
    (folder / "config" / "ours.yaml").write_text(yaml.safe_dump({"mode_collapse": study, "other": {"steps": "x"}}))
    called = {"cwd": folder, "env": environment(repository), "capture_output": True, "text": True, "timeout": 900}
    return subprocess.run(command(*arguments), **called)


def test_it_reads_the_config_that_it_is_given_and_nothing_else(outer: tuple[Path, Path]) -> None:
    done = run(outer, RING, "--dry-run", "--config", "something=else")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.count("Train matched/ring/") == 2
    assert not (outer[0] / "results").exists()
    done = run(outer, RING | {"variants": ["vegan"]}, "--dry-run")
    assert done.returncode == 2
    assert "error: --config: variants: 'vegan' is unknown" in done.stderr


@pytest.mark.long
def test_the_other_repository_gets_the_whole_study_and_a_report_of_snakemake(outer: tuple[Path, Path]) -> None:
    done = run(outer, RING)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    folder = outer[0] / "results" / "ring-only"
    assert (folder / "report.pdf").read_bytes()[:4] == b"%PDF"
    record = reading.json_file(next(folder.glob("runs/**/run.json")))
    assert [path.stem for path in (folder / "declared").iterdir()] == [record["declared"]["plan"]]
    done = run(outer, RING, "--report", "report.html")
    assert done.returncode == 0, done.stderr[-2000:]
    text = (outer[0] / "report.html").read_text()
    assert all(word in text for word in ("Results", "Tables", "The paper: what reproduced", "verdicts.csv"))
