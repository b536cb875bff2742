"""Cases 20 and 10: the number of cores changes no result, and a variant that diverges is a result with its status."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from dag_copy import RESULTS, RING, configure, copy_of, finish
from dag_processes import contents
from pypdf import PdfReader

pytestmark = [pytest.mark.dag, pytest.mark.long]
# Keys of a run record that may differ the next time: when, how long, and on what.
OF_THE_MOMENT = {"started", "ended", "wall_seconds", "process_seconds", "seed_steps_per_second"}
DIVERGES = "lsgan"


@pytest.fixture(scope="module")
def one_core(tmp_path_factory: pytest.TempPathFactory, finished: Path) -> Path:
    """The same sources and configuration from nothing on one core; `finished` had two."""
    folder = tmp_path_factory.mktemp("one-core") / "copy"
    shutil.copytree(finished, folder, ignore=shutil.ignore_patterns("results", ".snakemake"))
    finish(folder, cores=1)
    return folder


def bytes_of(folder: Path, *patterns: str) -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for pattern in patterns for path in (folder / RESULTS).glob(pattern)}
    assert found, patterns
    return found


def test_runs_measures_and_tables_are_the_same(one_core: Path, finished: Path) -> None:
    found = contents(one_core)
    assert {"runs/matched/ring/veegan/seeds-0-1/weights.safetensors", "tables/verdicts.csv"} <= found.keys()
    assert found == contents(finished)
    patterns = ("data/*.npz", "tables/*.parquet", "tables/*.csv", "figures/*.svg")
    assert bytes_of(one_core, *patterns) == bytes_of(finished, *patterns)


def test_run_records_differ_in_times_alone(one_core: Path, finished: Path) -> None:
    paths = sorted(path.relative_to(one_core) for path in (one_core / RESULTS / "runs").rglob("run.json"))
    assert len(paths) == 2
    for path in paths:
        first, second = (json.loads((folder / path).read_text()) for folder in (one_core, finished))
        assert {key for key in first.keys() | second.keys() if first.get(key) != second.get(key)} <= OF_THE_MOMENT


def test_the_pdf_has_the_same_bytes_once_the_records_have(one_core: Path, finished: Path, tmp_path: Path) -> None:
    folder = copy_of(one_core, tmp_path)
    shutil.copytree(finished / RESULTS / "runs", folder / RESULTS / "runs", dirs_exist_ok=True)
    finish(folder, "--allowed-rules", "seal", "typeset", "--forcerun", "seal")
    assert bytes_of(folder, "report.pdf") == bytes_of(finished, "report.pdf")


def test_a_diverged_variant_has_its_rows_the_worst_score_and_its_count_in_the_pdf(edited: Path) -> None:
    """The finished study with a third variant, whose learning rate is absurd."""
    absurd = {"matched": {"recipes": {"points": {"by_variant": {DIVERGES: {"optimizer": {"lr": 1e30}}}}}}}
    finish(configure(edited, RING | {"variants": [*RING["variants"], DIVERGES], "experiments": absurd}))
    rows = pd.read_parquet(edited / RESULTS / "tables" / "measures.parquet")
    final = rows[(rows["step"] == RING["steps"]) & (rows["measure"] == "high_quality_percent")]
    by_variant = {variant: runs.set_index("seed") for variant, runs in final.groupby("variant")}
    assert set(by_variant) == {*RING["variants"], DIVERGES}
    assert all(list(runs.index) == [0, 1] for runs in by_variant.values())
    assert set(by_variant[DIVERGES]["status"]) == {"diverged"}
    assert set(by_variant[DIVERGES]["value"]) == {0.0}
    assert set(by_variant["veegan"]["status"]) == {"ok"}
    summary = pd.read_csv(edited / RESULTS / "tables" / "summary.csv")
    diverged = summary.groupby("variant")["n_diverged"].max()
    assert (diverged[DIVERGES], diverged["veegan"]) == (2, 0)
    pages = PdfReader(edited / RESULTS / "report.pdf").pages
    assert "6 runs, of which 2 diverged" in " ".join(" ".join(page.extract_text() for page in pages).split())
