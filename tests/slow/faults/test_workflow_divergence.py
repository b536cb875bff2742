"""Case 10: a variant that really diverges is a result of the study, with its status and the worst score."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from dag_copy import CONFIGURATION, RESULTS, RING, copy_of, finished_study, snakemake
from pypdf import PdfReader

pytestmark = [pytest.mark.dag, pytest.mark.long]
DIVERGES = "lsgan"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished study with a third variant, whose learning rate is absurd."""
    folder = copy_of(finished_study(tmp_path_factory, RING), tmp_path_factory.mktemp("diverging"))
    absurd = {"by_variant": {DIVERGES: {"optimizer": {"lr": 1e30}}}}
    experiments = {"matched": {"recipes": {"points": absurd}}}
    study = RING | {"variants": [*RING["variants"], DIVERGES], "experiments": experiments}
    (folder / CONFIGURATION).write_text(yaml.safe_dump(study))
    run = snakemake(folder, "--configfile", CONFIGURATION)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return folder / RESULTS


def test_every_run_has_its_rows_and_the_diverged_ones_the_worst_score(
    results: Path, fault_log: Callable[..., None]
) -> None:
    rows = pd.read_parquet(results / "tables" / "measures.parquet")
    final = rows[(rows["step"] == RING["steps"]) & (rows["measure"] == "high_quality_percent")]
    by_variant = {variant: runs.set_index("seed") for variant, runs in final.groupby("variant")}
    assert set(by_variant) == {*RING["variants"], DIVERGES}
    for runs in by_variant.values():
        assert list(runs.index) == [0, 1]
    assert set(by_variant[DIVERGES]["status"]) == {"diverged"}
    assert set(by_variant[DIVERGES]["value"]) == {0.0}
    assert set(by_variant["veegan"]["status"]) == {"ok"}
    summary = pd.read_csv(results / "tables" / "summary.csv")
    diverged = summary.groupby("variant")["n_diverged"].max()
    assert (diverged[DIVERGES], diverged["veegan"]) == (2, 0)
    fault_log("10 (DAG)", "a variant with a learning rate of 1e30", "rows with status and worst score, PDF made")


def test_the_pdf_names_the_diverged_runs(results: Path) -> None:
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(results / "report.pdf").pages).split())
    assert "6 runs, of which 2 diverged" in text
