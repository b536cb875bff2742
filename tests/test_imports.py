"""Which large libraries a command loads: each takes from a quarter of a second to two, in every job."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import make_block, write_data
from dag_copy import CONFIGURATION, RING, copy_repository

from modecollapse import cli

SOURCE = Path(cli.__file__).parent.parent
LARGE = {"matplotlib", "numpy", "pandas", "pyarrow", "scipy", "scipy.stats", "sklearn", "torch", "torch._dynamo"}
ARRAYS = {"numpy", "pandas", "pyarrow", "scipy"}  # `import scipy` loads none of its parts


def loaded(module: str, *arguments: object, folder: Path = SOURCE) -> set[str]:
    """Those of LARGE that `python -m module arguments` imports; it must end well."""
    called = [sys.executable, "-X", "importtime", "-m", module, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    done = subprocess.run(called, capture_output=True, text=True, cwd=folder, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return LARGE & {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize("arguments", [["--help"], ["plan"], ["plan", "--json"], ["options"]])
def test_planning_loads_none(arguments: list[str]) -> None:
    assert loaded("modecollapse", *arguments, folder=SOURCE.parent) == set()


@pytest.mark.parametrize("variant", ["gan-nonsaturating", "veegan"])
def test_training_loads_what_it_computes_and_writes_with(variant: str, tmp_path: Path) -> None:
    """Not torch's compiler; only a loss that calls torch.func.grad (WGAN-GP, Unrolled) makes torch load it."""
    block = make_block(variant, (0, 1), steps=1, evaluations=1).model_dump_json()
    data = write_data(tmp_path / "ring.npz")
    found = loaded("modecollapse", "train", block, "--data", data, "--out", tmp_path / "run")
    assert found == {"numpy", "pyarrow", "torch"}


@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("summarise", ["--claims", "claims.yaml"], {*ARRAYS, "scipy.stats"}),
        ("compare", ["--claims", "claims.yaml"], {*ARRAYS, "scipy.stats"}),
        ("figures", ["--only", "intervals_matched_ring.svg,profile.svg"], {*ARRAYS, "matplotlib", "scipy.stats"}),
        ("report", ["--out", "again.pdf"], ARRAYS),
    ],
)
def test_tables_and_the_report_are_made_without_torch(
    name: str, more: list[str], expected: set[str], honest_study: Path, tmp_path: Path
) -> None:
    study = shutil.copytree(honest_study, tmp_path / "study")
    found = loaded("modecollapse", name, ".", "--study", "study.json", *more, folder=study)
    assert found <= expected


def test_the_plan_of_the_workflow_loads_neither_torch_nor_statistics(tmp_path: Path) -> None:
    """Snakemake's plugin for Slurm loads pandas by itself."""
    folder = copy_repository(tmp_path, RING)
    found = loaded("snakemake", "--dry-run", "--configfile", CONFIGURATION, folder=folder)
    assert not found & {"matplotlib", "scipy.stats", "sklearn", "torch"}
