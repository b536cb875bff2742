"""Cases 19 and 24: another content or configuration reruns what depends on it, and no more; times decide nothing."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from dag_copy import CONFIGURATION, REPOSITORY, RESULTS, RING, configure, error_line, planned, snakemake

from modecollapse.study import plan
from modecollapse.study.load import load_study
from modecollapse.training.loop import train_block

pytestmark = pytest.mark.dag
long = pytest.mark.long
YEAR = 365 * 24 * 3600.0
CLAIMS = Path("config", "claims.yaml")
CELL = "matched/ring/veegan"
RUN = RESULTS / "runs" / CELL / "seeds-0-1"


def set_times(folder: Path, seconds: Callable[[int], float]) -> None:
    """The n-th file that jobs of the finished study read gets the time `seconds(n)` from now."""
    read = [folder / CLAIMS]
    for part in ("data", "runs", "measures", "tables", "figures"):
        read += [path for path in (folder / RESULTS / part).rglob("*") if path.is_file()]
        assert read[-1].is_relative_to(folder / RESULTS / part)
    for index, path in enumerate(read):
        at = time.time() + seconds(index)
        os.utime(path, (at, at))


JUMPS = {
    "a year ahead": lambda index: YEAR + index,
    "a year ahead, in reverse order": lambda index: YEAR - index,
    "a year back": lambda index: index - YEAR,
    "every other one a year ahead": lambda index: YEAR * (index % 2),
}


@pytest.mark.parametrize("jump", ["a year ahead", *(pytest.param(jump, marks=long) for jump in list(JUMPS)[1:])])
def test_other_times_alone_rerun_nothing(edited: Path, jump: str) -> None:
    set_times(edited, JUMPS[jump])
    assert planned(edited) == {}


@long
def test_a_copy_without_the_times_of_its_files_reruns_nothing(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "copy", copy_function=shutil.copyfile)
    assert planned(tmp_path / "copy") == {}


def test_without_the_profiles_limit_a_time_alone_trains_again(edited: Path) -> None:
    """The control: it is the comparison of contents, and its limit, that keep the jobs above from running."""
    set_times(edited, JUMPS["a year ahead"])
    assert planned(edited, "--max-checksum-file-size", "10")["train"] == 2


ROWS = RESULTS / "measures/matched/ring/runs.parquet"
CONTENTS = [
    (RESULTS / "data/ring.npz", {"calibrate", "train", "measure", "figures", "typeset"}, {"data"}),
    (RUN / "samples.npy", {"measure", "summarise", "typeset"}, {"train"}),
    (CLAIMS, {"summarise", "compare", "judge", "typeset"}, {"data", "calibrate", "train", "measure"}),
    pytest.param(RUN / "run.json", {"measure", "figures", "typeset"}, {"train"}, marks=long),
    pytest.param(ROWS, {"summarise", "judge", "typeset"}, {"train", "measure"}, marks=long),
]


@pytest.mark.parametrize(("file", "rerun", "kept"), CONTENTS, ids=lambda value: getattr(value, "name", ""))
def test_another_content_reruns_what_depends_on_it(edited: Path, file: Path, rerun: set, kept: set) -> None:
    with open(edited / file, "ab") as stream:
        stream.write(b"\n")
    stages = set(planned(edited))
    assert rerun <= stages
    assert not kept & stages


def test_the_limit_is_above_every_file_of_the_studies() -> None:
    """CIFAR-10's data file has 0.2 GB, ten seeds' samples of the stacked digits 1.2 GB."""
    profile = yaml.safe_load((REPOSITORY / "workflow/profiles/default/config.yaml").read_text())
    assert profile["max-checksum-file-size"] > 2e9
    # These would replace what another profile says, key by key.
    assert not {"executor", "jobs", "default-resources", "set-resources"} & profile.keys()


def test_an_option_changed_halfway_touches_its_own_cells(edited: Path) -> None:
    """The study stopped after one cell of two; then the other's option changes."""
    (edited / RESULTS / "report.pdf").unlink()
    for part in (RUN, RESULTS / "measures/matched", RESULTS / "tables", RESULTS / "figures"):
        shutil.rmtree(edited / part)
    assert planned(edited)["train"] == 1
    variants = {"veegan": {"options": {"reconstruction": "mean"}}}
    assert planned(configure(edited, RING | {"definitions": {"variants": variants}}))["train"] == 1
    variants |= {"gan-nonsaturating": {"label": "another label"}}
    assert planned(configure(edited, RING | {"definitions": {"variants": variants}}))["train"] == 1


@long
def test_another_device_trains_everything_again(edited: Path) -> None:
    stages = planned(edited, "--config", "device=cuda")
    assert stages["train"] == 2
    assert "data" not in stages


def check_refused(folder: Path, *words: str) -> None:
    """The study fails at a job that says why in one line, and has no tables of the mixture."""
    run = snakemake(folder, "--configfile", CONFIGURATION)
    assert run.returncode != 0
    line = error_line(run.stdout + run.stderr, "error in ")
    assert [word for word in words if word not in line] == []
    assert not (folder / RESULTS / "tables" / "measures.parquet").exists()


@long
def test_a_run_of_another_configuration_is_not_gathered(edited: Path, tmp_path: Path) -> None:
    """A run folder of the same cell with other steps, really trained, is copied under its name."""
    study = load_study([edited / "config" / "config.yaml", edited / CONFIGURATION], {"steps": 10})
    [cell] = [cell for cell in plan.cells(study) if cell.path == CELL]
    [block] = plan.blocks(study, cell)
    train_block(block, edited / RESULTS / "data" / "ring.npz", tmp_path / "other")
    shutil.copytree(tmp_path / "other", edited / RUN, dirs_exist_ok=True)
    check_refused(edited, CELL, "another configuration")


@long
def test_a_run_of_another_device_is_not_measured_with_the_rest(edited: Path) -> None:
    path = edited / RUN / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"device": "NVIDIA H200"}))
    shutil.rmtree(edited / RESULTS / "tables")
    check_refused(edited, str(RUN), "NVIDIA H200", "gan-nonsaturating", "cpu")
