"""What a reader does from a fresh clone: the targets `report` and `audit`, which train nothing, and `audit_rerun`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dag_copy import (
    CONFIGURATION,
    configure,
    copy_of,
    copy_repository,
    environment,
    finish,
    finished_study,
    planned,
    snakemake,
)
from dag_copy import (
    TINY as TINY_STUDY,
)

pytestmark = pytest.mark.dag
REPORTED, TINY = Path("results", "reported"), Path("results", "tiny")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_study(tmp_path_factory)


@pytest.fixture(scope="module")
def released(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone holds once a study was published: no results but the released ones."""
    folder = copy_repository(tmp_path_factory.mktemp("clone"))
    command = [sys.executable, "-m", "modecollapse", "publish", str(finished / TINY), "--to", str(folder / REPORTED)]
    done = subprocess.run(command, cwd=finished, env=environment(finished), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder


def test_what_was_changed_since_is_found(finished: Path, tmp_path: Path) -> None:
    folder = copy_of(finished, tmp_path)
    path = folder / TINY / "tables" / "summary.csv"
    path.write_text(path.read_text().replace(",2500,", ",2501,") + "\n")
    done = snakemake(folder, "audit_quick", "--configfile", CONFIGURATION)
    assert done.returncode == 1
    assert "Integrity: tables/summary.csv" in done.stdout
    assert "this study is not as it says" in done.stdout


@pytest.mark.long
def test_an_audit_trains_two_blocks_again_images_with_inversions_among_them(finished: Path, tmp_path: Path) -> None:
    done = snakemake(copy_of(finished, tmp_path), "audit_rerun", "--configfile", CONFIGURATION)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "11 of 11 checks hold" in done.stdout
    assert done.stdout.count("bits equal") >= 2


def test_from_a_fresh_clone_nothing_is_trained(released: Path) -> None:
    assert planned(released, "report") == {}
    assert planned(released, "audit") == {}


def test_a_fresh_clone_makes_the_released_report_again(released: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(released, tmp_path / "clone"))
    done = snakemake(folder, "report")
    assert done.returncode == 0, done.stderr[-3000:]
    assert (folder / "results" / "report.pdf").read_bytes() == (folder / REPORTED / "report.pdf").read_bytes()


@pytest.mark.long
def test_a_released_study_is_extended_by_seeds_and_a_variant_and_the_rest_is_not_trained_again(
    released: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(released, tmp_path / "clone"))
    variants = [*TINY_STUDY["variants"], "lsgan"]
    configure(folder, TINY_STUDY | {"study": "more", "datasets": ["ring"], "seeds": 4, "variants": variants})
    finish(folder, "--until", "train")
    mine, theirs = folder / "results" / "more" / "runs", folder / REPORTED / "runs"
    records = {path.parent.relative_to(mine): path for path in mine.glob("**/run.json")}
    assert len(records) == 6  # two blocks of two seeds for each of three variants
    copied = {block for block in records if (theirs / block).exists()}
    assert {block.parts[2:] for block in copied} == {(name, "seeds-0-1") for name in TINY_STUDY["variants"]}
    for block in records:  # a trained block has its weights, which a release lacks, and its own time
        assert (mine / block / "weights.safetensors").exists() == (block not in copied)
    for block in copied:
        assert records[block].read_bytes() == (theirs / block / "run.json").read_bytes()


def test_a_fresh_clone_audits_the_released_study(released: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(released, tmp_path / "clone"))
    done = snakemake(folder, "audit_quick")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Audit of results/reported, level quick" in done.stdout
    assert (folder / REPORTED / "audit.json").exists()


def test_where_nothing_is_finished_one_line_says_so(tmp_path: Path) -> None:
    done = snakemake(copy_repository(tmp_path), "audit")
    assert done.returncode == 1
    assert "error: results: holds no finished study; allowed: " in done.stdout + done.stderr
