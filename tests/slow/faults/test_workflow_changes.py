"""Case 24: a configuration that changes on the way reruns the cells it touches, and nothing else can be mixed in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from dag_copy import CONFIGURATION, RESULTS, RING, copy_of, finished_study, planned, snakemake

from modecollapse.study import plan
from modecollapse.study.load import load_study
from modecollapse.training.loop import train_block

pytestmark = pytest.mark.dag
CELL = "matched/ring/veegan"
RUN = RESULTS / "runs" / CELL / "seeds-0-1"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_study(tmp_path_factory, RING)


@pytest.fixture
def edited(finished: Path, tmp_path: Path) -> Path:
    return copy_of(finished, tmp_path)


def test_an_option_changed_halfway_touches_its_own_cells(edited: Path, fault_log: Callable[..., None]) -> None:
    """The study stopped after one cell of two; then the other's option changes."""
    (edited / RESULTS / "report.pdf").unlink()
    for part in (RUN, RESULTS / "measures/matched", RESULTS / "tables", RESULTS / "figures"):
        shutil.rmtree(edited / part)
    assert planned(edited)["train"] == 1
    definitions = yaml.safe_load((edited / "config" / "config.yaml").read_text())["definitions"]
    definitions["variants"]["veegan"]["options"]["reconstruction"] = "mean"
    (edited / CONFIGURATION).write_text(yaml.safe_dump(RING | {"definitions": definitions}))
    assert planned(edited)["train"] == 1
    definitions["variants"]["gan-nonsaturating"] = {"label": "another label"}
    (edited / CONFIGURATION).write_text(yaml.safe_dump(RING | {"definitions": definitions}))
    assert planned(edited)["train"] == 1
    fault_log("24", "an option changed after one of two cells ran", "the other cell alone trains")


@pytest.mark.long
def test_another_device_trains_everything_again(edited: Path) -> None:
    stages = planned(edited, "--config", "device=cuda")
    assert stages["train"] == 2
    assert "data" not in stages


def other_run(folder: Path, into: Path) -> None:
    """A run folder of the same cell with other steps, really trained."""
    study = load_study([folder / "config" / "config.yaml", folder / CONFIGURATION], {"steps": 10})
    [cell] = [cell for cell in plan.cells(study) if cell.path == CELL]
    [block] = plan.blocks(study, cell)
    train_block(block, folder / RESULTS / "data" / "ring.npz", into)


def check_refused(folder: Path, *words: str) -> None:
    """The study fails at a job that says why in one line, and has no tables of the mixture."""
    run = snakemake(folder, "--configfile", CONFIGURATION)
    told = run.stdout + run.stderr
    assert run.returncode != 0
    lines = {line.strip() for line in told.splitlines() if line.strip().startswith("error: ")}
    assert len(lines) == 1, told[-3000:]
    [line] = lines
    assert [word for word in words if word not in line] == []
    assert not (folder / RESULTS / "tables" / "measures.parquet").exists()


@pytest.mark.long
def test_a_run_of_another_configuration_is_not_gathered(
    edited: Path, tmp_path: Path, fault_log: Callable[..., None]
) -> None:
    other_run(edited, tmp_path / "other")
    shutil.copytree(tmp_path / "other", edited / RUN, dirs_exist_ok=True)
    check_refused(edited, CELL, "another configuration")
    fault_log("24", "a run folder of other steps copied under a cell's name", "summarise refuses, one line")


@pytest.mark.long
def test_a_run_of_another_device_is_not_measured_with_the_rest(edited: Path) -> None:
    path = edited / RUN / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"device": "NVIDIA H200"}))
    shutil.rmtree(edited / RESULTS / "tables")
    check_refused(edited, str(RUN), "NVIDIA H200", "gan-nonsaturating", "cpu")
