"""Case 20: the number of cores changes no result. Only times and the PDF that prints them differ."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from dag_copy import CONFIGURATION, RESULTS, RING, finished_study, snakemake
from dag_processes import contents

pytestmark = [pytest.mark.dag, pytest.mark.long]
# What a run record may say otherwise the next time: when, how long, and on what.
OF_THE_MOMENT = {"wall_seconds", "process_seconds", "seed_steps_per_second"}


@pytest.fixture(scope="module")
def two_cores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_study(tmp_path_factory, RING)


@pytest.fixture(scope="module")
def one_core(tmp_path_factory: pytest.TempPathFactory, two_cores: Path) -> Path:
    """The same sources and configuration from nothing on one core."""
    folder = tmp_path_factory.mktemp("one-core") / "copy"
    shutil.copytree(two_cores, folder, ignore=shutil.ignore_patterns("results", ".snakemake"))
    run = snakemake(folder, "--configfile", CONFIGURATION, cores=1)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return folder


def bytes_of(folder: Path, pattern: str) -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in (folder / RESULTS).glob(pattern)}
    assert found, pattern
    return found


def test_runs_measures_and_tables_are_the_same(one_core: Path, two_cores: Path, fault_log: Callable[..., None]) -> None:
    found = contents(one_core)
    assert {"runs/matched/ring/veegan/seeds-0-1/weights.safetensors", "tables/verdicts.csv"} <= found.keys()
    assert found == contents(two_cores)
    fault_log("20", "--cores 1 against --cores 2", "identical but for times in run.json and PDF")


@pytest.mark.parametrize("pattern", ["data/*.npz", "tables/*.parquet", "tables/*.csv", "figures/*.svg"])
def test_the_files_have_the_same_bytes(one_core: Path, two_cores: Path, pattern: str) -> None:
    assert bytes_of(one_core, pattern) == bytes_of(two_cores, pattern)


def records(folder: Path) -> dict[Path, dict]:
    runs = folder / RESULTS / "runs"
    return {path.relative_to(runs): json.loads(path.read_text()) for path in runs.rglob("run.json")}


def test_run_records_differ_in_times_alone(one_core: Path, two_cores: Path) -> None:
    for first, second in zip(records(one_core).values(), records(two_cores).values(), strict=True):
        assert {key for key in first.keys() | second.keys() if first.get(key) != second.get(key)} <= OF_THE_MOMENT


def test_the_pdf_has_the_same_bytes_once_the_records_have(one_core: Path, two_cores: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(one_core, tmp_path / "copy"))
    shutil.copytree(two_cores / RESULTS / "runs", folder / RESULTS / "runs", dirs_exist_ok=True)
    run = snakemake(folder, "--configfile", CONFIGURATION, "--allowed-rules", "seal", "typeset", "--forcerun", "seal")
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert bytes_of(folder, "report.pdf") == bytes_of(two_cores, "report.pdf")
